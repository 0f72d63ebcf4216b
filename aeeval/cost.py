"""What a run will cost, from a pilot on this machine: a few training steps and all metrics, once a submission."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aeeval.cells import Cell, Unit, units
from aeeval.executors.local import run_local
from aeeval.executors.work import Settings, Work
from aeeval.ledger import MemoryLedger
from aeeval.makespan import Makespan, makespan

FEW, MORE = 20, 120
TIMED_OVERHEAD = 2.5  # warm-up, and waiting for the interval of the median to settle, over the least time
OPERATIONS = 2


@dataclass(frozen=True)
class Estimate:
    """Seconds a cell by submission, and of every unit; `on(cores)` is what all of them take."""

    per_cell: dict[str, float]
    units: tuple[Unit, ...]
    seconds: tuple[float, ...]

    def on(self, cores: int) -> Makespan:
        """Wall time on so many cores."""
        return makespan(self.units, self.seconds, cores)


def estimate(work: Work, cells: Sequence[Cell]) -> Estimate:
    """Each submission's first cell is run with 20 and with 120 training steps; the rest follows by proportion.

    What the first cell on a data set takes longer than the next (data, nulls, fresh truth) is counted once a task and
    seed: the units of a task go to one worker as long as there are other tasks for the others.
    """
    together = [cell for cell in cells if not cell.timed]
    firsts = {cell.submission: cell for cell in reversed(together)}
    measured = {name: _one_cell(work, cell) for name, cell in firsts.items()}
    per_cell = {name: seconds for name, (seconds, _) in measured.items()}
    shared = max((extra for _, extra in measured.values()), default=0.0)
    grid, seconds, seen = units(cells), [], set[str]()
    for unit in grid:
        data = shared * len(unit.open) if unit.head.task not in seen else 0.0
        seen.add(unit.head.task)
        seconds.append(_unit_seconds(work, unit, per_cell) + data)
    return Estimate(per_cell, tuple(grid), tuple(seconds))


def _unit_seconds(work: Work, unit: Unit, per_cell: dict[str, float]) -> float:
    each = per_cell.get(unit.head.submission, 1.0)
    if unit.head.timed:
        plan = work.suite.throughput
        each += OPERATIONS * len(plan.batches) * plan.min_time_s * TIMED_OVERHEAD
    return each * len(unit.open)


def _one_cell(work: Work, cell: Cell) -> tuple[float, float]:
    """Seconds of a cell with all steps, and how much longer the first one on its data takes."""
    steps = work.suite.task(cell.task).budget.steps
    (first, few), (_, more) = (_pilot(work, cell, min(count, steps)) for count in (FEW, MORE))
    return few + max(0.0, more - few) / (MORE - FEW) * max(0, steps - FEW), max(0.0, first - few)


def _pilot(work: Work, cell: Cell, steps: int) -> tuple[float, float]:
    """Seconds of a cell with that many training steps, and of the same once more: its data are there by then."""
    tasks = tuple(replace(task, budget=replace(task.budget, steps=steps)) for task in work.suite.tasks)
    small = replace(work, suite=replace(work.suite, tasks=tasks))
    twice = [Unit((cell.seed,), (cell, cell))]
    first, second = (one.seconds for one in run_local(small, twice, MemoryLedger(), Settings()))
    return first, min(first, second)
