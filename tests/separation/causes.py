"""What the study turns: one cause at a time around a base point, as tasks of a suite."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aeeval.suite import Suite, parse_suite


@dataclass(frozen=True)
class Ground:
    """A manifold with its support, and the noises in units of scale that its reach allows; the middle one is base."""

    manifold: str
    support: str
    params: Mapping[str, int]
    noises: tuple[float, float, float]


@dataclass(frozen=True)
class Cause:
    """What is turned, and where it stands: level -> the keys of a task that it replaces, and the regressor there."""

    name: str
    words: str
    levels: Mapping[str, tuple[Mapping[str, Any], float]]


GROUNDS = {
    "cap": Ground("sphere", "cap", {"dim": 2, "ambient_dim": 20}, (0.02, 0.05, 0.1)),
    "roll": Ground("swiss-roll", "box", {"ambient_dim": 10}, (0.01, 0.02, 0.04)),
}
ROWS = {"train": 400, "val": 200, "test": 400, "beyond": 400}
COUNTS = {"samples": 400, "probe_rows": 64}
BUDGET = {"steps": 600, "batch": 128, "optimizer": "adam", "lr": 1e-3}
SAMPLER = "gmm10"
NAMES = ("rows", "k to d", "k past d", "noise", "slope", "gap")


def causes(ground: Ground) -> tuple[Cause, ...]:
    """The six causes; the true dimension is 2 everywhere."""
    rows = {f"n{n}": ({"rows": {**ROWS, "train": n}}, math.log(n)) for n in (100, 400, 1600)}
    low = {f"k{k}": ({"latent_dims": [k]}, float(k)) for k in (1, 2)}
    high = {f"k{k}": ({"latent_dims": [k]}, math.log(k)) for k in (2, 4, 8)}
    noise = {f"s{sigma:g}": ({"noise": sigma}, math.log(sigma)) for sigma in ground.noises}
    base: dict[str, tuple[Mapping[str, Any], float]] = {"uniform": ({}, 0.0)}
    slope = {**base, "exponential": ({"density": "exponential"}, 1.0)}
    gap = {**base, "gap": ({"density": "gap"}, 1.0)}
    words = (
        "n = 100, 400, 1600 training rows",
        "k = 1, 2: up to d",
        "k = 2, 4, 8: beyond d",
        f"σ = {', '.join(f'{sigma:g}' for sigma in ground.noises)} of scale",
        "density falls over three decades, from none",
        "no rows in the middle fifth, from all",
    )
    levels = (rows, low, high, noise, slope, gap)
    return tuple(Cause(*parts) for parts in zip(NAMES, words, levels, strict=True))


def task_name(ground: str, change: Mapping[str, Any]) -> str:
    """One id a point of the study: levels of several causes that are the base point are one task."""
    base = _base(GROUNDS[ground])
    differs = {key: value for key, value in change.items() if value != base[key]}
    return "-".join([ground, *(f"{key.replace('_', '-')}-{_word(value)}" for key, value in differs.items())])


def _word(value: Any) -> str:
    if isinstance(value, dict):
        return str(value["train"])
    return str(value[0] if isinstance(value, list) else value)


def suite(name: str, seeds: int) -> Suite:
    """All tasks of a ground as a suite."""
    ground = GROUNDS[name]
    changes = [change for cause in causes(ground) for change, _ in cause.levels.values()]
    tasks = {task_name(name, change): {**_base(ground), **change} for change in changes}
    return parse_suite(
        {
            "name": f"separation-{name}",
            "seeds": seeds,
            "samplers": [SAMPLER],
            "budget": BUDGET,
            "counts": COUNTS,
            "task": [{"id": task, **keys} for task, keys in tasks.items()],
        }
    )


def _base(ground: Ground) -> dict[str, Any]:
    return {
        "manifold": ground.manifold,
        "support": ground.support,
        "params": dict(ground.params),
        "noise": ground.noises[1],
        "density": "uniform",
        "rows": ROWS,
        "latent_dims": [2],
    }
