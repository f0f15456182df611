"""Equal-tailed intervals: what ``prob`` means wherever an interval is computed, drawn or checked."""

from rethinking._arguments import require_share

__all__ = ["equal_tails"]


def equal_tails(prob: float) -> tuple[float, float]:
    """Return the two probabilities whose quantiles are the ends of an equal-tailed interval.

    Parameters
    ----------
    prob : float
        The probability inside the interval; half of the rest lies on each side.

    Raises
    ------
    TypeError, ValueError
        If `prob` is no number between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> np.quantile(np.arange(101), equal_tails(0.9))
    array([ 5., 95.])
    """
    require_share("prob", prob, "pass 0.89 for an interval that holds 89 % of the draws")
    return (1 - prob) / 2, (1 + prob) / 2
