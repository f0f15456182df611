"""Parts of models that more than one page needs: what stands inside a pm.Model, and is not one by itself."""

from rethinking.parts.correlated import correlated_effects
from rethinking.parts.covariance import covariance_from_distance
from rethinking.parts.dyads import dyad_pair

__all__ = ["correlated_effects", "covariance_from_distance", "dyad_pair"]
