"""Samplers compared: how far the samples of each are from the truth, for every submission on every task."""

import math
from typing import TYPE_CHECKING, Any

from aeeval.report.draw_manifold import matplotlib_part
from aeeval.report.figures.style import FAINT, SAMPLERS, SMALL, WORDS, figure, needed, plain
from aeeval.report.plots.entrants import Field, Place

if TYPE_CHECKING:
    from matplotlib.figure import Figure

METRIC = "sliced_wasserstein"
COLUMNS, WIDE, ROW = 3, 4.2, 0.17  # panels a row, inches of one, inches of a submission
LEAST = 1e-3  # of scale: the least distance that is drawn


def samplers(field: Field) -> "Figure":
    """`sliced_wasserstein` of every submission by each sampler, with intervals over seeds, a panel for each task.

    The dashed line is its null: as many points of the truth itself against the truth.
    """
    places = [place for place in field.places if any(field.intervals(METRIC, place, sampler=one) for one in SAMPLERS)]
    needed(places, "no samples: sampling was not measured")
    names = [who for who in field.entrants if any(_has(field, who, place) for place in places)]
    columns = min(COLUMNS, len(places))
    rows = math.ceil(len(places) / columns)
    high = max(2.2, ROW * len(names) + 1.0)
    made = figure(
        WIDE * columns + 1.2, high * rows + 0.7, f"{field.section.suite}: samplers, {METRIC} in units of scale"
    )
    grid = made.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in grid.flat[len(places) :]:
        axes.set_visible(False)
    for axes, place in zip(grid.flat, places, strict=False):
        _panel(axes, field, place, names)
    grid[0, 0].set_yticks(range(len(names)), [field.label(who) for who in reversed(names)], fontsize=SMALL)
    handles = [grid[0, 0].plot([], [], "o", color=SAMPLERS[one], markersize=4)[0] for one in SAMPLERS]
    made.legend(handles, WORDS.values(), loc="outside lower center", ncols=len(WORDS), fontsize=SMALL, frameon=False)
    return made


def _has(field: Field, who: tuple[str, str, str], place: Place) -> bool:
    return any(who in field.intervals(METRIC, place, sampler=one) for one in SAMPLERS)


def _panel(axes: Any, field: Field, place: Place, names: list[tuple[str, str, str]]) -> None:
    plain(axes, f"{place[0]}, k = {place[1]}")
    axes.set_xscale("log")
    ticker = matplotlib_part("matplotlib.ticker")
    axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
    axes.minorticks_off()
    axes.grid(True, axis="y", color="0.93", linewidth=0.6)
    axes.set_axisbelow(True)
    for number, (sampler, colour) in enumerate(SAMPLERS.items()):
        shift = 0.16 * (1.5 - number)
        for who, mean in field.intervals(METRIC, place, sampler=sampler).items():
            row = len(names) - 1 - names.index(who) + shift
            if mean.low is not None and mean.high is not None:
                axes.plot([max(mean.low, LEAST), mean.high], [row, row], color=colour, linewidth=0.9, alpha=0.6)
            axes.plot(max(mean.mean, LEAST), row, "o", color=colour, markersize=3.2)
    null = field.null(METRIC, place)
    if null is not None:
        axes.axvline(null, color=FAINT, linestyle="--", linewidth=0.9)
        axes.annotate(" truth itself", (null, 1.0), xycoords=("data", "axes fraction"), fontsize=SMALL - 1, va="top")
