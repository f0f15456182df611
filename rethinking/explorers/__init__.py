"""Pictures that react, of fits and of priors: everything is computed once, in Python, and a slider chooses.

The explorer of causal graphs is `rethinking.CausalGraph.explore`.
"""

from rethinking.explorers.prior import prior_explorer
from rethinking.explorers.shrinkage import shrinkage_explorer

__all__ = ["prior_explorer", "shrinkage_explorer"]
