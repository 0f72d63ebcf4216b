"""Images: originals, reconstructions and their difference, samples, and walks that leave the support."""

from typing import TYPE_CHECKING, Any

import numpy as np

from aeeval.report.figures.style import LEARNED, SMALL, TEXT, figure, needed
from aeeval.report.figures.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 12


def images(subject: Subject) -> "Figure":
    """Rows of test images x, x̂ and |x̂ − x|, of samples, and of g along the main axes of the codes."""
    needed("image" in subject.arrays, "no images: this task has vectors")
    original, answer = (subject.arrays[name][:MOST].astype(float) / 255 for name in ("image", "image_hat"))
    strips = [("x", original), ("x̂", answer), ("|x̂ − x|", 1 - np.abs(answer - original))]
    if "image_samples" in subject.arrays:
        strips.append(("samples", subject.arrays["image_samples"][:MOST] / 255))
    walks = subject.arrays.get("walk", ())
    made = figure(9.6, 0.95 * (len(strips) + len(walks)) + 0.6, f"{subject.title}: images")
    columns = max(MOST, *(len(walk) for walk in walks), 1)
    grid = made.add_gridspec(len(strips) + len(walks), columns + 1)
    for row, (label, pictures) in enumerate(strips):
        _strip(made, grid, row, label, pictures)
    for number in range(len(walks)):
        _walk(made, grid, len(strips) + number, subject, number)
    return made


def _strip(made: "Figure", grid: Any, row: int, label: str, pictures: np.ndarray) -> list[Any]:
    """A label in the first column, a picture in each of the others."""
    words = made.add_subplot(grid[row, 0])
    words.set_axis_off()
    words.text(1, 0.5, label, fontsize=TEXT, ha="right", va="center", transform=words.transAxes)
    panels = [made.add_subplot(grid[row, column + 1]) for column in range(len(pictures))]
    for axes, picture in zip(panels, pictures, strict=True):
        grey = len(picture) == 1
        shown = picture[0] if grey else picture[:3].transpose(1, 2, 0)
        axes.imshow(shown, cmap="gray" if grey else None, vmin=0, vmax=1, interpolation="nearest")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
    return panels


def _walk(made: "Figure", grid: Any, row: int, subject: Subject, number: int) -> None:
    """Steps along one axis of the codes; the frame of each is as strong as the training codes hold the place."""
    pictures, at = subject.arrays["walk"][number] / 255, subject.arrays["walk_at"]
    panels = _strip(made, grid, row, f"main axis {number + 1}\nof the codes", pictures)
    for axes, place, held in zip(panels, at, subject.arrays["walk_trust"][number], strict=True):
        axes.spines[:].set(visible=True, color=LEARNED, alpha=float(held), linewidth=2.5)
        axes.set_xlabel(f"{place:+.1f} sd" if abs(place) > 1e-6 else "mean", fontsize=SMALL)
