"""Two sides compared: for every headline the effect, its intervals, and what can be said of it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from aeeval.gate.pairing import Pairs, Place
from aeeval.stats.paired import Array, Mean, each_task, least_detectable, over_seeds, over_tasks, seeds_to_settle

IDENTICAL, BETTER, WORSE, EQUIVALENT, INCONCLUSIVE = "IDENTICAL", "BETTER", "WORSE", "EQUIVALENT", "INCONCLUSIVE"
SIDE = 0.025  # of a two-sided 95 % interval


@dataclass(frozen=True)
class Compared:
    """One headline. Effects are positive where HEAD is worse; NaN is what the numbers are too few for.

    `low` to `high` is the 95 % interval over seeds (the same tasks, run again), `tasks_low` to `tasks_high` that over
    tasks (other tasks like these). `least` is the effect that such a comparison would see in 8 of 10 runs, `settle` how
    many seeds would bring a word if effect and noise are what they seem. `word` and `each` are of the interval over
    seeds, of the mean over tasks and of every task.
    """

    pairs: Pairs
    word: str
    base: float
    head: float
    effect: float
    low: float
    high: float
    tasks_low: float
    tasks_high: float
    least: float
    settle: int | None
    each: tuple[tuple[Place, str, float, float, float], ...]
    """(place, word, effect, low, high) of every place that both sides have numbers of."""


def compare(pairs: Sequence[Pairs]) -> list[Compared]:
    """Every headline of which both sides have numbers."""
    return [_compared(one) for one in pairs if one.paired]


def word_of(low: float, high: float, margin: float) -> str:
    """EQUIVALENT where the interval lies within ± the margin, else BETTER or WORSE where it excludes 0.

    The first is first: a difference can be beyond doubt and too small to be worth a word.
    """
    if -margin < low and high < margin:
        return EQUIVALENT
    if low > 0:
        return WORSE
    return BETTER if high < 0 else INCONCLUSIVE


def _compared(pairs: Pairs) -> Compared:
    margin, effects = pairs.headline.metric.margin, pairs.effects
    mean, other = over_seeds(effects), over_tasks(effects)
    low, high = float(mean.bound(SIDE)), float(mean.bound(1 - SIDE))
    word = IDENTICAL if pairs.identical else word_of(low, high, margin)
    there = ~np.isnan(effects)
    single = each_task(effects)
    ends = zip(
        pairs.places,
        pairs.identical_places,
        single.estimate.tolist(),
        single.bound(SIDE).tolist(),
        single.bound(1 - SIDE).tolist(),
        strict=True,
    )
    return Compared(
        pairs,
        word,
        _mean(pairs.base, there),
        _mean(pairs.head, there),
        float(mean.estimate),
        low,
        high,
        float(other.bound(SIDE)),
        float(other.bound(1 - SIDE)),
        float(least_detectable(mean, SIDE)),
        seeds_to_settle(effects, _settles(margin)) if word == INCONCLUSIVE else None,
        tuple(
            (place, IDENTICAL if same else word_of(a, b, margin), e, a, b)
            for place, same, e, a, b in ends
            if not math.isnan(e)
        ),
    )


def _settles(margin: float) -> Callable[[Mean], Array]:
    def settled(mean: Mean) -> Array:
        low, high = mean.bound(SIDE), mean.bound(1 - SIDE)
        return (low > 0) | (high < 0) | ((low > -margin) & (high < margin))

    return settled


def _mean(values: Array, there: Array) -> float:
    """The mean over tasks of the means over seeds, of the numbers that are paired."""
    means = [row[some].mean() for row, some in zip(values, there, strict=True) if some.any()]
    return float(np.mean(means))
