"""What theory says of a number: an exact value, an inequality, or that there is no number."""

import math
from dataclasses import dataclass, replace

from aeeval.metrics.base import Value

EXACT, BOUND, ABSENT = "exact", "inequality", "not applicable"
KINDS = (EXACT, BOUND, ABSENT)


@dataclass(frozen=True)
class Expectation:
    """`kind`, the interval of right answers, the words for the page.

    `again`: an exact value that no formula gives, computed a second time from the definition, by numpy and scipy.
    `fair`: nothing is wrong with the sampler, so that the p-values of all such cells together are uniform.
    """

    kind: str
    low: float = -math.inf
    high: float = math.inf
    words: str = ""
    again: bool = False
    fair: bool = False

    def holds(self, value: Value) -> bool:
        """Whether a number is what theory says; a number where there is none, or none where there is one, is not."""
        if self.kind == ABSENT:
            return value.value is None and self.words in (value.reason or "")
        return value.value is not None and self.low <= value.value <= self.high


def exact(value: float, tolerance: float = 1e-9, words: str = "") -> Expectation:
    """One value; the tolerance is what rounding, the step of secants or a multiple of the chance error leaves."""
    return Expectation(EXACT, value - tolerance, value + tolerance, words or f"{value:.4g}")


def again(value: float, words: str, tolerance: float = 1e-7) -> Expectation:
    """A value from the definition, by another route; the tolerance is relative above 1, or that of chance."""
    slack = tolerance * max(1.0, abs(value))
    return Expectation(EXACT, value - slack, value + slack, words, again=True)


def between(low: float, high: float, words: str, slack: float = 1e-9) -> Expectation:
    """An inequality that theory gives: at least one end is one that a wrong number can be beyond."""
    return Expectation(BOUND, low - slack, high + slack, words)


def fair(expected: Expectation) -> Expectation:
    """The same, of a sampler that nothing is wrong with."""
    return replace(expected, fair=True)


def absent(reason: str) -> Expectation:
    """No number, with this reason in the record."""
    if not reason:
        raise ValueError("expected the reason why there is no number; got none; theory has to give one")
    return Expectation(ABSENT, words=reason)
