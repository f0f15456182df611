"""From a fit to an answer: what an outcome would be in some population, and what would happen to it.

:func:`predict` gives the draws of an outcome for each row of a population, as it is or under an intervention, and
:func:`contrast` compares the averages under two interventions. Both read a PyMC model as it is, and answer with
labelled draws.
"""

from rethinking.predictions.contrasts import contrast
from rethinking.predictions.prediction import predict

__all__ = ["contrast", "predict"]
