"""The small picture of a model: M over the true manifold with some training rows, and nothing written on it."""

from typing import TYPE_CHECKING

from aeeval.errors import Skipped
from aeeval.report.figures.space import paint_learned, paint_rows, paint_truth, space
from aeeval.report.figures.style import figure
from aeeval.report.figures.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INCHES = 2.4


def thumbnail(subject: Subject) -> "Figure":
    """M as the representation picture shows it first; images show a few of their rows and reconstructions instead."""
    if "x" not in subject.arrays:
        raise Skipped("no arrays of this model: run it at seed 0")
    made = figure(INCHES, INCHES)
    view = space(made, made.add_gridspec(1, 1)[0, 0], subject.arrays, "")
    paint_truth(view, subject.arrays)
    paint_learned(view, subject.arrays)
    paint_rows(view, subject.arrays)
    return made
