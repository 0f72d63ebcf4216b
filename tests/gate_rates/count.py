"""How often the rule of the gate says what, counted over drawn worlds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from aeeval.stats.gate_rule import judge
from aeeval.stats.paired import Array, each_task
from tests.gate_rates.worlds import CHANGES, MARGIN, NOISES, SEEDS, SHAPES, Change, Noise, draw

CONFIDENCE = 0.999


@dataclass(frozen=True)
class Counts:
    """What the gate said in one world, and what two plain rules would have said of the same numbers."""

    shape: str
    noise: str
    seeds: int
    change: str
    margin: float
    repetitions: int
    fail: int
    passed: int
    plain: int
    """"Worse by 5 % on any task", the rule of most tools."""
    uncorrected: int
    """"p < .05 in a paired t-test on any task"."""

    def interval(self, count: int) -> tuple[float, float]:
        """The exact (Clopper–Pearson) interval of a rate, 99.9 %."""
        found = stats.binomtest(count, self.repetitions).proportion_ci(CONFIDENCE, method="exact")
        return float(found.low), float(found.high)


def count(
    shape: str, noise: Noise, seeds: int, change: Change, repetitions: int, seed: int, margin: float = MARGIN
) -> Counts:
    """Draw one world so many times and judge it."""
    words = f"{shape}|{noise.name}|{seeds}|{change.name}"
    rng = np.random.default_rng([seed, *words.encode()])
    effects = draw(rng, SHAPES[shape], noise, seeds, change, repetitions)
    judged = judge(effects, [margin] * len(effects))
    tasks = np.concatenate(effects, axis=-2)
    return Counts(
        shape,
        noise.name,
        seeds,
        change.name,
        margin,
        repetitions,
        fail=int(judged.worse.any(axis=-1).sum()),
        passed=int(judged.not_worse.all(axis=-1).sum()),
        plain=int(_plain(tasks).sum()),
        uncorrected=int((each_task(tasks).p_above(0.0) < 0.05).any(axis=-1).sum()),
    )


def _plain(effects: Array) -> Array:
    return (effects.mean(axis=-1) > np.log(1.05)).any(axis=-1)


def every(repetitions: int, seed: int, changes: Sequence[Change] = CHANGES) -> Iterator[Counts]:
    """All worlds, and those of twelve tasks once more for a margin of 0."""
    for shape in SHAPES:
        for noise in NOISES:
            for seeds in SEEDS:
                for change in changes:
                    yield count(shape, noise, seeds, change, repetitions, seed)
                    if len(SHAPES[shape]) == 1:
                        yield count(shape, noise, seeds, change, repetitions, seed, margin=0.0)
