"""Samplers side by side: where their samples lie, and how far they are from the truth."""

from typing import TYPE_CHECKING, Any

import numpy as np

from aeeval.report.figures.space import paint_learned, paint_samples, paint_truth, space
from aeeval.report.figures.style import FAINT, SAMPLERS, SMALL, WORDS, figure, needed, plain
from aeeval.report.figures.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BARS = ("sliced_wasserstein", "hole_mass", "chart_tv")


def samples(subject: Subject) -> "Figure":
    """Samples of each sampler over 𝓜 and M, and below them what the metrics say, beside their nulls."""
    names = [name for name in SAMPLERS if f"samples_{name}" in subject.arrays]
    needed(names, "no samples", subject.reason("sliced_wasserstein"))
    shown = [metric for metric in BARS if any(subject.values(metric, sampler=name) for name in names)]
    made = figure(3.6 * max(len(names), 2), 6.4, f"{subject.title}: samplers")
    halves: Any = made.subfigures(2, 1, height_ratios=[1.5, 1])
    top, bottom = halves
    grid = top.add_gridspec(1, len(names))
    for column, name in enumerate(names):
        view = space(top, grid[0, column], subject.arrays, WORDS[name])
        paint_truth(view, subject.arrays)
        paint_learned(view, subject.arrays)
        paint_samples(view, subject.arrays, [name])
    for axes, metric in zip(np.atleast_1d(bottom.subplots(1, len(shown))), shown, strict=True):
        _bars(axes, subject, metric, names)
    return made


def _bars(axes: Any, subject: Subject, metric: str, names: list[str]) -> None:
    plain(axes, metric)
    for row, name in enumerate(reversed(names)):
        mean = subject.mean(metric, sampler=name)
        if mean is not None:
            axes.barh(row, mean.mean, color=SAMPLERS[name], height=0.62, xerr=mean.half, error_kw={"linewidth": 1})
    null = next((found for name in names if (found := subject.null(metric, sampler=name)) is not None), None)
    if null is not None:
        axes.axvline(null, color=FAINT, linestyle="--", linewidth=1)
        axes.annotate(" truth itself", (null, 1.0), xycoords=("data", "axes fraction"), fontsize=SMALL, va="top")
    axes.set_yticks(range(len(names)), list(reversed(names)))
    axes.set_ylim(-0.5, len(names) - 0.2)  # room above the bars for the words of the null
