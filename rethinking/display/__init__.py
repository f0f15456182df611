"""What a page shows of its models and fits: a model's graph, mathematics and priors, and the foot of a page.

HTML and SVG in the ink of the page; no Matplotlib.
"""

from rethinking.display.footer import page_footer
from rethinking.display.model import show_model

__all__ = ["page_footer", "show_model"]
