"""Kept against excess dimension: what of the manifold survives the round trip, and what is added off it."""

import math
from typing import TYPE_CHECKING, Any

from aeeval.report.figures.style import GUESS, REFERENCES, SMALL, figure, needed, plain
from aeeval.report.plots.entrants import Field, Place
from aeeval.report.plots.labels import label_beside, room_for
from aeeval.report.plots.truths import Known, known, task_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS, WIDE, HIGH, AROUND = 3, 4.6, 3.9, 1.0


def dimension(field: Field) -> "Figure":
    """`kept_dim` and `excess_dim` of every submission with their intervals over seeds, a panel for each task.

    The bar is the ideal: min(k, d) directions kept, and at most e(S) − d added.
    """
    places = [place for place in field.places if field.intervals("kept_dim", place)]
    needed(places, "no kept dimension: no task of these has a known manifold")
    columns = min(COLUMNS, len(places))
    rows = math.ceil(len(places) / columns)
    high = max(HIGH, AROUND + max(room_for(len(field.intervals("kept_dim", place))) for place in places))
    made = figure(
        WIDE * columns, high * rows + 0.4, f"{field.section.suite}: directions kept along the manifold and added off it"
    )
    made.set_layout_engine("constrained", w_pad=0.12, h_pad=0.12)
    panels = [made.add_subplot(rows, columns, number + 1) for number in range(len(places))]
    for axes, place in zip(panels, places, strict=True):
        _panel(axes, field, place)
    made.draw_without_rendering()  # names go where the axes have come to lie
    for axes, place in zip(panels, places, strict=True):
        _names(axes, field, place)
    return made


def _panel(axes: Any, field: Field, place: Place) -> None:
    facts = known(task_of(field.suite, place[0]))
    told = f"; d = {facts.dim}" + (f", e(S) = {facts.least}" if facts.least is not None else "") if facts else ""
    plain(axes, f"{place[0]}, k = {place[1]}{told}", "kept_dim", "excess_dim")
    kept, excess = field.intervals("kept_dim", place), field.intervals("excess_dim", place)
    both = [who for who in kept if who in excess]
    for who in both:
        colour, _ = field.colour(who)
        marker = "s" if who[0] in REFERENCES else "o"
        x, y = kept[who], excess[who]
        axes.errorbar(x.mean, y.mean, y.half, x.half, marker, color=colour, markersize=4, linewidth=0.8, alpha=0.9)
    axes.set_yscale("symlog", linthresh=1.0)
    axes.set_xlim(left=min(-0.05, *(kept[who].mean - 0.05 for who in both)))
    axes.margins(0.08)
    axes.set_yticks([0, 0.5, 1, 3, 10, 30], ["0", "0.5", "1", "3", "10", "30"])
    most = max([1.0, *(excess[who].mean for who in both)])
    axes.set_ylim(-0.15, 1.15 * most)
    if facts:
        _ideal(axes, facts, place[1])


def _ideal(axes: Any, facts: Known, k: int) -> None:
    best, room = min(facts.dim, k), (facts.least or facts.dim) - facts.dim
    axes.plot([best, best], [0, max(room, 0.02)], color=GUESS, linewidth=9, alpha=0.3, solid_capstyle="round", zorder=0)
    place = {"xytext": (0, -13), "textcoords": "offset points", "ha": "center"}
    axes.annotate("ideal", (best, 0), fontsize=SMALL, color=GUESS, **place)


def _names(axes: Any, field: Field, place: Place) -> None:
    kept, excess = field.intervals("kept_dim", place), field.intervals("excess_dim", place)
    both = [who for who in kept if who in excess]
    at = [(kept[who].mean, excess[who].mean) for who in both]
    label_beside(axes, at, [field.label(who) for who in both], [field.colour(who)[0] for who in both])
