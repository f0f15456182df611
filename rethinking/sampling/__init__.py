"""Sampling that compiles once: a model is compiled by nutpie, then fitted to as many data sets as one likes.

:class:`Sampler` is for a model that is fitted more than once, :func:`sample` for one fit. Both check what goes in
(names, lengths, indices, missing values) and what comes out (R-hat, effective sample size, divergences).
"""

from rethinking.sampling.diagnostics import ConvergenceWarning, convergence
from rethinking.sampling.given.inputs import ModelInputs
from rethinking.sampling.sampler import Sampler, sample
from rethinking.sampling.sweep import SweepWarning

__all__ = ["ConvergenceWarning", "ModelInputs", "Sampler", "SweepWarning", "convergence", "sample"]
