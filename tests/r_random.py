"""The random numbers of R, so that a table which a published text simulates can be made again, and its numbers held.

R's default generators since version 3.6: the Mersenne twister, seeded by a linear congruence; normal numbers by
inversion of a 53-bit uniform number; `sample` by rejection of too many bits [R Core Team, help page "Random"].
"""

import numpy as np
from scipy import special

BIG = 2**27


class R:
    """The generator after `set.seed(seed)`."""

    def __init__(self, seed):
        state = []
        for _ in range(50 + 625):
            seed = (69069 * seed + 1) % 2**32
            state.append(seed)
        # The first of the 625 numbers is the position, which R then sets to the end.
        self.twister = np.random.RandomState()
        self.twister.set_state(("MT19937", np.array(state[51:], dtype=np.uint32), 624))

    def runif(self, n, low=0.0, high=1.0):
        """Return n uniform numbers."""
        return low + (high - low) * self.twister.randint(0, 2**32, n, dtype=np.uint32) * 2.3283064365386963e-10

    def rnorm(self, n, mean=0.0, sd=1.0):
        """Return n normal numbers, each from two uniform ones."""
        u = self.runif(2 * n).reshape(n, 2)
        return mean + sd * special.ndtri((np.floor(BIG * u[:, 0]) + u[:, 1]) / BIG)

    def rbern(self, p):
        """Return a 0 or 1 for each probability: `rbinom` of one trial counts the less likely side."""
        u, p = self.runif(np.size(p)), np.asarray(p)
        return np.where(p > 0.5, u < p, u >= 1 - p).astype(int)

    def sample(self, values, size):
        """Return `size` of the values, drawn without putting back."""
        values, drawn = list(values), []
        for _ in range(size):
            bits = (len(values) - 1).bit_length()
            while True:
                chunks = np.floor(self.runif(bits // 16 + 1) * 65536).astype(int)
                k = sum(int(chunk) << (16 * i) for i, chunk in enumerate(chunks[::-1])) % 2**bits
                if k < len(values):
                    break
            drawn.append(values[k])
            values[k] = values[-1]
            values.pop()
        return drawn
