"""The style sheet of the book."""

from matplotlib import style

from rethinking._resources import resource


def use_style() -> None:
    """Return None after switching matplotlib to the style sheet of the book, ``mystyle.mplstyle``.

    White sheet, six colours that stay apart for colour-blind readers and (nearly) in grey, text that can be read from
    the last row, figures of 7 x 4.2 in at 200 dpi: 1400 px wide, sharp in a column of 700 px. For part of a program
    only, use ``matplotlib.style.context`` with the same file.

    Examples
    --------
    >>> import matplotlib as mpl
    >>> import rethinking as rt
    >>> with mpl.rc_context():
    ...     rt.use_style()
    ...     mpl.rcParams["axes.spines.top"]
    False
    """
    style.use(resource("mystyle.mplstyle"))
