"""The matrix as a picture: effects in units of the margin."""

from pathlib import Path

import numpy as np
import pandas as pd

from tests.separation.causes import NAMES
from tests.separation.effects import THOUGH_STILL, WRONG
from tests.separation.expect import SHOWN, STILL
from tests.separation.models import MODELS

DEEPEST = 10.0  # margins


def draw(effects: pd.DataFrame, path: Path) -> None:
    """Red up, blue down, white still; a dot where theory says that nothing moves, a cross where it is wrong."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    columns = [(cause, model) for cause in NAMES for model in MODELS]
    at = {(r.metric, r.cause, r.model): r for r in effects.itertuples()}
    grid = np.full((len(SHOWN), len(columns)), np.nan)
    figure, axes = plt.subplots(figsize=(11, 6.5), layout="constrained")
    for i, metric in enumerate(SHOWN):
        for j, (cause, model) in enumerate(columns):
            if row := at.get((metric, cause, model)):
                grid[i, j] = np.clip(row.effect / row.margin, -DEEPEST, DEEPEST)
                wrong = row.verdict in (WRONG, THOUGH_STILL)
                axes.text(j, i, "×" if wrong else "·" if row.expected == STILL else "", ha="center", va="center")
    axes.set_facecolor("0.85")
    image = axes.imshow(grid, cmap="RdBu_r", vmin=-DEEPEST, vmax=DEEPEST, aspect="auto", interpolation="none")
    axes.set_yticks(range(len(SHOWN)), [metric.replace("@", " ") for metric in SHOWN])
    axes.set_xticks(range(len(columns)), [model for _, model in columns], rotation=90)
    for place, cause in enumerate(NAMES):
        axes.text((place + 0.5) * len(MODELS) - 0.5, -0.9, cause, ha="center", fontweight="bold")
        axes.axvline(place * len(MODELS) - 0.5, color="black", linewidth=1)
    figure.colorbar(image, label="effect over the range, in margins (grey: no number; dot: theory says still)")
    figure.savefig(path, dpi=110)
    plt.close(figure)
