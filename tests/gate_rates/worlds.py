"""Worlds in which a gate is asked: how many headlines and tasks, how their noise is, and what the change did."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from aeeval.stats.paired import Array, effect

MARGIN, FLOOR = 0.05, 1e-6
SD = 0.05  # of the logarithm of one number on one side, where all tasks have the same
SPLIT = 0.2  # of what both sides share: the draw of the data
Draw = Callable[[np.random.Generator, tuple[int, ...]], Array]


@dataclass(frozen=True)
class Noise:
    """How the numbers of one side scatter: `draw` gives logarithms, `level` the size of the numbers of each task."""

    name: str
    draw: Draw
    level: Callable[[int], Array]


def _ordinary(tasks: int) -> Array:
    return np.geomspace(1e-3, 1.0, tasks)


def _equal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return SD * rng.normal(size=shape)


def _unequal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.geomspace(0.02, 0.2, shape[-2])[:, None] * rng.normal(size=shape)


def _heavy(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return SD * rng.standard_t(3, size=shape) / np.sqrt(3)


def _rounding(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Every second task is exact but for rounding: its logarithm is anything within a factor of e^±3."""
    noise = _equal(rng, shape)
    noise[..., ::2, :] = rng.uniform(-3, 3, size=noise[..., ::2, :].shape)
    return noise


def _half_exact(tasks: int) -> Array:
    level = _ordinary(tasks)
    level[::2] = 1e-14
    return level


NOISES = (
    Noise("equal", _equal, _ordinary),
    Noise("unequal", _unequal, _ordinary),
    Noise("heavy tails", _heavy, _ordinary),
    Noise("rounding", _rounding, _half_exact),
)


@dataclass(frozen=True)
class Change:
    """What the new side is worse by: a factor on all tasks of the first headline, or of all, or on one task alone."""

    name: str
    factor: float
    everywhere: bool = False
    one_task: bool = False


NONE = Change("no change", 1.0)
AT_MARGIN = Change("at the margin", float(np.exp(MARGIN)), everywhere=True)
CHANGES = (
    NONE,
    AT_MARGIN,
    Change("+5 %", 1.05),
    Change("+10 %", 1.10),
    Change("+25 %", 1.25),
    Change("one task ×1.5", 1.5, one_task=True),
)
SHAPES: dict[str, tuple[int, ...]] = {"1 headline, 12 tasks": (12,), "5 headlines, 5 tasks": (5, 5, 5, 5, 5)}
SEEDS = (3, 5, 10)


def draw(
    rng: np.random.Generator, shape: Sequence[int], noise: Noise, seeds: int, change: Change, repetitions: int
) -> list[Array]:
    """The effects that the gate would see: one (repetitions, tasks, seeds) a headline."""
    found = []
    for i, tasks in enumerate(shape):
        size = (repetitions, tasks, seeds)
        split = SPLIT * rng.normal(size=size)
        base, head = (noise.level(tasks)[:, None] * np.exp(split + noise.draw(rng, size)) for _ in range(2))
        worse = np.ones(tasks)
        if change.everywhere or i == 0:
            worse[1 if change.one_task else slice(None)] = change.factor  # the second task is never the exact one
        found.append(effect(head * worse[:, None], base, "log", FLOOR))
    return found
