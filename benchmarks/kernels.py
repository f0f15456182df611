"""The same likelihoods written by hand for numba: what a gradient costs when nothing is generated.

A maker returns ``kernel(x, gradient)``, which fills the gradient and returns the log-density of the unconstrained
parameters, in the order of the model's free variables, up to a constant. The tests compare both with the model.
"""

import numpy as np
from models import PAGE
from numba import njit

fast = njit(error_model="numpy")


@fast
def logistic(x):
    """Return log(1 + exp(x)) and its derivative."""
    small = np.exp(-abs(x))
    share = 1 / (1 + small)
    return max(x, 0.0) + np.log1p(small), share if x > 0 else 1 - share


@fast
def normal(x, sd):
    """Return the log-density of Normal(0, sd), without its constant, and its derivative."""
    return -0.5 * (x / sd) ** 2, -x / sd**2


def frogs(table):
    """Return the kernel of ``partial_pooling``: alpha_bar, log sigma, alpha."""
    density, survived = table["density"].to_numpy(float), table["surv"].to_numpy(float)

    @fast
    def kernel(x, gradient):
        alpha_bar, sigma = x[0], np.exp(x[1])
        logp, gradient[0] = normal(alpha_bar, 1.5)
        logp += x[1] - sigma - len(density) * x[1]
        squares = 0.0
        for i in range(len(density)):
            z = (x[2 + i] - alpha_bar) / sigma
            softplus, share = logistic(x[2 + i])
            squares += z * z
            logp += survived[i] * x[2 + i] - density[i] * softplus
            gradient[0] += z / sigma
            gradient[2 + i] = survived[i] - density[i] * share - z / sigma
        gradient[1] = 1 - sigma - len(density) + squares
        return logp - 0.5 * squares

    return kernel


def mundlak(data):
    """Return the kernel of ``mundlak``: beta_XY, beta_ZY, beta_UY, alpha_bar, log tau, z."""
    X, Y, Z, group = data["X"], data["Y"].astype(float), data["Z"], data["group"]
    X_bar = PAGE.group_means(data)

    @fast
    def kernel(x, gradient):
        tau, logp = np.exp(x[4]), x[4] - np.exp(x[4])
        for k in range(4):
            term, gradient[k] = normal(x[k], 1.0)
            logp += term
        gradient[4] = 1 - tau
        z, pull = x[5:], np.zeros(len(Z))
        gamma = x[3] + tau * z + x[2] * X_bar + x[1] * Z
        for i in range(len(X)):
            j = group[i]
            log_odds = gamma[j] + x[0] * X[i]
            softplus, share = logistic(log_odds)
            logp += Y[i] * log_odds - softplus
            pull[j] += Y[i] - share
            gradient[0] += (Y[i] - share) * X[i]
        for j in range(len(Z)):
            gradient[1] += pull[j] * Z[j]
            gradient[2] += pull[j] * X_bar[j]
            gradient[3] += pull[j]
            gradient[4] += pull[j] * tau * z[j]
            gradient[5 + j] = pull[j] * tau - z[j]
            logp -= 0.5 * z[j] ** 2
        return logp

    return kernel


@fast
def half_cauchy(log_scale, beta):
    """Return scale, log-density of its logarithm under HalfCauchy(beta), without constants, and the derivative."""
    scale = np.exp(log_scale)
    return scale, log_scale - np.log1p((scale / beta) ** 2), 1 - 2 * scale**2 / (beta**2 + scale**2)


def radon(table):
    """Return the kernel of ``non_centred``: means, log spreads of a and b, log sigma, z_a, z_b."""
    county, floor = table["county_code"].to_numpy(), table["floor"].to_numpy(float)
    y, n = table["log_radon"].to_numpy(), table["county_code"].nunique()

    @fast
    def kernel(x, gradient):
        logp = 0.0
        for k in range(2):
            term, gradient[k] = normal(x[k], 10.0)
            logp += term
        sigma_a, term_a, gradient[2] = half_cauchy(x[2], 5.0)
        sigma_b, term_b, gradient[3] = half_cauchy(x[3], 5.0)
        sigma, term, gradient[4] = half_cauchy(x[4], 5.0)
        logp += term_a + term_b + term - len(y) * x[4]
        z_a, z_b = x[5 : 5 + n], x[5 + n :]
        a, b = x[0] + sigma_a * z_a, x[1] + sigma_b * z_b
        pull_a, pull_b, squares = np.zeros(n), np.zeros(n), 0.0
        for i in range(len(y)):
            j = county[i]
            residual = (y[i] - a[j] - b[j] * floor[i]) / sigma
            squares += residual**2
            pull_a[j] += residual / sigma
            pull_b[j] += residual / sigma * floor[i]
        gradient[4] += squares - len(y)
        for j in range(n):
            gradient[0] += pull_a[j]
            gradient[1] += pull_b[j]
            gradient[2] += pull_a[j] * sigma_a * z_a[j]
            gradient[3] += pull_b[j] * sigma_b * z_b[j]
            gradient[5 + j] = pull_a[j] * sigma_a - z_a[j]
            gradient[5 + n + j] = pull_b[j] * sigma_b - z_b[j]
            logp -= 0.5 * (z_a[j] ** 2 + z_b[j] ** 2)
        return logp - 0.5 * squares

    return kernel
