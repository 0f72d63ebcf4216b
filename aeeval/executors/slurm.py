"""Cells on a Slurm cluster by submitit: bundles of units as tasks of an array, all state in the shared folder."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aeeval.cells import Cell, Unit
from aeeval.errors import UsageError, message
from aeeval.executors.inline import phases
from aeeval.executors.local import run_local
from aeeval.executors.optional import required
from aeeval.executors.work import Finished, Ledger, Settings, Work, WorkerDied

LOOK_S = 0.5
MEASURE_S = 60.0  # what a cell may take beside its training, for the time that is asked of the scheduler
BASE_MB = 2000  # of libraries, for each worker


@dataclass(frozen=True)
class Bundle:
    """What one task of the array does: units, by so many workers, on whichever node it lands."""

    work: Work
    units: tuple[Unit, ...]
    ledger: Ledger
    jobs: int

    def __call__(self) -> None:
        """Run the units; cells that others finished meanwhile are not run again."""
        for _ in run_local(self.work, self.units, self.ledger, Settings(jobs=self.jobs)):
            pass


def run_slurm(work: Work, units: Sequence[Unit], ledger: Ledger, settings: Settings) -> Iterator[Finished]:
    """On a Slurm cluster, in bundles of an array; wants a results folder that all nodes see."""
    if not settings.folder:
        raise UsageError(message("a results folder that all nodes see", "none", "give --out"))
    for phase in phases(units):
        timed = phase[0].head.timed
        jobs = 1 if timed else settings.jobs
        bundles = [Bundle(work.portable(), part, ledger, jobs) for part in _parts(phase, settings, timed)]
        yield from _watched(_submitted(work, bundles, settings, timed), bundles, ledger)


def _parts(units: Sequence[Unit], settings: Settings, timed: bool) -> list[tuple[Unit, ...]]:
    """Bundles of `settings.bundle` units, four a worker by default; timed units are one bundle, one after another."""
    size = len(units) if timed else settings.bundle or 4 * settings.jobs
    return [tuple(units[start : start + size]) for start in range(0, len(units), size)]


def _submitted(work: Work, bundles: Sequence[Bundle], settings: Settings, timed: bool) -> list[Any]:
    submitit = required("submitit", "submitit", "slurm")
    given = dict(settings.resources)
    executor = submitit.AutoExecutor(folder=settings.folder, cluster=given.pop("cluster", None))
    executor.update_parameters(**_resources(work, bundles, timed), **given)
    with _importable_there():
        jobs: list[Any] = executor.submit_array([bundle.__call__ for bundle in bundles])
    return jobs


def _resources(work: Work, bundles: Sequence[Bundle], timed: bool) -> dict[str, Any]:
    """What the suite says that the largest bundle needs; the options of the user go over these."""

    def seconds(unit: Unit) -> float:
        return len(unit.open) * (work.suite.task(unit.head.task).budget.wall_s + MEASURE_S)

    jobs = max(bundle.jobs for bundle in bundles)
    memory = max(task.budget.memory_mb for task in work.suite.tasks) + BASE_MB
    asked: dict[str, Any] = {
        "name": "aeeval",
        "timeout_min": max(5, int(max(sum(map(seconds, bundle.units)) for bundle in bundles) / jobs / 60) + 1),
        "mem_gb": -(-memory * jobs // 1000),
        "cpus_per_task": jobs,
    }
    if work.choice.device.startswith("cuda"):
        asked["gpus_per_node"] = 1
    if timed:
        asked["slurm_exclusive"] = True
    return asked


def _watched(jobs: Sequence[Any], bundles: Sequence[Bundle], ledger: Ledger) -> Iterator[Finished]:
    """Each cell as it appears in the results folder; what the jobs that ended have not done is an error at the end."""
    waiting: dict[int, list[Cell]] = {
        number: [cell for unit in bundle.units for cell in unit.open] for number, bundle in enumerate(bundles)
    }
    lost: list[str] = []
    try:
        while waiting:
            for number in list(waiting):
                ended = jobs[number].done()
                done = [cell for cell in waiting[number] if ledger.finished(cell, ended)]
                waiting[number] = [cell for cell in waiting[number] if cell not in done]
                yield from map(Finished, done)
                if ended and waiting[number]:
                    lost.append(f"{len(waiting[number])} cells of job {jobs[number].job_id} ({jobs[number].state})")
                if ended or not waiting[number]:
                    del waiting[number]
            time.sleep(LOOK_S)
    except BaseException:
        for job in jobs:
            job.cancel(check=False)
        raise
    if lost:
        way_out = f"see the logs in {jobs[0].paths.folder}, and run the same command again: finished cells are kept"
        raise WorkerDied(message("all cells of every job", f"without {', '.join(lost)}", way_out))


@contextmanager
def _importable_there() -> Iterator[None]:
    """Jobs inherit the environment: with it, where this package is, which need not be installed."""
    before = os.environ.get("PYTHONPATH")
    here = str(Path(__file__).parents[2])
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (here, before)))
    try:
        yield
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before
