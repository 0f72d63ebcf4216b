"""Steps in a history: where a series of runs on the same tasks and seeds changed its level."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aeeval.stats.paired import Array, over_seeds

ALPHA = 0.05


@dataclass(frozen=True)
class Step:
    """A change of level before the run `at`: its effect with the 95 % interval over seeds, positive is worse.

    `p` is that of any step in the part of the series in which it was found, corrected for its places and for `tests`.
    """

    at: int
    effect: float
    low: float
    high: float
    p: float


def steps(series: Array, alpha: float = ALPHA, tests: int = 1) -> list[Step]:
    """The steps of a series (runs, tasks, seeds), on the scale of effects; NaN is a number that is not there.

    In a segment every place τ is tried: mean over the r runs from τ on minus mean over the l before, paired by task and
    seed, tested by `over_seeds` against 0. If the least p-value times the number of places and of `tests` is at most
    `alpha`, the segment is cut where |difference| · √(l r/(l + r)) is largest, and both parts are searched in the same
    way; the effect of a step is that between the parts beside it. A series without any step yields one with probability
    at most `alpha` over all `tests`.
    """
    cuts = sorted(_cuts(series, 0, len(series), alpha, tests))
    bounds = [0, *(at for at, _ in cuts), len(series)]
    return [
        _step(series, before, at, after, p)
        for (at, p), before, after in zip(cuts, bounds[:-2], bounds[2:], strict=True)
    ]


def _cuts(series: Array, start: int, stop: int, alpha: float, tests: int) -> Iterator[tuple[int, float]]:
    places = range(start + 1, stop)
    if not places:
        return
    found = over_seeds(np.stack([_contrast(series, start, at, stop) for at in places]))
    p = np.where(np.isnan(p := found.p_differs()), 1.0, p)
    corrected = float(min(1.0, p.min() * len(places) * tests))
    if corrected > alpha:
        return
    # not where p is least: with few seeds its standard error is a matter of luck, the same for no two places
    left = np.arange(1, len(places) + 1)
    weight = np.sqrt(left * left[::-1])
    at = places[int(np.nanargmax(np.abs(found.estimate) * weight))]
    yield at, corrected
    yield from _cuts(series, start, at, alpha, tests)
    yield from _cuts(series, at, stop, alpha, tests)


def _contrast(series: Array, start: int, at: int, stop: int) -> Array:
    """(tasks, seeds) mean of the runs from `at` on minus mean of those before; NaN where one side has none."""
    return _mean(series[at:stop]) - _mean(series[start:at])


def _mean(runs: Array) -> Array:
    there = ~np.isnan(runs)
    with np.errstate(invalid="ignore"):
        return np.where(there, runs, 0.0).sum(axis=0) / np.where(there.any(axis=0), there.sum(axis=0), np.nan)


def _step(series: Array, start: int, at: int, stop: int, p: float) -> Step:
    mean = over_seeds(_contrast(series, start, at, stop))
    return Step(at, float(mean.estimate), float(mean.bound(0.025)), float(mean.bound(0.975)), p)
