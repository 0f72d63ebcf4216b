"""Student t-intervals over seeds, and effects against a reference, paired by (task, seed)."""

import math
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import stats

from aeeval.errors import message

Key = tuple[Hashable, int]  # (task, seed); the task may carry its latent dimension


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over n seeds and its two-sided confidence interval, which needs n ≥ 2 (`low` and `high` None before)."""

    mean: float
    low: float | None
    high: float | None
    n: int

    @property
    def half(self) -> float | None:
        """Half the width: the number after the ±."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    @property
    def excludes_zero(self) -> bool:
        """Whether the sign of the mean is settled; never with one seed."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def t_interval(values: Sequence[float], level: float = 0.95) -> Interval:
    """Mean ± t_{(1+level)/2, n−1} · s / √n, with s² the unbiased variance of the n values.

    Exact for independent normal values at every n ≥ 2, where a percentile bootstrap of three values is not: it
    covers 86 % of a nominal 95 %. Raises `ValueError` without values.
    """
    array = np.asarray(values, dtype=float)
    if array.size == 0:
        raise ValueError(message("at least one value", "none", "leave a mean without values out"))
    mean = float(array.mean())
    if array.size == 1:
        return Interval(mean, None, None, 1)
    quantile = _quantile((1 + level) / 2, array.size - 1)
    half = quantile * float(array.std(ddof=1)) / math.sqrt(array.size)
    return Interval(mean, mean - half, mean + half, array.size)


def t_intervals(values: np.ndarray) -> list[Interval]:
    """`t_interval` of every row of values (m, n) with n ≥ 2, the same in every bit, faster than one by one."""
    n = values.shape[1]
    rows = np.ascontiguousarray(values)
    means, spreads = rows.mean(axis=1).tolist(), rows.std(axis=1, ddof=1).tolist()
    quantile, root = _quantile(0.975, n - 1), math.sqrt(n)
    halves = [quantile * spread / root for spread in spreads]
    return [Interval(mean, mean - half, mean + half, n) for mean, half in zip(means, halves, strict=True)]


@lru_cache(maxsize=1024)
def _quantile(p: float, freedom: int) -> float:
    """t_{p, freedom}: a table asks for the same few thousands of times."""
    return float(stats.t.ppf(p, freedom))


def log_ratio(value: float, reference: float, floor: float) -> float:
    """log((v + c) / (ref + c)); the floor c keeps two errors at rounding level from deciding a mean."""
    if value + floor <= 0 or reference + floor <= 0:
        got = f"{value:g} and {reference:g} with floor {floor:g}"
        raise ValueError(message("values above minus the floor", got, "use the effect 'difference' for signed numbers"))
    return math.log((value + floor) / (reference + floor))


def difference(value: float, reference: float, floor: float) -> float:
    """v − ref, for signed and zero-ideal numbers; the floor plays no part."""
    return value - reference


EFFECTS: Mapping[str, Callable[[float, float, float], float]] = {"log": log_ratio, "difference": difference}


def paired_effect(
    values: Mapping[Key, float], reference: Mapping[Key, float], effect: str, floor: float = 0.0
) -> dict[Key, float]:
    """The effect of every (task, seed) that both sides have: log((v+c)/(ref+c)) for "log", v−ref for "difference".

    It does not move when other entrants come or go. Raises `ValueError` for another effect.
    """
    if effect not in EFFECTS:
        raise ValueError(message(f"an effect of {sorted(EFFECTS)}", repr(effect), "correct the record of the metric"))
    one = EFFECTS[effect]
    return {key: one(value, reference[key], floor) for key, value in values.items() if key in reference}


def suite_interval(values: Mapping[Key, float], level: float = 0.95) -> Interval:
    """The t-interval over seeds of the mean over tasks: what would change if the same tasks were run again.

    A seed that lacks one of the tasks is left out, since its mean would be one of other tasks. Without any complete
    seed the mean of the task means stands alone, with n = 0.
    """
    by_task: dict[Hashable, dict[int, float]] = {}
    for (task, seed), value in values.items():
        by_task.setdefault(task, {})[seed] = value
    if not by_task:
        raise ValueError(message("at least one value", "none", "leave a mean without values out"))
    complete = _common(by_task.values())
    if not complete:
        return Interval(float(np.mean([np.mean(list(seeds.values())) for seeds in by_task.values()])), None, None, 0)
    return t_interval([float(np.mean([seeds[seed] for seeds in by_task.values()])) for seed in complete], level)


def _common(groups: Collection[Mapping[int, float]]) -> list[int]:
    """The seeds that every group has, sorted."""
    return sorted(set.intersection(*(set(group) for group in groups)))
