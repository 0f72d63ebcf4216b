"""Names beside crowded points: in a column of their own, in the order of the points, with a thin line to each."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from aeeval.report.figures.style import FAINT, SMALL

COLUMN, ELBOW = 1.06, 1.02  # where the names start, and where their lines bend, in widths of the axes
ROOM = 1.25  # lines of text a name


def label_beside(
    axes: Any, points: Sequence[tuple[float, float]], names: Sequence[str], colours: Sequence[str]
) -> None:
    """Write a name for each point (data coordinates) to the right of the axes; no two lie over one another."""
    if not points:
        return
    axes.set_xlim(axes.get_xlim())  # lines that are added would have the limits chosen anew
    axes.set_ylim(axes.get_ylim())
    figure = axes.get_figure(root=True)
    height = axes.get_window_extent().height / figure.dpi * 72  # points
    step = SMALL * ROOM / height
    place = axes.transData + axes.transAxes.inverted()
    at = [place.transform(point) for point in points]
    order = sorted(range(len(points)), key=lambda i: (at[i][1], -at[i][0]))
    for height_of, i in zip(spread([float(at[j][1]) for j in order], step), order, strict=True):
        ends = [at[i], (ELBOW, height_of), (COLUMN - 0.005, height_of)]
        axes.plot(*np.transpose(ends), color=FAINT, linewidth=0.5, transform=axes.transAxes, clip_on=False, zorder=1)
        axes.text(COLUMN, height_of, names[i], fontsize=SMALL, color=colours[i], va="center", transform=axes.transAxes)


def spread(places: Sequence[float], step: float) -> list[float]:
    """Ascending places -> the nearest ascending ones at least a step apart, within [0, 1] where there is room for all.

    >>> [round(place, 6) for place in spread([0.5, 0.5, 0.9], 0.1)]
    [0.45, 0.55, 0.9]
    >>> [round(place, 6) for place in spread([0.0, 0.0, 1.0], 0.1)]
    [0.0, 0.1, 1.0]
    """
    groups: list[tuple[float, int]] = []  # sum of wanted starts, size
    for number, place in enumerate(places):
        groups.append((place - number * step, 1))
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            (total, count), (before, more) = groups.pop(), groups.pop()
            groups.append((total + before, count + more))
    starts = [total / count for total, count in groups for _ in range(count)]
    room = 1.0 - (len(places) - 1) * step
    low, high = (0.0, room) if room >= 0 else (room / 2, room / 2)  # too many: as far above as below
    return [min(max(start, low), high) + number * step for number, start in enumerate(starts)]


def room_for(names: int) -> float:
    """Inches that so many names take, one above the other."""
    return names * SMALL * ROOM / 72
