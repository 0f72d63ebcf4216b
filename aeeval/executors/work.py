"""What every executor is given and gives: the work, the ledger that knows what is open, and how it is told."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, Protocol

from aeeval.cells import Cell, Choice, Unit
from aeeval.errors import AeevalError
from aeeval.fits import Models, Order, RowsOf
from aeeval.runner import Outcome, Runner
from aeeval.submissions.submission import Submission
from aeeval.suite import Suite
from aeeval.trials import models_here

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
OWN_VARIABLES = (*THREADS, "CUDA_VISIBLE_DEVICES")  # of a worker, whatever the run's own say


class WorkerDied(AeevalError):
    """A worker process ended without an answer; finished cells are kept."""

    exit_code = 3


@dataclass(frozen=True)
class Allowance:
    """What a submission may use beside the budget of its task: seconds to start and to stop, megabytes of files."""

    grace_s: float = 30.0
    scratch_mb: int = 1000


@dataclass(frozen=True)
class Work:
    """All that a process needs to run units of a run.

    `hidden` are paths that a submission in a process of its own shall not read: the results, and data on disk.
    """

    suite: Suite
    submissions: tuple[Submission, ...]
    choice: Choice
    hidden: tuple[str, ...] = ()
    trust: bool = False
    allowance: Allowance = field(default_factory=Allowance)

    def runner(self, fits: Callable[[Order, RowsOf], Models] = models_here) -> Runner:
        """A runner for this work."""
        return Runner(self.suite, {submission.name: submission for submission in self.submissions}, self.choice, fits)

    def portable(self) -> "Work":
        """The same for another process, which loads submissions by their source: their code stays here."""
        return replace(self, submissions=tuple(replace(one, build=elsewhere) for one in self.submissions))


def elsewhere(**_: Any) -> NoReturn:
    """Stands for the build function of a submission whose code is loaded in another process alone."""
    raise AssertionError("expected the process of the submission to build it; got the call in another; load it there")


class Ledger(Protocol):
    """Who keeps what: shared by all workers of a run, and by all runs into one folder."""

    def take(self, unit: Unit) -> tuple[Unit | None, bool]:
        """The unit with the cells that are still to be done, now ours; None and whether others are at work on it."""
        ...

    def keep(self, outcome: Outcome) -> None:
        """Put a finished cell where it cannot be lost."""
        ...

    def give_back(self, unit: Unit) -> None:
        """The unit is not ours any longer, whether it was finished or not."""
        ...

    def finished(self, cell: Cell, ended: bool = False) -> bool:
        """Whether a cell is kept; one that is run again counts when whoever ran it has `ended`."""
        ...


@dataclass(frozen=True)
class Settings:
    """How an executor is to run: `jobs` workers side by side on a machine; the rest is for clusters.

    `bundle`: units a Slurm job, 0 for four a worker; `folder`: where its logs go; `resources`: options of the scheduler
    by name; `address`: that of a Ray cluster.
    """

    jobs: int = 1
    bundle: int = 0
    folder: str = ""
    address: str = ""
    resources: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Finished:
    """A cell that is done: its seconds, `fit_s` of them for its model, and whether a number of it failed.

    `here` is False if another run did it.
    """

    cell: Cell
    seconds: float = 0.0
    failed: bool = False
    here: bool = True
    notes: tuple[str, ...] = ()
    fit_s: float = 0.0

    @classmethod
    def of(cls, outcome: Outcome) -> "Finished":
        """What is told of an outcome."""
        return cls(outcome.cell, outcome.seconds, outcome.failed, notes=outcome.notes, fit_s=outcome.fit_s)


class Executor(Protocol):
    """Runs every unit, timed ones last and alone, and tells of each cell when the ledger keeps it."""

    def __call__(self, work: Work, units: Sequence[Unit], ledger: Ledger, settings: Settings) -> Iterator[Finished]: ...


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
