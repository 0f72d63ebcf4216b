"""The roofline of a bench: FLOP/s over FLOPs a byte, below the two roofs that were measured in the same run."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aeeval.errors import DataError, message
from aeeval.report.draw_manifold import matplotlib_part

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKERS = {"encode": "o", "decode": "s", "round_trip": "^"}
COLOURS = ("#1f5f9f", "#d1622b", "#2f8f5b", "#8c4a9e", "#b3922f", "#5b6770", "#c2417c", "#3aa0a8")
INK = "0.25"
SIZES = (18.0, 90.0)  # of the smallest and the largest batch, in square points


def draw_roofline(made: Mapping[str, Any]) -> "Figure":
    """One panel for each setting: a point for every batch, joined from the smallest to the largest.

    Rows whose work could not be counted, or that do no FLOPs, have no place in it; the title says how many. Raises
    `DataError` where there is none at all, and `UsageError` without matplotlib, of the extra `report`.
    """
    panels = [(roofs, _points(made["rows"], roofs)) for roofs in made["ceilings"]]
    panels = [(roofs, points) for roofs, points in panels if points]
    if not panels:
        raise DataError(message("rows with counted FLOPs and a time", "none", "bench a model that runs in torch"))
    figure_type = matplotlib_part("matplotlib.figure").Figure
    figure: Figure = figure_type(figsize=(6.4, 4.8 * len(panels)), dpi=110, layout="constrained")
    for number, (roofs, points) in enumerate(panels, 1):
        axes = figure.add_subplot(len(panels), 1, number)
        _roofs(axes, roofs, points)
        _models(axes, points)
        _dress(axes, roofs, len(_at(made["rows"], roofs)) - len(points))
    return figure


def _at(rows: Sequence[Mapping[str, Any]], roofs: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    places = ("hardware", "device", "dtype", "backend", "layout", "transfer")
    return [row for row in rows if all(row[name] == roofs[name] for name in places)]


def _points(rows: Sequence[Mapping[str, Any]], roofs: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [row for row in _at(rows, roofs) if row["period_s"] and row["intensity"]]


def flops_per_s(row: Mapping[str, Any]) -> float:
    """Work over time; the device's own time where it is known."""
    return row["batch"] * row["flops_per_sample"] / (row["device_p50_s"] or row["period_s"])


def _roofs(axes: Any, roofs: Mapping[str, Any], points: Sequence[Mapping[str, Any]]) -> None:
    intensities = [row["intensity"] for row in points]
    gemm, memory = roofs["gemm_flops"], roofs["copies"][-1][1]
    cache = max(rate for _, rate in roofs["copies"])
    x = np.geomspace(min(*intensities, gemm / cache) / 3, max(*intensities, gemm / memory) * 3, 200)
    for rate, style in ((memory, "-"), (cache, "--")):
        axes.plot(x, np.minimum(gemm, x * rate), style, color=INK, linewidth=1.2, zorder=1)
    axes.set(xscale="log", yscale="log", xlim=(x[0], x[-1]))
    axes.set_ylim(min(*map(flops_per_s, points), x[0] * memory) / 2, gemm * 3)
    _label(axes, f"products, {gemm / 1e9:.3g} GFLOP/s", (x[-1], gemm), ha="right")
    for rate, name in ((memory, "memory"), (cache, "cache")):
        (left, low), (right, high) = axes.transData.transform([(x[0], x[0] * rate), (10 * x[0], 10 * x[0] * rate)])
        angle = float(np.degrees(np.arctan2(high - low, right - left)))
        _label(axes, f"copies in {name}, {rate / 1e9:.3g} GB/s", (1.2 * x[0], 1.2 * x[0] * rate), rotation=angle)


def _label(axes: Any, text: str, at: tuple[float, float], **place: Any) -> None:
    shown = {"rotation_mode": "anchor", "textcoords": "offset points", "xytext": (-2, 4), "fontsize": 7, "color": INK}
    axes.annotate(text, at, **shown, **place)


def _models(axes: Any, points: Sequence[Mapping[str, Any]]) -> None:
    names = list(dict.fromkeys(_name(row) for row in points))
    largest = max(row["batch"] for row in points)
    for name, colour in zip(names, (COLOURS * len(names))[: len(names)], strict=True):
        for op, marker in MARKERS.items():
            some = sorted(
                (row for row in points if _name(row) == name and row["op"] == op), key=lambda row: row["batch"]
            )
            if not some:
                continue
            x, y = [row["intensity"] for row in some], [flops_per_s(row) for row in some]
            share = [np.log(row["batch"] + 1) / np.log(largest + 1) for row in some]
            sizes = [SIZES[0] + (SIZES[1] - SIZES[0]) * one for one in share]
            axes.plot(x, y, "-", color=colour, linewidth=0.8, alpha=0.6, zorder=2)
            axes.scatter(x, y, s=sizes, marker=marker, color=colour, alpha=0.85, linewidths=0, zorder=3)
    for name, colour in zip(names, (COLOURS * len(names))[: len(names)], strict=True):
        axes.scatter([], [], s=30, marker="o", color=colour, label=name)
    for op, marker in MARKERS.items():
        if any(row["op"] == op for row in points):
            axes.scatter([], [], s=30, marker=marker, color="0.5", label=op.replace("_", " "))


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['submission']} on {row['task']}"


def _dress(axes: Any, roofs: Mapping[str, Any], without: int) -> None:
    axes.set(xlabel="FLOPs a byte, each byte moved once", ylabel="FLOP/s")
    axes.grid(True, which="major", color="0.92", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.legend(fontsize=7, loc="lower right", framealpha=0.9)
    left = f"; {without} rows have no counted work or no time" if without else ""
    place = f"{roofs['device']}, {roofs['dtype']}, {roofs['backend']}, {roofs['layout']}"
    axes.set_title(f"{roofs['hardware']}\n{place}; larger points are larger batches{left}", fontsize=8)
