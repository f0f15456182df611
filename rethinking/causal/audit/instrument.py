"""A joint model of exposure and outcome whose errors are correlated: the effect by way of an instrument."""

from typing import TYPE_CHECKING

from rethinking.causal.audit.records import Reading
from rethinking.causal.queries.instruments import instruments
from rethinking.causal.structure import Structure

if TYPE_CHECKING:
    from rethinking.causal.queries.adjustment import Estimand

__all__ = ["instrument_of"]


def instrument_of(dag: Structure, reading: Reading, given: frozenset[str], parts: "Estimand") -> str | None:
    """Return the instrument by which a joint likelihood estimates an effect, or None; both its parts hold `given`."""
    if not reading.is_joint:
        return None
    for each in instruments(dag, parts.exposure, parts.outcome, parts.effect):
        if each.name in reading.instruments and each.given == given & reading.instruments == given:
            return each.name
    return None
