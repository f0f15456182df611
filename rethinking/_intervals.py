"""Equal-tailed intervals: what ``prob`` means wherever an interval is computed, drawn or checked."""

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
    try:
        inside = 0 < prob < 1
    except (TypeError, ValueError):
        msg = f"prob must be one number between 0 and 1, such as 0.89, but a {type(prob).__name__} came."
        raise TypeError(msg) from None
    if not inside:
        msg = f"prob must lie between 0 and 1, but is {prob!r}: pass 0.89 for an interval that holds 89 % of the draws."
        raise ValueError(msg)
    return (1 - prob) / 2, (1 + prob) / 2
