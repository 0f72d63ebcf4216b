"""The representation: the true manifold, and the surface that the model has learned, as opaque as samples hold it."""

from typing import TYPE_CHECKING, Any

from aeeval.report.draw_manifold import matplotlib_part
from aeeval.report.figures.implementation import paint_round_trip
from aeeval.report.figures.space import (
    Space,
    paint_beyond,
    paint_learned,
    paint_rows,
    paint_samples,
    paint_truth,
    space,
)
from aeeval.report.figures.style import ANSWER, BEYOND, GUESS, LEARNED, ROWS, SAMPLERS, SMALL, TRUTH, WORDS, figure
from aeeval.report.figures.style import needed as _needed
from aeeval.report.figures.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SAMPLER = "gmm10"
_SURFACE = "the learned surface M = g(Rᵏ);\nit fades where no codes hold it"


def representation(subject: Subject) -> "Figure":
    """M over 𝓜 up to three times (training rows, beyond the support, samples), and the same model's implementation."""
    _needed("x" in subject.arrays, "no arrays of this model", "run it at seed 0")
    made = figure(11.5, 8.4, subject.title + _view(subject))
    grid = made.add_gridspec(2, 6, height_ratios=[1.15, 1])
    panels = [(title, paint) for title, needs, paint in _PANELS if needs in subject.arrays]
    wide = 6 // len(panels)
    for column, (title, paint) in enumerate(panels):
        view = space(made, grid[0, wide * column : wide * (column + 1)], subject.arrays, title)
        paint_truth(view, subject.arrays)
        paint_learned(view, subject.arrays)
        paint(view, subject)
    paint_round_trip(made.add_subplot(grid[1, :4]), subject)
    _key(made.add_subplot(grid[1, 4:]), subject)
    return made


def _rows(view: Space, subject: Subject) -> None:
    paint_rows(view, subject.arrays)


def _beyond(view: Space, subject: Subject) -> None:
    paint_beyond(view, subject.arrays)


def _samples(view: Space, subject: Subject) -> None:
    paint_samples(view, subject.arrays, [SAMPLER])


# Title, the array without which there is nothing to show, and who paints it.
_PANELS = (
    ("what it learned from the training rows", "x", _rows),
    ("what it makes of the manifold beyond them", "beyond", _beyond),
    (f"what it samples ({WORDS[SAMPLER]})", f"samples_{SAMPLER}", _samples),
)


def _view(subject: Subject) -> str:
    share = float(subject.arrays.get("share", 1.0))
    width = subject.arrays["x"].shape[1]
    return "" if share > 0.9995 else f" · seen along its {width} principal axes, {share:.0%} of the variance"


def _key(axes: Any, subject: Subject) -> None:
    """What every colour is."""
    axes.set_axis_off()
    patches, lines = matplotlib_part("matplotlib.patches"), matplotlib_part("matplotlib.lines")

    def dot(colour: str, label: str) -> Any:
        return lines.Line2D([], [], color=colour, marker="o", linestyle="", markersize=5, label=label)

    known = "manifold_0" in subject.arrays
    handles = [
        *([patches.Patch(color=TRUTH, alpha=0.35, label="the true manifold, darker on the support")] if known else []),
        *([patches.Patch(color=LEARNED, alpha=0.8, label=_SURFACE)] if "mesh" in subject.arrays else []),
        dot(ROWS, "training rows x"),
        dot(ANSWER, "their reconstructions x̂, on M"),
        *([dot(BEYOND, "points of the manifold beyond the support")] if "beyond" in subject.arrays else []),
        *([dot(GUESS, "the model's extrapolation of them")] if "beyond" in subject.arrays else []),
        *([dot(SAMPLERS[SAMPLER], "samples")] if f"samples_{SAMPLER}" in subject.arrays else []),
    ]
    axes.legend(handles=handles, loc="center left", fontsize=SMALL + 0.5, frameon=False, labelspacing=0.9)
