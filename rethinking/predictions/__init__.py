"""From a fit to an answer: what an outcome would be in some population, and what would happen to it.

:func:`predict` gives the draws of an outcome for each row of a population, as it is or under an intervention, and
:func:`contrast` compares the averages under two interventions; :func:`counterfactual` is about one unit, and
:func:`sensitivity` about causes that nobody observed. They read a PyMC model as it is, and answer with
labelled draws.
"""

from rethinking.predictions.contrasts import contrast
from rethinking.predictions.counterfactuals import counterfactual
from rethinking.predictions.prediction import predict
from rethinking.predictions.sensitivities import sensitivity
from rethinking.predictions.tables import contrast_table, digits
from rethinking.predictions.worlds.doubts import PredictionWarning

__all__ = [
    "PredictionWarning",
    "contrast",
    "contrast_table",
    "counterfactual",
    "digits",
    "predict",
    "sensitivity",
]
