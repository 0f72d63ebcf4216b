"""Contact sheets: the first rows of a data set at a glance, pictures as pictures and all else as curves."""

import math
from typing import TYPE_CHECKING

import numpy as np

from aeeval.datasets.base import Dataset
from aeeval.datasets.carried import needed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES, CURVES = 100, 60


def contact_sheet(dataset: Dataset) -> "Figure":
    """A figure of training rows, as a model sees them: up to 100 pictures, or up to 60 curves over the coordinates.

    Rows of a table are drawn as curves too: every column in its place, in the numbers that a model sees.
    """
    is_image = len(dataset.shape) == 3
    rows = dataset.train.x[: PICTURES if is_image else CURVES].numpy()
    figure_type = needed("matplotlib.figure", "matplotlib", "contact sheets").Figure
    figure: Figure = figure_type(figsize=(6, 6 if is_image else 3.6), dpi=110, layout="constrained")
    axes = figure.add_subplot()
    shape = " × ".join(map(str, dataset.shape))
    axes.set_title(f"{dataset.name}: {len(rows)} of {len(dataset.train)} training rows, each {shape}", fontsize=9)
    if is_image:
        axes.imshow(montage(rows.reshape(-1, *dataset.shape)), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        axes.set_axis_off()
    else:
        axes.plot(np.arange(rows.shape[1]), rows.T, linewidth=0.6, alpha=0.5, color="#2a5ca3")
        axes.set_xlabel("coordinate")
        axes.set_ylabel("value as a model sees it")
    return figure


def montage(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, C, h, w) in [0, 1] as one (H, W) grey or (H, W, 3), row by row, with a white line between them."""
    count, channels, height, width = pictures.shape
    across = math.ceil(math.sqrt(count))
    down = math.ceil(count / across)
    sheet = np.ones((channels, down * (height + 1) - 1, across * (width + 1) - 1))
    for index, picture in enumerate(pictures):
        top, left = index // across * (height + 1), index % across * (width + 1)
        sheet[:, top : top + height, left : left + width] = picture.clip(0, 1)
    return sheet[0] if channels == 1 else sheet[:3].transpose(1, 2, 0)
