"""Colours, sizes and words that all pictures of a model share."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aeeval.errors import Skipped
from aeeval.report.draw_manifold import matplotlib_part

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Told apart also by readers who see no red or green, and in print (after ColorBrewer and Okabe and Ito).
TRUTH = "#8a8a8a"
LEARNED = "#2166ac"
ANSWER = "#08306b"
ROWS = "#e08214"
BEYOND = "#1b7837"
GUESS = "#c51b7d"
INK, FAINT = "#333333", "#9a9a9a"
SAMPLERS: Mapping[str, str] = {
    "native": "#7570b3",
    "prior": "#d95f02",
    "gauss": "#66a61e",
    "gmm10": "#5e3c99",
}
REFERENCES: Mapping[str, str] = {"mean": FAINT, "pca": "#b2182b"}
WORDS: Mapping[str, str] = {
    "native": "its own sampler",
    "prior": "prior N(0, I)",
    "gauss": "one Gaussian, fitted",
    "gmm10": "mixture of ten, fitted",
}
# The same colours on a dark ground, light enough to be read on it.
DARK: Mapping[str, str] = {
    TRUTH: "#9d9d9d",
    LEARNED: "#5aa2e6",
    ANSWER: "#c3dcf5",
    ROWS: "#f5a742",
    BEYOND: "#5cc47c",
    GUESS: "#f06fb8",
    SAMPLERS["native"]: "#aaa5ea",
    SAMPLERS["prior"]: "#ff9a52",
    SAMPLERS["gauss"]: "#9bd65a",
    SAMPLERS["gmm10"]: "#b698f2",
}
SMALL, TEXT, HEAD = 7.5, 9, 11


def figure(width: float, height: float, title: str = "") -> "Figure":
    """An empty figure of so many inches; `UsageError` where matplotlib, of the extra `report`, is missing."""
    made: Figure = matplotlib_part("matplotlib.figure").Figure(figsize=(width, height), dpi=110, layout="constrained")
    if title:
        made.suptitle(title, fontsize=HEAD, color=INK)
    return made


def plain(axes: Any, title: str = "", x: str = "", y: str = "") -> Any:
    """Two-dimensional axes without a box, with a title and labels."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(labelsize=SMALL, colors=INK, length=3)
    axes.set_title(title, fontsize=TEXT, color=INK, loc="left")
    axes.set_xlabel(x, fontsize=TEXT, color=INK)
    axes.set_ylabel(y, fontsize=TEXT, color=INK)
    return axes


def needed(found: object, what: str, reason: str | None = None) -> None:
    """Raise `Skipped` where there is nothing to draw: a picture that cannot be made says why."""
    if not found:
        raise Skipped(f"{what}{': ' + reason if reason else ''}")
