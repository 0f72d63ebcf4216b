"""The latent space: training codes, how far each place is held by them, and where each sampler draws."""

from typing import TYPE_CHECKING, Any

import numpy as np

from aeeval.report.draw_manifold import matplotlib_part
from aeeval.report.figures.style import LEARNED, ROWS, SAMPLERS, SMALL, WORDS, figure, needed, plain
from aeeval.report.figures.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def latent(subject: Subject) -> "Figure":
    """Codes along their two main axes over the density that holds them, and the draws of every sampler of codes."""
    needed("codes" in subject.arrays, "no latent space: the codes do not vary")
    names = [name for name in SAMPLERS if f"codes_{name}" in subject.arrays]
    made = figure(3.4 * (1 + len(names)), 3.7, f"{subject.title}: latent space{_axes(subject)}")
    panels = np.atleast_1d(made.subplots(1, 1 + len(names), sharex=True, sharey=True))
    for axes, name in zip(panels, [None, *names], strict=True):
        _ground(axes, subject)
        drawn, colour = ("codes", ROWS) if name is None else (f"codes_{name}", SAMPLERS[name])
        rows = _two(subject.arrays[drawn])
        axes.scatter(*rows.T, s=6, color=colour, linewidths=0, alpha=0.8)
        plain(axes, "training codes" if name is None else WORDS[name], "main axis of the codes", "")
        axes.tick_params(labelsize=SMALL)
    _limits(panels[0], subject)
    return made


def _axes(subject: Subject) -> str:
    return f" (2 main axes of {subject.latent_dim})" if subject.latent_dim > 2 else ""


def _ground(axes: Any, subject: Subject) -> None:
    """Blue where training codes hold the decoder, white where it guesses; the line is where trust is a half."""
    places, held = subject.arrays["mesh_codes"], subject.arrays["mesh_trust"]
    if places.ndim == 2:
        axes.fill_between(places[:, 0], -1, held * 2 - 1, color=LEARNED, alpha=0.25, linewidth=0)
        return
    x, y = places[..., 0], places[..., 1]
    colours = matplotlib_part("matplotlib.colors").LinearSegmentedColormap.from_list("held", ["white", LEARNED])
    axes.contourf(x, y, held, levels=np.linspace(0, 1, 11), cmap=colours, alpha=0.45)
    axes.contour(x, y, held, levels=[0.5], colors=[LEARNED], linewidths=0.8)


def _limits(axes: Any, subject: Subject) -> None:
    places = _two(subject.arrays["mesh_codes"].reshape(-1, subject.arrays["mesh_codes"].shape[-1]))
    low, high = places.min(axis=0), places.max(axis=0)
    axes.set_xlim(low[0], high[0])
    if high[1] > low[1]:
        axes.set_ylim(low[1], high[1])
    else:
        axes.set_ylim(-1.1, 1.1)
        axes.set_yticks([])


def _two(codes: np.ndarray) -> np.ndarray:
    """(n, 1 or 2) -> (n, 2)."""
    return np.pad(codes, [(0, 0), (0, 2 - codes.shape[1])])
