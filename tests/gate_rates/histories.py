"""How often a history shows a step that is not there, and how often it finds one where it is."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aeeval.stats.steps import steps
from tests.gate_rates.worlds import NOISES, Noise

RUNS, TASKS, AT = 12, 5, 7
LEVELS = (3, 10)
FACTOR = 1.10


@dataclass(frozen=True)
class Seen:
    """Of so many histories: with a step in vain, and of those with one at `AT`, seen at all and just there."""

    noise: str
    seeds: int
    repetitions: int
    in_vain: int
    seen: int
    there: int


def seen(noise: Noise, seeds: int, repetitions: int, seed: int) -> Seen:
    """Draw histories of 12 runs on 5 tasks without a step, and with one of +10 % before the run 7."""
    rng = np.random.default_rng([seed, *f"history|{noise.name}|{seeds}".encode()])
    in_vain = found = there = 0
    for _ in range(repetitions):
        values = noise.draw(rng, (RUNS, TASKS, seeds))
        in_vain += bool(steps(values))
        values[AT:] += np.log(FACTOR)
        places = [step.at for step in steps(values)]
        found += bool(places)
        there += places == [AT]
    return Seen(noise.name, seeds, repetitions, in_vain, found, there)


def every(repetitions: int, seed: int) -> Iterator[Seen]:
    """All kinds of noise but rounding, which is one of numbers near 0 and not of series."""
    for noise in NOISES[:3]:
        for seeds in LEVELS:
            yield seen(noise, seeds, repetitions, seed)
