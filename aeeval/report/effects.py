"""Effects of numbers on a reference: as arrays that are positive where it is worse, and as a reader wants them."""

import math

import numpy as np

from aeeval.report.entries import NOTHING
from aeeval.report.facts import MetricFacts
from aeeval.report.numbers import number
from aeeval.stats.paired import Array, effect


def oriented(values: Array, reference: Array, metric: MetricFacts) -> Array:
    """The effects of numbers against a reference, positive where they are worse; of a target the distances to it."""
    if metric.better == "target" and metric.ideal is not None:
        values, reference = np.abs(values - metric.ideal), np.abs(reference - metric.ideal)
    one = effect(values, reference, metric.effect, metric.floor)
    return -one if metric.better == "higher" else one


def effect_text(worse: float, metric: MetricFacts) -> str:
    """An effect that is positive where it is worse, as the factor or the difference of the number itself.

    ×1.02 is 2 % more; of a target the distance to it is meant.
    """
    if math.isnan(worse):
        return NOTHING
    natural = -worse if metric.better == "higher" else worse
    if metric.effect == "log":
        ratio = math.exp(min(natural, 700.0))
        return f"×{ratio:.3f}" if 0.1 < ratio < 10 else f"×{number(ratio)}"
    return f"{'+' if natural >= 0 else '−'}{number(abs(natural))}"


def interval_text(low: float, high: float, metric: MetricFacts) -> str:
    """The interval of an effect, from the smaller to the larger number."""
    if math.isnan(low):
        return NOTHING
    ends = (high, low) if metric.better == "higher" else (low, high)
    return f"[{effect_text(ends[0], metric)}, {effect_text(ends[1], metric)}]"


def p_text(p: float) -> str:
    """A p-value to two digits, never an exact 0."""
    if math.isnan(p):
        return NOTHING
    return f"{p:.2g}" if p >= 1e-4 else "<0.0001"
