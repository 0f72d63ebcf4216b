"""What theory says of a number: an exact value, an inequality, a law of chance, or that there is no number."""

import math
from dataclasses import dataclass

from aeeval.metrics.base import Value

EXACT, BOUND, CHANCE, RANGE, ABSENT = "exact", "inequality", "null", "range", "not applicable"
KINDS = (EXACT, BOUND, CHANCE, RANGE, ABSENT)


@dataclass(frozen=True)
class Expectation:
    """`kind`, the interval of right answers, the words for the page; p-values of kind "null" are judged together."""

    kind: str
    low: float = -math.inf
    high: float = math.inf
    words: str = ""

    def holds(self, value: Value) -> bool:
        """Whether a number is what theory says; a number where there is none, or none where there is one, is not."""
        if self.kind == ABSENT:
            return value.value is None and self.words in (value.reason or "")
        return value.value is not None and self.low <= value.value <= self.high


def exact(value: float, tolerance: float = 1e-9, words: str = "") -> Expectation:
    """One value; the tolerance is what rounding, the step of secants or a multiple of the chance error leaves."""
    return Expectation(EXACT, value - tolerance, value + tolerance, words or f"{value:.4g}")


def between(low: float, high: float, words: str, slack: float = 1e-9) -> Expectation:
    """An inequality that theory gives."""
    return Expectation(BOUND, low - slack, high + slack, words)


def chance(low: float, high: float, words: str) -> Expectation:
    """What a fair draw gives: any value in the range; the p-values of all such cells together are uniform."""
    return Expectation(CHANCE, low, high, words)


def absent(reason: str) -> Expectation:
    """No number, with this reason in the record."""
    return Expectation(ABSENT, words=reason)
