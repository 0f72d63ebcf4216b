"""What a run will cost, from a pilot on this machine: a few training steps and all metrics, once a submission."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aeeval.cells import Cell, Unit
from aeeval.executors.inline import run_inline
from aeeval.executors.work import Settings, Work
from aeeval.ledger import MemoryLedger

FEW, MORE = 20, 120
WORKER_START_S = 5.0
TIMED_OVERHEAD = 2.5  # warm-up, and waiting for the interval of the median to settle, over the least time
OPERATIONS = 2


@dataclass(frozen=True)
class Estimate:
    """Seconds of wall time for all cells, and seconds a cell by submission."""

    seconds: float
    per_cell: dict[str, float]


def estimate(work: Work, cells: Sequence[Cell], jobs: int) -> Estimate:
    """Each submission's first cell is run with 20 and with 120 training steps; the rest follows by proportion."""
    together = [cell for cell in cells if not cell.timed]
    firsts = {cell.submission: cell for cell in reversed(together)}
    per_cell = {name: _one_cell(work, cell) for name, cell in firsts.items()}
    counts = Counter(cell.submission for cell in together)
    busy = sum(per_cell[name] * count for name, count in counts.items())
    alone = _timed_seconds(work, [cell for cell in cells if cell.timed], per_cell)
    return Estimate(busy / jobs + (WORKER_START_S if jobs > 1 else 0.0) + alone, per_cell)


def _one_cell(work: Work, cell: Cell) -> float:
    steps = work.suite.task(cell.task).budget.steps
    few, more = (_pilot(work, cell, min(count, steps)) for count in (FEW, MORE))
    return few + max(0.0, more - few) / (MORE - FEW) * max(0, steps - FEW)


def _pilot(work: Work, cell: Cell, steps: int) -> float:
    """Seconds of a cell with that many training steps, once the data and the imports are there."""
    tasks = tuple(replace(task, budget=replace(task.budget, steps=steps)) for task in work.suite.tasks)
    small = replace(work, suite=replace(work.suite, tasks=tasks))
    twice = [Unit((cell.seed,), (cell, cell))]
    return min(finished.seconds for finished in run_inline(small, twice, MemoryLedger(), Settings()))


def _timed_seconds(work: Work, cells: Sequence[Cell], per_cell: dict[str, float]) -> float:
    plan = work.suite.throughput
    timing = OPERATIONS * len(plan.batches) * plan.min_time_s * TIMED_OVERHEAD
    return sum(timing + per_cell.get(cell.submission, 1.0) for cell in cells)
