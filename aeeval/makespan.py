"""How long a grid takes on many cores, before it is run: list scheduling of units, timed ones last and alone."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from aeeval.cells import Unit

START_S = 5.0  # of a worker, which imports torch


@dataclass(frozen=True)
class Makespan:
    """Seconds of wall time on so many cores; `critical` is the longest chain, which no number of cores shortens."""

    cores: int
    seconds: float
    critical: float
    busy: float

    @property
    def efficiency(self) -> float:
        """Work over cores times time, in (0, 1]."""
        return min(1.0, self.busy / (self.cores * self.seconds)) if self.seconds else 1.0


def makespan(units: Sequence[Unit], seconds: Sequence[float], cores: int, *, start_s: float = START_S) -> Makespan:
    """The schedule that the workers make of it: whoever is free takes the next unit; then the timed ones in turn.

    `seconds` of each unit. The critical path is a worker's start, the longest unit, and all timed units one by one.
    """
    together = [took for unit, took in zip(units, seconds, strict=True) if not unit.head.timed]
    alone = sum(took for unit, took in zip(units, seconds, strict=True) if unit.head.timed)
    free = [start_s] * max(1, min(cores, len(together)))
    for took in together:
        heapq.heapreplace(free, free[0] + took)
    longest = max(together, default=0.0)
    return Makespan(cores, max(free) + alone, start_s + longest + alone, sum(together) + alone)
