"""Capabilities side by side: every headline against PCA with its intervals, and who is on the Pareto front."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aeeval.report.axis import Axis, axis, axis_of
from aeeval.report.fields import Asked
from aeeval.report.figures.style import FAINT, INK, LEARNED, SMALL, figure, needed, plain
from aeeval.report.plots.entrants import Field
from aeeval.report.plots.labels import label_beside
from aeeval.report.rank import Ranked, Standing, rank_section
from aeeval.report.sections import Entrant, is_baseline
from aeeval.stats.ranking import pareto

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMN, ROW, PAIR = 2.0, 0.19, 2.9  # inches of a headline, of a submission, of a pair of headlines
FRONT = "#b2182b"


def capabilities(field: Field) -> "Figure":
    """Above, the score of every entrant on every headline (mean effect against PCA; further left is better), with the
    95 % interval over tasks and seeds; below, each headline against the first, with the front of the two.

    Red are those on the Pareto front of all headlines: nobody is better on one and as good on the others.
    """
    leagues = _leagues(field)
    needed(leagues, "no headline that can be ranked", "two submissions beside pca have to be run on every task")
    names = _names(leagues)
    pairs = leagues[1:]
    high = ROW * len(names) + 1.5
    made = figure(
        max(COLUMN * len(leagues) + 1.6, PAIR * len(pairs)), high + (PAIR + 0.3 if pairs else 0), _title(field, leagues)
    )
    halves: Any = made.subfigures(2, 1, height_ratios=[high, PAIR + 0.3]) if pairs else [made]
    grid = halves[0].subplots(1, len(leagues), sharey=True, squeeze=False)[0]
    for axes, one in zip(grid, leagues, strict=True):
        _column(axes, one, names)
    grid[0].set_yticks(range(len(names)), [field.label(who) for who in reversed(names)], fontsize=SMALL)
    for label, who in zip(grid[0].get_yticklabels(), reversed(names), strict=True):
        label.set_color(FRONT if _on_front(leagues, who) else FAINT if is_baseline(who) else INK)
    if pairs:
        panels = halves[1].subplots(1, len(pairs), squeeze=False)[0]
        for axes, other in zip(panels, pairs, strict=True):
            _pair(axes, field, leagues[0], other)
    return made


def _leagues(field: Field) -> list[Ranked]:
    """The headlines of the first field in which several are ranked."""
    asked = Asked(tasks=tuple(field.tasks), latent_dims=(field.latent_dim,) if field.latent_dim else ())
    ranked = rank_section(field.section, field.metrics, asked)
    by_field: dict[Any, list[Ranked]] = {}
    for one in ranked:
        if any(row.rank for row in one.standings):
            by_field.setdefault((one.league.field.track, one.league.field.k, one.league.field.group), []).append(one)
    return max(by_field.values(), key=len, default=[])


def _title(field: Field, leagues: Sequence[Ranked]) -> str:
    count = len(leagues[0].league.field.places)
    return f"{field.section.suite}: capabilities against PCA, over {count} tasks; red: on the Pareto front of all"


def _names(leagues: Sequence[Ranked]) -> list[Entrant]:
    """The best on the first headline first; those who are not ranked on it last."""
    order: dict[Entrant, None] = {}
    for one in leagues:
        for row in one.standings:
            if not math.isnan(row.score):
                order.setdefault(row.who)
    return list(order)


def _on_front(leagues: Sequence[Ranked], who: Entrant) -> bool:
    return any(row.pareto for one in leagues for row in one.standings if row.who == who)


def _column(axes: Any, one: Ranked, names: Sequence[Entrant]) -> None:
    headline = one.league.headline
    plain(axes, f"{headline.title}\n{headline.metric.id}")
    axes.axvline(0, color=FAINT, linewidth=0.9)
    axes.grid(True, axis="y", color="0.93", linewidth=0.6)
    axes.set_axisbelow(True)
    scale = axis_of(one)
    assert scale is not None, "a league that is drawn has a rank"
    _scale(axes.xaxis, scale)
    for row in one.standings:
        if row.who in names and not math.isnan(row.score):
            _score(axes, row, len(names) - 1 - names.index(row.who), scale)
    axes.set_ylim(-0.7, len(names) - 0.3)


def _score(axes: Any, row: Standing, at: int, scale: Axis) -> None:
    colour = FRONT if row.pareto else FAINT if not row.rank else LEARNED
    for low, high, width, alpha in ((row.tasks_low, row.tasks_high, 1.0, 0.45), (row.low, row.high, 2.6, 0.45)):
        if not math.isnan(low):
            axes.plot([low, high], [at, at], color=colour, linewidth=width, alpha=alpha, solid_capstyle="butt")
    face = colour if row.rank else "white"  # hollow: shown, not ranked
    shown = min(max(row.score, scale["low"]), scale["high"])
    marker = "o" if shown == row.score else "<" if shown > row.score else ">"  # an arrow: it lies beyond the axis
    axes.plot(shown, at, marker, color=colour, markerfacecolor=face, markersize=4, clip_on=False, zorder=4)


def _pair(axes: Any, field: Field, first: Ranked, other: Ranked) -> None:
    scores = [{row.who: row.score for row in one.standings if row.rank} for one in (first, other)]
    both = [who for who in scores[0] if who in scores[1]]
    metrics = [one.league.headline.metric for one in (first, other)]
    plain(axes, "", *(one.league.headline.title for one in (first, other)))
    at = np.array([[scores[0][who], scores[1][who]] for who in both]).reshape(-1, 2)
    front = pareto(at)
    axes.scatter(*at.T, s=14, color=[FRONT if one else LEARNED for one in front], linewidths=0, zorder=3)
    steps = at[front][np.argsort(at[front][:, 0])]
    axes.step(*steps.T, where="post", color=FRONT, linewidth=0.9, zorder=2)
    for way, places, metric in zip((axes.xaxis, axes.yaxis), at.T, metrics, strict=True):
        _scale(way, axis(metric, places, places, places))
    axes.get_figure(root=True).draw_without_rendering()
    on = [i for i, one in enumerate(front) if one]
    label_beside(axes, [tuple(at[i]) for i in on], [field.label(both[i]) for i in on], [FRONT] * len(on))


def _scale(way: Any, scale: Axis | None) -> None:
    """Limits and ticks of an axis of the figure."""
    if scale is None:
        return
    (way.axes.set_xlim if way.axis_name == "x" else way.axes.set_ylim)(scale["low"], scale["high"])
    way.set_ticks([at for at, _ in scale["ticks"]], [text for _, text in scale["ticks"]])
