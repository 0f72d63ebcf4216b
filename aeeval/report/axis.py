"""The axis that scores and their intervals are drawn on: left is better, 0 is the reference."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from aeeval.report.facts import MetricFacts
from aeeval.report.rank import Ranked
from aeeval.stats.paired import Array

FACTORS = (
    *(digit * 10.0**power for power in range(-9, 0) for digit in (1, 2, 3, 5)),
    *(0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2, 3, 5),
    *(digit * 10.0**power for power in range(1, 9) for digit in (1, 2, 3, 5)),
)
TICKS = 5
ROOM = 0.04
APART = 0.27  # of the axis: two texts nearer than that would meet in a narrow column
WIDEST = 1.5  # how far beyond the scores their intervals are followed, in units of what the scores span

Axis = dict[str, Any]


def axis(metric: MetricFacts, scores: Array, lows: Array, highs: Array) -> Axis | None:
    """`low`, `high` and `ticks` [place, text] of the axis of some scores, positive where worse; None without any.

    It holds the reference and every score, and of intervals what is not much wider than all scores together.
    """
    scores = scores[~np.isnan(scores)]
    if not len(scores):
        return None
    low, high = min(0.0, float(scores.min())), max(0.0, float(scores.max()))
    span = max(high - low, 1e-9)
    low = max(_least(lows, low), low - WIDEST * span) - ROOM * span
    high = min(-_least(-highs, -high), high + WIDEST * span) + ROOM * span
    return {"low": low, "high": high, "ticks": _ticks(metric, low, high)}


def axis_of(one: Ranked) -> Axis | None:
    """The axis of the scores of a league and their intervals over seeds: of those who are ranked, if any two are.

    A reference row may lie a hundred times as far off, and would leave all others on one spot.
    """
    ranked = [row for row in one.standings if row.rank]
    rows = ranked if len(ranked) > 1 else one.standings
    numbers = np.array([[row.score, row.low, row.high] for row in rows], dtype=float).reshape(-1, 3)
    return axis(one.league.headline.metric, *numbers.T)


def _least(values: Array, least: float) -> float:
    known = values[~np.isnan(values)]
    return min(float(known.min()), least) if len(known) else least


def _ticks(metric: MetricFacts, low: float, high: float) -> list[list[Any]]:
    """Some round factors or differences on the axis, as the number itself has them: of a higher one less is right."""
    sign = -1.0 if metric.better == "higher" else 1.0
    if metric.effect == "log":
        places = [(sign * math.log(factor), f"×{factor:g}") for factor in FACTORS]
    else:
        places = [(sign * at, _signed(at)) for at in _round(min(sign * low, sign * high), max(sign * low, sign * high))]
    inside = sorted(place for place in places if low <= place[0] <= high)
    return [list(place) for place in _thinned(inside, low, high)]


def _thinned(places: Sequence[tuple[float, str]], low: float, high: float) -> list[tuple[float, str]]:
    """Those that leave each other room, from the reference outwards; the text of one at an end is moved inwards."""
    least = APART * (high - low)
    kept: list[tuple[float, str]] = []
    for place in sorted(places, key=lambda one: abs(one[0])):
        seats = [min(max(at, low + least / 2), high - least / 2) for at, _ in (place, *kept)]
        if all(abs(seats[0] - seat) >= least for seat in seats[1:]):
            kept.append(place)
    return sorted(kept)


def _round(low: float, high: float) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten, 0 among them where it is inside."""
    rough = (high - low) / (TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * min((m for m in (1, 2, 5, 10) if m * power >= rough), default=10)
    return [step * i for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _signed(at: float) -> str:
    return "0" if at == 0 else f"{'+' if at > 0 else '−'}{abs(at):g}"
