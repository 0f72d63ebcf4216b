"""A picture of a history: a panel a headline, intervals over seeds, and a line where a step is."""

from pathlib import Path
from typing import Any

from aeeval.report.history import History, Track

WORSE, BETTER, LINE = "#b3261e", "#2b7a3d", "#30506e"
COLUMNS = 2


def draw_history(history: History, path: str | Path) -> Path:
    """Write the picture; the ending of the path says the format (.png, .svg, .pdf)."""
    from matplotlib.figure import Figure

    count = len(history.tracks)
    rows = -(-count // COLUMNS)
    figure = Figure(figsize=(11, 2.6 * rows + 0.6), layout="constrained")
    told = "95 % intervals over seeds; dashed: a step, red for the worse and green for the better"
    figure.suptitle(f"{history.submission} on {history.runs[-1].records[0].suite}: {told}", fontsize=11)
    axes = figure.subplots(rows, COLUMNS, squeeze=False, sharex=True).ravel()
    for one, track in zip(axes, history.tracks, strict=False):
        _panel(one, track)
    for one in axes[count:]:
        one.set_visible(False)
    names = [run.name for run in history.runs]
    for one in axes[max(0, count - COLUMNS) : count]:
        one.set_xticks(range(len(names)), names, rotation=45, ha="right", fontsize=8)
        one.tick_params(labelbottom=True)
    figure.savefig(path, dpi=130)
    return Path(path)


def _panel(axes: Any, track: Track) -> None:
    metric = track.headline.metric
    points = [(i, interval) for i, interval in enumerate(track.intervals) if interval is not None]
    x = [i for i, _ in points]
    y = [interval.mean for _, interval in points]
    half = [interval.half or 0.0 for _, interval in points]
    axes.errorbar(x, y, yerr=half, color=LINE, marker="o", ms=4, lw=1, capsize=2)
    for step in track.steps:
        axes.axvline(step.at - 0.5, color=WORSE if step.effect > 0 else BETTER, lw=1.5, ls="--")
    arrow = {"lower": "lower is better", "higher": "higher is better"}.get(metric.better, "")
    axes.set_title(f"{metric.capability}: {track.headline.name}, {arrow}".rstrip(", "), fontsize=9, loc="left")
    axes.tick_params(labelsize=8)
    axes.margins(x=0.03)
    axes.grid(axis="y", lw=0.4, alpha=0.6)
