"""Small drawings of a page as SVG: the same as web/board/marks.js makes of a board."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

HEIGHT, MIDDLE, DOT = 18, 9, 3.5
Spots = Sequence[float | None]


def interval(axis: Mapping[str, Any] | None, at: Spots) -> Markup:
    """A score with its intervals over seeds and over tasks on an axis; `at` as `board_data.spots` has them."""
    if axis is None or not at or at[0] is None:
        return Markup('<span class="drawn"></span>')
    low, high = axis["low"], axis["high"]
    padded = [*at, *[None] * (5 - len(at))]
    ticks = [_rule("tick", _share(tick, low, high)) for tick, _ in axis["ticks"]]
    bars = [_bar("over", padded[3], padded[4], low, high), _bar("seeds", padded[1], padded[2], low, high)]
    name = "score" if low <= at[0] <= high else "score beyond"
    dot = f'<circle class="{name}" cx="{_share(at[0], low, high)}" cy="{MIDDLE}" r="{DOT}"/>'
    return _svg([*ticks, _rule("zero", _share(0.0, low, high)), *bars, dot])


def rate(value: float, low: float, high: float, level: float | None, most: float) -> Markup:
    """A rate with its interval on [0, most], and the level that it is held against."""
    parts = [_rule("zero", _share(level, 0.0, most))] if level is not None else []
    dot = f'<circle class="score" cx="{_share(value, 0.0, most)}" cy="{MIDDLE}" r="{DOT}"/>'
    return _svg([*parts, _bar("seeds", low, high, 0.0, most), dot])


def _share(value: float, low: float, high: float) -> str:
    return f"{min(100.0, max(0.0, 100 * (value - low) / (high - low))):.2f}%"


def _rule(name: str, at: str) -> str:
    return f'<line class="{name}" x1="{at}" x2="{at}" y1="0" y2="{HEIGHT}"/>'


def _bar(name: str, start: float | None, stop: float | None, low: float, high: float) -> str:
    if start is None or stop is None:
        return ""
    ends = f'x1="{_share(start, low, high)}" x2="{_share(stop, low, high)}"'
    return f'<line class="{name}" {ends} y1="{MIDDLE}" y2="{MIDDLE}"/>'


def _svg(parts: Sequence[str]) -> Markup:
    return Markup(
        f'<svg class="drawn" height="{HEIGHT}" aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
    )  # made of numbers and fixed words alone
