"""A finding: what is claimed, by whom, what is measured for each seed, and when the claim holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aeeval.stats.intervals import Interval, t_interval

HOLDS, FAILS, OPEN = "holds", "does not hold", "inconclusive"
Numbers = Mapping[str, float]
"""The numbers of one seed by name, such as `fvu mlp`."""


@dataclass(frozen=True)
class Size:
    """How much is spent on a study: seeds, optimiser steps, training rows."""

    seeds: int
    steps: int
    rows: int


@dataclass(frozen=True)
class Claim:
    """One statement about a number that each seed gives: it lies above 0, or within `within` of 0."""

    words: str
    value: Callable[[Numbers], float]
    within: float | None = None

    def interval(self, seeds: Sequence[Numbers]) -> Interval:
        """95 % t-interval of the mean over seeds."""
        return t_interval([self.value(numbers) for numbers in seeds])

    def verdict(self, seeds: Sequence[Numbers]) -> str:
        """`holds` where the whole interval is on the claimed side, `does not hold` where it is on the other."""
        interval = self.interval(seeds)
        if interval.low is None or interval.high is None:
            return OPEN
        if self.within is None:
            return HOLDS if interval.low > 0 else FAILS if interval.high < 0 else OPEN
        if -self.within <= interval.low and interval.high <= self.within:
            return HOLDS
        return FAILS if interval.low > self.within or interval.high < -self.within else OPEN


@dataclass(frozen=True)
class Finding:
    """A study: its numbers for a list of seeds, and what is claimed of them."""

    name: str
    title: str
    source: str
    setting: str
    measure: Callable[[Size], list[dict[str, float]]]
    claims: tuple[Claim, ...]
    full: Size
    small: Size
    """What the default tests run; not all claims have to be settled there."""
    remark: str = ""
    """What a reader should make of it."""
