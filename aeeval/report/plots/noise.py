"""Memorised noise over the number of training rows: what a model learns by heart, and how more rows cure it."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from aeeval.report.figures.style import FAINT, INK, SMALL, figure, needed, plain
from aeeval.report.plots.entrants import Field, Place
from aeeval.report.plots.labels import label_beside
from aeeval.report.plots.truths import task_of
from aeeval.stats.intervals import Interval
from aeeval.suite import Task

if TYPE_CHECKING:
    from matplotlib.figure import Figure

METRIC = "memorised_noise"
NEAR = 0.5  # to 1, where a model passes through its training rows
COLUMNS, WIDE, HIGH = 2, 5.2, 4.0
Series = list[tuple[int, Place]]  # training rows, place


def noise(field: Field) -> "Figure":
    """`memorised_noise` over n with intervals over seeds, a panel for tasks that differ in their training rows alone.

    On a flat manifold with k = d the dashed line is (d + 1) / n, which PCA has: Efron's degrees of freedom over n.
    """
    groups = list(_series(field))
    needed(field.suite, f"no number of training rows: {field.section.suite} is none of our suites as it is")
    needed(groups, "no tasks that differ in their training rows alone", "run the suite rows")
    columns = min(COLUMNS, len(groups))
    rows = math.ceil(len(groups) / columns)
    made = figure(
        WIDE * columns, HIGH * rows + 0.4, f"{field.section.suite}: noise of the training rows that is learned"
    )
    panels = [made.add_subplot(rows, columns, number + 1) for number in range(len(groups))]
    for axes, series in zip(panels, groups, strict=True):
        _panel(axes, field, series)
    made.draw_without_rendering()
    for axes, series in zip(panels, groups, strict=True):
        ends = {who: curve[-1] for who, curve in _curves(field, series).items()}
        at = [(float(n), mean.mean) for n, mean in ends.values()]
        label_beside(axes, at, [field.label(who) for who in ends], [field.colour(who)[0] for who in ends])
    return made


def _series(field: Field) -> Iterator[Series]:
    """The places by what they share but for their training rows, the fewest first; only where there are several."""
    groups: dict[Any, Series] = {}
    for place in field.places:
        task = task_of(field.suite, place[0])
        if task is not None and field.intervals(METRIC, place):
            groups.setdefault(_but_rows(task, place[1]), []).append((task.data.rows.train, place))
    yield from (sorted(series) for series in groups.values() if len({n for n, _ in series}) > 1)


def _but_rows(task: Task, k: int) -> str:
    data = task.data
    facts = (
        data.manifold,
        data.dataset,
        sorted(data.params.items()),
        data.support,
        sorted(data.support_params.items()),
    )
    return repr((*facts, data.density, sorted(data.density_params.items()), data.noise, data.noise_kind, k))


def _curves(field: Field, series: Series) -> dict[tuple[str, str, str], list[tuple[int, Interval]]]:
    curves: dict[tuple[str, str, str], list[tuple[int, Interval]]] = {}
    for n, place in series:
        for who, mean in field.intervals(METRIC, place).items():
            curves.setdefault(who, []).append((n, mean))
    return curves


def _panel(axes: Any, field: Field, series: Series) -> None:
    rows, (name, k) = [n for n, _ in series], series[0][1]
    task = task_of(field.suite, name)
    assert task is not None
    plain(axes, f"{task.data.manifold or task.data.dataset}, k = {k}", "training rows n", METRIC)
    axes.set_xscale("log")
    axes.set_xticks(rows, [f"{n:,}" for n in rows])
    axes.minorticks_off()
    axes.axhline(0, color=FAINT, linewidth=0.7)
    curves = _curves(field, series)
    if max(mean.mean for curve in curves.values() for _, mean in curve) > NEAR:
        axes.axhline(1, color=FAINT, linewidth=0.7)
        axes.annotate("learned by heart", (rows[0], 1), (0, 3), textcoords="offset points", fontsize=SMALL, color=INK)
    for who, curve in curves.items():
        colour, style = field.colour(who)
        x, y = [n for n, _ in curve], [mean.mean for _, mean in curve]
        axes.errorbar(x, y, [mean.half or 0.0 for _, mean in curve], color=colour, linestyle=style, marker="o",
                      markersize=3, linewidth=1.1, elinewidth=0.8)  # fmt: skip
    if task.data.manifold == "plane" and task.data.params.get("dim") == k:
        axes.plot(rows, [(k + 1) / n for n in rows], color=INK, linestyle="--", linewidth=0.9, zorder=0)
        axes.annotate(
            "(d + 1) / n", (rows[0], (k + 1) / rows[0]), (-4, -16), textcoords="offset points", fontsize=SMALL
        )
