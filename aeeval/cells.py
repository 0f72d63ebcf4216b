"""The grid: which submission faces which task at which code length and seed, and what identifies a cell."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from aeeval.metrics import all_metrics
from aeeval.metrics.base import Metric
from aeeval.protocol import CAPABILITIES
from aeeval.submissions.submission import Submission
from aeeval.suite import Suite, Task

TIMED = "throughput"
MIDDLE = "middle"
_KEYS = 1  # how keys are made; a new schema of the record alone leaves finished cells finished


@dataclass(frozen=True, order=True)
class Cell:
    """One (submission, task, latent_dim, seed). Timed cells are kept apart: they run alone, after all others.

    `latent_dim` 0 stands for the length that the submission chooses itself (track own-k).
    """

    timed: bool
    task: str
    seed: int
    latent_dim: int
    submission: str


@dataclass(frozen=True)
class Unit:
    """The cells of one (submission, task, latent_dim): what is trained together and handed to one worker.

    `seeds` are all seeds of the run; `open` the cells that are still to be run, in the order of their seeds. A resumed
    unit has fewer open cells and the same seeds, so that training may stack all seeds and change no bit.
    """

    seeds: tuple[int, ...]
    open: tuple[Cell, ...]

    @property
    def head(self) -> Cell:
        """Any of its cells: they differ by their seed alone."""
        return self.open[0]


def units(cells: Sequence[Cell], wanted: Collection[Cell] | None = None) -> list[Unit]:
    """The cells by what is trained together, in their order, with those open that are wanted (all by default)."""
    groups: dict[tuple[bool, str, int, str], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.timed, cell.task, cell.latent_dim, cell.submission), []).append(cell)
    chosen = set(cells if wanted is None else wanted)
    made = (
        Unit(tuple(cell.seed for cell in group), tuple(cell for cell in group if cell in chosen))
        for group in groups.values()
    )
    return [unit for unit in made if unit.open]


@dataclass(frozen=True)
class Choice:
    """What part of a suite is run, and where."""

    capabilities: tuple[str, ...] = CAPABILITIES
    tasks: tuple[str, ...] | None = None
    seeds: int | None = None
    device: str = "cpu"
    latent_dims: tuple[int | str, ...] = ()
    """Of the code lengths of a task only these; `MIDDLE` is the one that the task sets. All, where there are none."""


def plan(suite: Suite, submissions: Sequence[Submission], choice: Choice) -> list[Cell]:
    """All cells, in an order that keeps those on the same data together, timed ones last."""
    tasks = [task for task in suite.tasks if choice.tasks is None or task.id in choice.tasks]
    quality = set(choice.capabilities) - {TIMED}
    cells = [
        Cell(False, task.id, seed, k, submission.name)
        for task in tasks
        if quality
        for seed in range(choice.seeds or suite.seeds)
        for submission in submissions
        for k in _code_lengths(submission, task, choice)
    ]
    timed = [
        Cell(True, task.id, 0, k, submission.name)
        for task in tasks
        if TIMED in choice.capabilities and task.id in suite.throughput.tasks
        for submission in submissions
        for k in _code_lengths(submission, task, choice)
    ]
    return cells + timed


def _code_lengths(submission: Submission, task: Task, choice: Choice) -> list[int]:
    """The task's k, or the one that a trained model has, and 0 where the submission may choose its own."""
    dims = [k for k in task.latent_dims if submission.latent_dim in (None, k)]
    if not choice.latent_dims:
        return [*dims, 0] if submission.chooses_latent_dim else dims
    middle = sorted(task.latent_dims)[(len(task.latent_dims) - 1) // 2]
    return [k for k in dims if k in choice.latent_dims or (k == middle and MIDDLE in choice.latent_dims)]


def metrics_of(cell: Cell, capabilities: Sequence[str]) -> list[Metric]:
    """The metrics that a cell measures: those of throughput when it is timed, all others when it is not."""
    return [
        metric
        for metric in all_metrics()
        if metric.capability in capabilities and (metric.capability == TIMED) == cell.timed
    ]


def cell_key(cell: Cell, suite: Suite, submission: Submission, choice: Choice, data: str) -> str:
    """sha256 of all that identifies a cell: a resumed run knows by it what is done.

    Covers the suite's content, the submission's code and weights, the versions of the metrics, the device, and `data`,
    the identity of the task's rows: versions of manifolds and data sets, bytes of files.
    """
    identity = {
        "schema": _KEYS,
        "suite": suite.digest,
        "cell": asdict(cell),
        "submission": submission.sha256,
        "track": submission.track,
        "metrics": [(metric.id, metric.version) for metric in metrics_of(cell, choice.capabilities)],
        "device": choice.device,
        "data": data,
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
