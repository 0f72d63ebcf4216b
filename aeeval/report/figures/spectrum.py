"""Directions: those that M has, those that it keeps along the manifold, and those that it adds off it."""

from typing import TYPE_CHECKING, Any

import numpy as np

from aeeval.report.figures.style import FAINT, GUESS, INK, LEARNED, REFERENCES, SMALL, figure, needed, plain
from aeeval.report.figures.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def spectrum(subject: Subject) -> "Figure":
    """The singular values of J_g Σ_z^½, how many of them exceed ε, and kept against excess dimension."""
    needed("spectra" in subject.arrays, "no spectrum of the decoder", subject.reason("spectrum_count"))
    known = bool(subject.values("kept_dim"))
    made = figure(10.5 if known else 7.4, 3.9, f"{subject.title}: dimension")
    panels = made.subplots(1, 3 if known else 2)
    _values(panels[0], subject)
    _counts(panels[1], subject)
    if known:
        _kept(panels[2], subject)
    return made


def _values(axes: Any, subject: Subject) -> None:
    values = subject.arrays["spectra"]
    plain(axes, "how far M reaches per direction of the code", "direction", "singular value of J_g Σ_z^½")
    axes.bar(np.arange(1, len(values) + 1), values, color=LEARNED, width=0.7)
    axes.set_xticks(np.arange(1, len(values) + 1, max(1, len(values) // 8)))
    axes.set_ylim(0, 1.25 * values.max() or 1.0)  # a constant decoder has no slope
    _mark(axes, subject)


def _mark(axes: Any, subject: Subject) -> None:
    """Where the true dimension and the least that holds the support end."""
    dim, least = (subject.arrays.get(name) for name in ("dim", "embedding_dim"))
    if dim is not None:
        axes.axvline(float(dim) + 0.5, color=GUESS, linewidth=1.2, label=f"d = {int(dim)} of the manifold")
    if least is not None and int(least) != int(dim if dim is not None else -1):
        axes.axvline(float(least) + 0.5, color=INK, linewidth=1, linestyle="--", label=f"e(S) = {int(least)}")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=SMALL, frameon=False)


def _counts(axes: Any, subject: Subject) -> None:
    plain(axes, "directions longer than ε", "ε, in units of scale", "number of directions")
    curve = subject.curve("spectrum_count", "eps")
    axes.plot([at for at, _ in curve], [mean.mean for _, mean in curve], color=LEARNED, marker="o", markersize=4)
    axes.set_xscale("log")
    axes.set_ylim(0, None)
    if (dim := subject.arrays.get("dim")) is not None:
        axes.axhline(float(dim), color=GUESS, linewidth=1.2)


def _kept(axes: Any, subject: Subject) -> None:
    """Kept against excess for all submissions of the task: the ideal corner is d kept and none added."""
    plain(axes, "kept along the manifold, added off it", "kept_dim", "excess_dim")
    for name in sorted({record.submission for record in subject.records}):
        kept, excess = subject.mean("kept_dim", name), subject.mean("excess_dim", name)
        if kept is None or excess is None:
            continue
        own = name == subject.submission
        colour = LEARNED if own else REFERENCES.get(name, FAINT)
        axes.errorbar(kept.mean, excess.mean, excess.half, kept.half, "o", color=colour, markersize=7 if own else 4)
        axes.annotate(f" {name}", (kept.mean, excess.mean), fontsize=SMALL, color=colour)
    dim, least = subject.arrays.get("dim"), subject.arrays.get("embedding_dim")
    if dim is not None:
        ideal = min(float(dim), subject.latent_dim)
        room = float(least) - float(dim) if least is not None else 0.0
        axes.plot([ideal, ideal], [0, room + 1e-3], color=GUESS, linewidth=9, alpha=0.35, solid_capstyle="round")
        axes.annotate(
            "ideal", (ideal, 0), (0, -14), textcoords="offset points", ha="center", fontsize=SMALL, color=GUESS
        )
    axes.margins(0.2)
