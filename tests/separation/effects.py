"""The effect of a cause on a number, its interval over seeds, and whether it is what theory says.

An effect is the change over the whole range of the cause along the line fitted to one seed's values: of log(v + c) for
metrics that are read as ratios, with the floor c of the metric, else of the value. A number moves if the interval is
on one side of 0 and the mean beyond the metric's margin, the smallest effect worth a word; it is still if the interval
lies within the margin; what is neither is open. A number that should be still moves only if the whole interval lies
beyond the margin.
"""

import numpy as np
import pandas as pd
from scipy import stats

from aeeval.metrics import METRICS
from tests.separation.expect import DOWN, STILL, UP, expected

AS_EXPECTED, WRONG, THOUGH_STILL, OPEN, SILENT = "as expected", "not as expected", "though it should not", "open", "-"


def effects(numbers: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """One line for each ground, metric, model and cause: mean effect, half-width of its t-interval, verdict."""
    keys = ["ground", "metric", "model", "cause"]
    theory = expected()
    lines = []
    for (ground, metric, model, cause), part in numbers.groupby(keys, sort=False):
        changes = per_seed(part, metric)
        if len(changes) > 1:
            mean, half, margin = *interval(changes, level), METRICS.get(metric.partition("@")[0]).margin
            claim = theory.get((model, cause, metric))
            found = {"effect": mean, "half_width": half, "margin": margin, "seeds": len(changes)}
            judged = {"expected": claim or SILENT, "found": move(mean, half, margin)}
            identity = {"ground": ground, "metric": metric, "model": model, "cause": cause}
            lines.append({**identity, **found, **judged, "verdict": verdict(claim, mean, half, margin)})
    return pd.DataFrame(lines)


def per_seed(part: pd.DataFrame, metric: str) -> np.ndarray:
    """(seeds,) the change over the range of x in each seed that has every level."""
    record = METRICS.get(metric.partition("@")[0])
    table = part.pivot_table(index="seed", columns="x", values="value").reindex(columns=sorted(set(part["x"]))).dropna()
    y = table.to_numpy(dtype=float)
    if record.effect == "log":
        y = np.log(np.maximum(y, 0) + max(record.floor, 1e-12))
    x = table.columns.to_numpy(dtype=float)
    centred = x - x.mean()
    return y @ centred / (centred @ centred) * (x[-1] - x[0]) if len(x) > 1 else np.empty(0)


def interval(changes: np.ndarray, level: float) -> tuple[float, float]:
    """Mean and half-width of the t-interval of (seeds,) changes."""
    half = stats.t.ppf((1 + level) / 2, len(changes) - 1) * changes.std(ddof=1) / len(changes) ** 0.5
    return float(changes.mean()), float(half)


def move(mean: float, half: float, margin: float) -> str:
    """up, down, still, or open."""
    if abs(mean) > half and abs(mean) > margin:
        return UP if mean > 0 else DOWN
    return STILL if abs(mean) + half <= margin else OPEN


def verdict(claim: str | None, mean: float, half: float, margin: float) -> str:
    """What is found against what theory says."""
    found = move(mean, half, margin)
    if claim is None:
        return SILENT
    if claim == STILL:
        beyond = abs(mean) - half > margin
        return AS_EXPECTED if found == STILL else THOUGH_STILL if beyond else OPEN
    return AS_EXPECTED if found == claim else OPEN if found == OPEN else WRONG
