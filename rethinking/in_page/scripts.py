"""The scripts of this room as text that a page holds: plain, short, and safe between two script tags."""

import re
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["as_data", "short", "workshop"]

HERE = Path(__file__).parent
PARTS = ("functions.js", "nuts.js", "mixing.js", "chains.js")
EXPORTED = "chain, mixing, work"


def workshop() -> str:
    """Return what a worker or the page runs: a function that gives the sampler's parts, as an expression.

    Its ``functions`` are what a lowered model is called with.
    """
    text = "\n".join((HERE / part).read_text(encoding="utf-8") for part in PARTS)
    first = (HERE / PARTS[0]).read_text(encoding="utf-8")
    names = ", ".join(re.findall(r"^export (?:const|function) (\w+)", first, re.MULTILINE))
    return (
        f"() => {{\n{squeezed(short(text))}\nconst functions = {{ {names} }};\nreturn {{ {EXPORTED}, functions }};\n}}"
    )


def short(text: str) -> str:
    r"""Return a script without comments of whole lines, ends of comments, exports and indents.

    Examples
    --------
    >>> short("// Why.\nexport const two = 2; // a number\n  more();")
    'const two = 2;\nmore();'
    """
    text = re.sub(r"^ *(//.*|/?\*.*)$|^import [^;]*;|^export (?!default)|^ +| +// .*$", "", text, flags=re.MULTILINE)
    return re.sub(r"\n+", "\n", text).strip()


def squeezed(text: str) -> str:
    """Return a script without spaces around operators; for scripts without texts that contain some.

    Examples
    --------
    >>> squeezed("const two = 1 + 1;")
    'const two=1+1;'
    """
    return re.sub(r" ?([=+*/<>?:&|,;()]) ?", r"\1", text)


def as_data(values: Any) -> dict[str, Any]:
    """Return the data of a model, arrays by name, as a lowered model takes them.

    Examples
    --------
    >>> as_data({"sigma": 0.5, "y": [1, 2]})
    {'sigma': {'shape': [], 'values': [0.5]}, 'y': {'shape': [2], 'values': [1.0, 2.0]}}
    """
    arrays = {name: np.asarray(value, dtype=float) for name, value in values.items()}
    return {name: {"shape": list(array.shape), "values": array.ravel().tolist()} for name, array in arrays.items()}
