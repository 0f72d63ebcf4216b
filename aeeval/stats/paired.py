"""Paired effects of a few tasks at a few seeds, as arrays: means with their errors, one-sided tests, Holm's rule.

Everywhere the last axes are (tasks, seeds) and any axes before them are repetitions: a study of ten thousand gates
calls the functions that one gate calls. NaN is a number that is not there.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from aeeval.errors import message

Array = np.ndarray


@dataclass(frozen=True)
class Mean:
    """Estimates with standard errors and degrees of freedom, arrays of one shape; `stderr` is NaN where `df` is 0."""

    estimate: Array
    stderr: Array
    df: Array

    def bound(self, level: float) -> Array:
        """estimate + t_{level, df} · stderr: the upper confidence bound of that level, the lower one below .5."""
        quantile = special.stdtrit(np.where(self.df > 0, self.df, np.nan), level)
        return self.estimate + quantile * self.stderr

    def p_above(self, margin: Array | float) -> Array:
        """p-value of "the mean is at most `margin`": P(T_df ≥ (estimate − margin)/stderr); NaN without an error.

        Without any spread it is 0 or 1, by the side of the margin that the estimate lies on.
        """
        distance = self.estimate - margin
        with np.errstate(divide="ignore", invalid="ignore"):
            tested = special.stdtr(self.df, -distance / self.stderr)
        certain = np.where(distance > 0, 0.0, 1.0)
        return np.where(np.isnan(self.stderr), np.nan, np.where(self.stderr == 0, certain, tested))

    def p_differs(self) -> Array:
        """Two-sided p-value of "the mean is 0"; NaN without an error, and without any spread 1 or 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            tested = 2 * special.stdtr(self.df, -np.abs(self.estimate / self.stderr))
        certain = np.where(self.estimate == 0, 1.0, 0.0)
        return np.where(np.isnan(self.stderr), np.nan, np.where(self.stderr == 0, certain, tested))


def effect(values: Array, reference: Array, kind: str, floor: float) -> Array:
    """The effects of `aeeval.stats.intervals` on arrays: log((v + c)/(ref + c)) for "log", v − ref for "difference"."""
    if kind == "difference":
        return values - reference
    if kind != "log":
        raise ValueError(message("an effect of 'log' or 'difference'", repr(kind), "correct the record of the metric"))
    if np.any(values + floor <= 0) or np.any(reference + floor <= 0):
        got = f"a number of {min(np.nanmin(values), np.nanmin(reference)):g} with floor {floor:g}"
        raise ValueError(message("values above minus the floor", got, "use the effect 'difference' for signed numbers"))
    return np.log((values + floor) / (reference + floor))


def over_seeds(effects: Array) -> Mean:
    """The mean over tasks of effects (..., tasks, seeds), with the error that another set of seeds would show.

    Estimate (1/T) Σ_t d̄_t; stderr √(Σ_t s_t²/n_t) / T; df by Welch and Satterthwaite, (Σv)² / Σ v²/(n_t − 1) with
    v = s_t²/n_t, since tasks differ in their noise. Tasks are independent, as every task draws its own seeds. Those
    with one seed are left out as soon as others have more; where none has, there is no error (df 0).
    Source: Satterthwaite 1946.
    """
    count, mean, spread = _moments(effects)
    repeated = count > 1
    used = np.where(repeated.any(axis=-1, keepdims=True), repeated, count > 0)
    tasks = used.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(repeated, spread / count, 0.0)
        total = share.sum(axis=-1)
        own = np.where(repeated, share**2 / (count - 1), 0.0).sum(axis=-1)
        df = np.where(total > 0, total**2 / own, np.where(repeated, count - 1, 0).sum(axis=-1))
        estimate = np.where(used, mean, 0.0).sum(axis=-1) / tasks
        stderr = np.where(repeated.any(axis=-1), np.sqrt(total) / tasks, np.nan)
    return Mean(estimate, stderr, np.where(np.isnan(stderr), 0.0, df))


