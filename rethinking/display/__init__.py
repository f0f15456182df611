"""What a page shows of its models and fits: a model's graph, mathematics and priors, and the foot of a page.

HTML and SVG in the ink of the page; no Matplotlib. Two pictures react: everything that they may show is computed once,
in Python, and a slider chooses. The explorer of causal graphs is `rethinking.CausalGraph.explore`.
"""

from rethinking.display.footer import page_footer
from rethinking.display.model import show_model
from rethinking.display.prior_dial import prior_explorer
from rethinking.display.shrinkage_dial import shrinkage_explorer

__all__ = ["page_footer", "prior_explorer", "show_model", "shrinkage_explorer"]
