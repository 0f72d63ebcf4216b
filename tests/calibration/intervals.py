"""Tests of tables: intervals over seeds that exclude no effect."""

from collections.abc import Mapping
from functools import partial

import numpy as np

from aeeval.stats.intervals import paired_effect, suite_interval, t_interval
from tests.calibration.record import Study, Test

TASKS, SEEDS = 12, (2, 3, 10)
SHIFT = 2.0  # standard deviations of a value


def _paired(effects: np.ndarray, draw: np.random.Generator) -> dict[tuple[str, int], float]:
    """Log ratios of two models whose errors, lognormal, share the difficulty of their task."""
    tasks, seeds = effects.shape
    keys = [(f"task {task}", seed) for task in range(tasks) for seed in range(seeds)]
    hard = np.exp(draw.normal(size=(tasks, 1)))
    ours, theirs = (hard * np.exp(0.3 * draw.normal(size=effects.shape)) for _ in range(2))
    ours = ours * np.exp(effects)
    values = [dict(zip(keys, map(float, errors.ravel()), strict=True)) for errors in (ours, theirs)]
    return paired_effect(values[0], values[1], "log")


def one(shift: float, seeds: int, seed: int) -> dict[str, bool]:
    """Whether the intervals over so many seeds exclude zero; a seed moves all tasks of it together."""
    draw = np.random.default_rng(seed)
    single = t_interval([float(x) for x in draw.normal(size=seeds) + shift])
    common = 0.1 * (draw.normal(size=(1, seeds)) + shift)
    suite = suite_interval(_paired(np.repeat(common, TASKS, axis=0), draw))
    return {f"t_interval, {seeds} seeds": single.excludes_zero, f"suite_interval, {seeds} seeds": suite.excludes_zero}


def read(shift: float, seed: int) -> Mapping[str, bool]:
    """Both intervals over few seeds and over many."""
    return {name: alarm for seeds in SEEDS for name, alarm in one(shift, seeds, seed).items()}


EFFECT = "the mean is 2 sd of a seed above zero"
STUDIES = (
    Study(
        "intervals over seeds",
        f"seeds without effect, normal; for the suite the log ratio of lognormal errors on {TASKS} tasks",
        partial(read, 0.0),
        {EFFECT: partial(read, SHIFT)},
        tuple(
            Test(f"{name}, {seeds} seeds", f"stats.{name}", "the 95 % interval excludes 0", EFFECT)
            for seeds in SEEDS
            for name in ("t_interval", "suite_interval")
        ),
        repetitions=4000,
        small=400,
    ),
)
