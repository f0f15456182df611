"""Statistical Rethinking for Python people: what a course in causal, Bayesian thinking needs beyond PyMC and ArviZ.

Data with provenance, causal graphs, sampling that compiles once, marks for figures, and the pages of the book as
modules. Names are loaded when they are first used, so ``import rethinking as rt`` is quick and does not import PyMC.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
