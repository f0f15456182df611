"""An explorer on a page: a still picture, what it may show, and the module that moves it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from rethinking.pictures.svg import FILE_INK

__all__ = ["Explorer"]

SHELL = Path(__file__).parent / "shell.js"
STYLE = Path(__file__).parent / "shell.css"

MOST_DATA = 200_000

# The attribute with lm keeps JupyterLab from taking Enter and arrow keys for commands of its own. A notebook may show
# each output alone, so each holds everything; of what has one name in data-once the book keeps the first on a page.
PAGE = """<div class="rethinking-explorer" data-key="{key}" data-lm-suppress-shortcuts="true">{still}</div>
<style data-once="{style_key}">{style}</style>
<script data-once="{script_key}">
(globalThis.rethinkingExplorers ??= {{}})["{script_key}"] ??= (() => {{
"use strict";
{script}
return widget;
}})();
</script>
<script type="module">
const data = {data};
for (const el of document.querySelectorAll('.rethinking-explorer[data-key="{key}"]:not([data-live])')) {{
  el.dataset.live = "";
  rethinkingExplorers["{script_key}"].render({{ model: {{ get: name => data[name] }}, el }});
}}
</script>"""


@dataclass(frozen=True, repr=False)
class Explorer:
    """A picture that reacts to mouse, finger and keyboard; the last line of a cell shows it.

    Where scripts run (the built book, JupyterLab), the picture is live, without a kernel. Where they are stripped (code
    hosts, PDF), the still is shown.

    Attributes
    ----------
    still : str
        An ``<svg>`` element with the ink ``currentColor``.
    data : mapping
        What the script reads with ``model.get(name)``: anything that JSON can say.
    script : pathlib.Path or tuple of pathlib.Path
        ES modules; the last exports ``{ render({ model, el }) }`` as default, and finds the still in ``el``. Imports
        between them and from ``shell.js`` are resolved by putting all of them into one module.
    alt : str
        What the still says, in words.

    Raises
    ------
    ValueError
        If the data weigh more than 200 kB.

    Examples
    --------
    >>> from rethinking import CausalGraph
    >>> explorer = CausalGraph("X <- Z -> Y").explore("X", "Y")
    >>> sorted(explorer._repr_mimebundle_())
    ['image/svg+xml', 'text/html', 'text/plain']
    """

    still: str
    data: Mapping
    script: Path | tuple[Path, ...]
    alt: str

    def __post_init__(self):
        weight = len(self.json.encode())
        if weight > MOST_DATA:
            msg = (
                f"an explorer may have {MOST_DATA // 1000} kB of data on a page, but this one has {weight // 1000} kB:"
                " give it fewer positions, groups or bars."
            )
            raise ValueError(msg)

    @property
    def module(self) -> str:
        """The explorer's ES module in the form of anywidget, with everything that it imports."""
        files = self.script if isinstance(self.script, tuple) else (self.script,)
        text = "\n".join(file.read_text(encoding="utf-8") for file in (SHELL, *files))
        lines = re.sub(r"^(import [^;]*;|export (?!default)| *//.*|/\*\*.*\*/$| +)", "", text, flags=re.MULTILINE)
        return re.sub(r"\n+", "\n", lines).strip()

    @property
    def json(self) -> str:
        """The data as the page holds them; ``<`` is escaped, so no text in them can end the script."""
        return json.dumps(self.data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")

    @property
    def expression(self) -> str:
        """The data as an expression of JavaScript: the JSON, and functions where an explorer has some."""
        return self.json

    def _repr_html_(self) -> str:
        script = self.module.replace("export default", "const widget =")
        style = STYLE.read_text(encoding="utf-8")
        return PAGE.format(
            key=_key(script + self.expression), still=self.still, style_key=_key(style), style=style,
            script_key=_key(script), script=script, data=self.expression,
        )  # fmt: skip

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        svg = self.still.replace('style="', f'style="color:{FILE_INK};', 1)
        return {"text/html": self._repr_html_(), "image/svg+xml": svg, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Explorer: {self.alt}>"


def _key(text):
    """Return a short name for a text, which another text does not have."""
    return sha256(text.encode()).hexdigest()[:12]
