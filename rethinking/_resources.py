"""Where the data, the pages and the style sheet are.

A wheel carries them inside the package; a checkout keeps them beside it.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource(name):
    """Return the path of a file or folder that ships with the project.

    Parameters
    ----------
    name : str
        ``"data"``, ``"lectures"`` or ``"mystyle.mplstyle"``.

    Returns
    -------
    pathlib.Path
        Inside the installed package if it is there, beside the package (a checkout) otherwise.

    Raises
    ------
    FileNotFoundError
        If neither place has it: the installation is incomplete.

    Examples
    --------
    >>> resource("data").is_dir()
    True
    """
    for folder in (_PACKAGE, _PACKAGE.parent):
        if (folder / name).exists():
            return folder / name
    msg = f"{name!r} is missing in and beside {_PACKAGE}: the installation is incomplete, install rethinking again."
    raise FileNotFoundError(msg)