def each_task(effects: Array) -> Mean:
    """The mean of every task of effects (..., tasks, seeds), each with its own s_t/√n_t, n_t − 1 degrees of freedom."""
    return over_seeds(np.expand_dims(effects, -2))


def over_tasks(effects: Array) -> Mean:
    """The mean over tasks of effects (..., tasks, seeds), with the error that another choice of tasks would show.

    The t-interval of the task means, T − 1 degrees of freedom: it holds for tasks like these, where they are as good as
    drawn at random. It is wider than `over_seeds` wherever tasks disagree by more than their noise.
    """
    count, mean, _ = _moments(effects)
    return over_seeds(np.where(count > 0, mean, np.nan)[..., None, :])


def holm(p: Array) -> Array:
    """p-values adjusted for their number along the last axis: max over smaller ones of (m − rank) · p, at most 1.

    NaN stands for no test: it stays NaN and does not count in m. Rejecting where the result is at most α makes any
    false rejection with probability at most α, however the tests depend on each other. Source: Holm 1979.
    """
    order = np.argsort(p, axis=-1, kind="stable")  # NaN last
    ordered = np.take_along_axis(p, order, axis=-1)
    number = (~np.isnan(p)).sum(axis=-1, keepdims=True)
    steps = ordered * (number - np.arange(p.shape[-1]))
    adjusted = np.minimum(np.maximum.accumulate(steps, axis=-1), 1.0)
    answer = np.empty_like(adjusted)
    np.put_along_axis(answer, order, adjusted, axis=-1)
    return np.where(np.isnan(p), np.nan, answer)


def least_detectable(mean: Mean, alpha: float, power: float = 0.8) -> Array:
    """The true effect above the margin that a one-sided t-test at `alpha` would see with probability `power`.

    In the unit of the effects: δ with P(T'_df(δ/stderr) > t_{1−α, df}) = power, T' noncentral t. NaN without an error.
    """
    flat = [_shift(float(df), alpha, power) for df in np.ravel(mean.df)]
    return np.reshape(flat, np.shape(mean.df)) * mean.stderr


def seeds_to_settle(effects: Array, settled: Callable[[Mean], Array], most: int = 1000) -> int | None:
    """How many seeds would settle a question, if mean and noise are what these effects (tasks, seeds) show.

    The least n for which `settled` holds of the same estimate with stderr · √(now/n) and df · (n − 1)/(now − 1); None
    where it is above `most`, or where nothing is known of the noise.
    """
    mean, seeds = over_seeds(effects), np.arange(2, most + 1)
    there = (~np.isnan(effects)).sum(axis=-1)
    now = np.min(there, where=there > 0, initial=most)
    if now < 2 or np.isnan(mean.stderr):
        return None
    more = Mean(
        np.full(len(seeds), mean.estimate), mean.stderr * np.sqrt(now / seeds), mean.df * (seeds - 1) / (now - 1)
    )
    found = seeds[settled(more)]
    return int(found[0]) if len(found) else None


def _shift(df: float, alpha: float, power: float) -> float:
    """The noncentrality at which the test has that power, by bisection, which no starting point can lead astray."""
    if not df > 0:
        return float("nan")
    critical = float(special.stdtrit(df, 1 - alpha))
    low, high = 0.0, 2 * critical + 20
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if stats.nct.sf(critical, df, middle) < power else (low, middle)
    return (low + high) / 2


def _moments(effects: Array) -> tuple[Array, Array, Array]:
    """Number, mean and unbiased variance along the last axis, without the missing; NaN where there are too few."""
    there = ~np.isnan(effects)
    count = there.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(there, effects, 0.0).sum(axis=-1) / count
        spread = np.where(there, (effects - mean[..., None]) ** 2, 0.0).sum(axis=-1) / (count - 1)
    return count, mean, np.where(count > 1, spread, np.nan)
