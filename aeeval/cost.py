"""What a run will cost, from a pilot on this machine: every submission on the smallest task, and one on every task."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from aeeval.cells import Cell, Unit, units
from aeeval.executors.local import run_local
from aeeval.executors.work import Settings, Work
from aeeval.ledger import MemoryLedger
from aeeval.makespan import Makespan, makespan
from aeeval.suite import Suite, Task

FEW, MORE = 20, 120
TIMED_OVERHEAD = 2.5  # warm-up, and waiting for the interval of the median to settle, over the least time
OPERATIONS = 2

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Price:
    """Seconds of a submission's cell on the smallest task without training steps, and of one step."""

    cell: float
    step: float


@dataclass(frozen=True)
class Estimate:
    """Seconds a cell by submission on the smallest task, and of every unit; `on(cores)` is what all of them take."""

    per_cell: dict[str, float]
    units: tuple[Unit, ...]
    seconds: tuple[float, ...]

    def on(self, cores: int) -> Makespan:
        """Wall time on so many cores."""
        return makespan(self.units, self.seconds, cores)


def estimate(work: Work, cells: Sequence[Cell], tell: Tell = lambda label, done, count: None) -> Estimate:
    """Seconds of the cells: (cell of the submission) · (size of the task) + steps · (step of the submission).

    Each submission's first cell on the task with the fewest rows is run with 20 and with 120 training steps. The one
    that is fastest there is run once on every other task: how much longer it takes is the size of that task. What the
    first cell on a data set takes longer than the next (data, nulls, fresh truth) is counted once a task and seed.
    `tell` hears what is run, how many pilots are done, and of how many.
    """
    together = [cell for cell in cells if not cell.timed]
    home = min((work.suite.task(cell.task) for cell in together), key=_rows, default=None)
    if home is None:
        return _of_units(work, units(cells), {}, {}, 0.0)
    near = sorted(together, key=lambda cell: cell.task != home.id)  # its cells first, all others in their order
    firsts = {cell.submission: cell for cell in reversed(near)}
    count = len(firsts) + len({cell.task for cell in together}) - 1
    prices: dict[str, Price] = {}
    extra = 0.0
    for cell in reversed(firsts.values()):
        tell(f"{cell.submission} on {cell.task}", len(prices), count)
        prices[cell.submission], more = _price(work, cell)
        extra = max(extra, more)
    ruler = min(prices, key=lambda name: prices[name].cell)
    sizes = {home.id: 1.0}
    for cell in {cell.task: cell for cell in reversed(near) if cell.submission == ruler}.values():
        if cell.task not in sizes:
            tell(f"{ruler} on {cell.task}", len(prices) + len(sizes) - 1, count)
            sizes[cell.task] = next(_pilot(work, (cell,), FEW)) / (prices[ruler].cell + extra)
    tell("", count, count)
    return _of_units(work, units(cells), prices, sizes, extra)


def _rows(task: Task) -> int:
    sizes = task.data.rows
    return sizes.train + sizes.val + sizes.test + sizes.beyond


def _of_units(
    work: Work, grid: Sequence[Unit], prices: dict[str, Price], sizes: dict[str, float], extra: float
) -> Estimate:
    seconds, seen = [], set[str]()
    for unit in grid:
        task, size = unit.head.task, sizes.get(unit.head.task, 1.0)
        price = prices.get(unit.head.submission, Price(1.0, 0.0))
        each = size * price.cell + work.suite.task(task).budget.steps * price.step + _timing(work.suite, unit.head)
        seconds.append(len(unit.open) * (each + (extra * size if task not in seen else 0.0)))
        seen.add(task)
    steps = max((work.suite.task(unit.head.task).budget.steps for unit in grid), default=0)
    return Estimate({name: one.cell + steps * one.step for name, one in prices.items()}, tuple(grid), tuple(seconds))


def _timing(suite: Suite, cell: Cell) -> float:
    plan = suite.throughput
    return OPERATIONS * len(plan.batches) * plan.min_time_s * TIMED_OVERHEAD if cell.timed else 0.0


def _price(work: Work, cell: Cell) -> tuple[Price, float]:
    """What a cell and a step cost, and how much longer the first cell on its data takes."""
    first, again = _pilot(work, (cell, cell), FEW)
    _, more = _pilot(work, (cell, cell), MORE)
    few = min(first, again)
    step = max(0.0, more - few) / (MORE - FEW)
    return Price(max(0.0, few - FEW * step), step), max(0.0, first - few)


def _pilot(work: Work, cells: tuple[Cell, ...], steps: int) -> Iterator[float]:
    """Seconds of the same cell, again and again, with so many training steps: its data are there after the first."""
    tasks = tuple(replace(task, budget=replace(task.budget, steps=steps)) for task in work.suite.tasks)
    small = replace(work, suite=replace(work.suite, tasks=tasks))
    for one in run_local(small, [Unit((cells[0].seed,), cells)], MemoryLedger(), Settings()):
        yield one.seconds
