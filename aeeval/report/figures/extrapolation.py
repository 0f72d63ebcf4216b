"""Error against distance from the support, beside PCA and the mean: beyond it a model guesses."""

from typing import TYPE_CHECKING, Any

import numpy as np

from aeeval.report.figures.space import paint_beyond, paint_learned, paint_truth, space
from aeeval.report.figures.style import BEYOND, FAINT, GUESS, LEARNED, REFERENCES, SMALL, figure, needed, plain
from aeeval.report.figures.subject import Point, Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FLOOR = 1e-4  # of scale: the least error that is drawn on the logarithmic axis


def extrapolation(subject: Subject) -> "Figure":
    """`along_error` over the distance from S with its interval over seeds, and where the points lie and go."""
    curve = subject.curve("along_error", "bin")
    needed(curve, "no error beyond the support", subject.reason("along_error"))
    made = figure(10, 4.4, f"{subject.title}: beyond the support")
    grid = made.add_gridspec(1, 2, width_ratios=[1.35, 1])
    _curves(made.add_subplot(grid[0, 0]), subject)
    view = space(made, grid[0, 1], subject.arrays, "from the manifold (green) to the model's answer (pink)")
    for paint in (paint_truth, paint_learned, paint_beyond):
        paint(view, subject.arrays)
    return made


def _curves(axes: Any, subject: Subject) -> None:
    plain(axes, "", "distance from the support, along the manifold, in units of scale", "RMS error, in units of scale")
    axes.set_yscale("log")
    if "beyond_error" in subject.arrays:
        axes.scatter(
            subject.arrays["beyond_distance"],
            subject.arrays["beyond_error"].clip(FLOOR),
            s=5,
            color=GUESS,
            alpha=0.35,
            linewidths=0,
            label="single points, seed 0",
        )
    for name, colour in REFERENCES.items():
        if name != subject.submission and (curve := subject.curve("along_error", "bin", name)):
            paint_curve(axes, curve, colour, name)
    paint_curve(axes, subject.curve("along_error", "bin"), LEARNED, subject.submission)
    inside = subject.mean("truth_error")
    if inside is not None:
        axes.axhline(max(inside.mean, FLOOR), color=BEYOND, linewidth=0.8, linestyle=":", label="inside the support")
    reach = subject.mean("extrapolation_reach")
    if reach is not None:
        axes.axvline(reach.mean, color=FAINT, linewidth=0.8)
        axes.annotate(
            " error passes 10 % of scale", (reach.mean, 0.02), xycoords=("data", "axes fraction"), fontsize=SMALL
        )
    axes.legend(fontsize=SMALL, frameon=False)


def paint_curve(axes: Any, curve: list[Point], colour: str, label: str) -> None:
    """Means over a place, with their interval as a band where there are several seeds."""
    places = [place for place, _ in curve]
    axes.plot(places, [max(mean.mean, FLOOR) for _, mean in curve], color=colour, linewidth=1.6, label=label)
    if all(mean.low is not None for _, mean in curve):
        low = np.array([mean.low for _, mean in curve], dtype=float).clip(FLOOR)
        high = np.array([mean.high for _, mean in curve], dtype=float)
        axes.fill_between(places, low, high, color=colour, alpha=0.18, linewidth=0)
