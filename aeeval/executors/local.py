"""Cells on this machine: one after another in this process, or side by side in fresh worker processes."""

import multiprocessing
import queue
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby
from time import perf_counter

from aeeval.cells import Cell, Choice
from aeeval.errors import AeevalError, UsageError
from aeeval.runner import Outcome, Runner, one_thread
from aeeval.submissions.load import load_all
from aeeval.submissions.submission import Submission
from aeeval.suite import Suite

_POLL_S = 0.2


class WorkerDied(AeevalError):
    """A worker process ended without an answer; finished cells are kept."""

    exit_code = 3


@dataclass(frozen=True)
class Work:
    """All that a process needs to run cells of a run."""

    suite: Suite
    submissions: tuple[Submission, ...]
    choice: Choice

    def runner(self) -> Runner:
        """A runner for this work."""
        return Runner(self.suite, {submission.name: submission for submission in self.submissions}, self.choice)


def run_local(work: Work, cells: Sequence[Cell], jobs: int = 1) -> Iterator[Outcome]:
    """The outcome of every cell as it finishes; timed cells run alone, in this process, after all others."""
    together = [cell for cell in cells if not cell.timed]
    if jobs > 1 and len(together) > 1:
        yield from _in_workers(work, together, jobs)
    else:
        yield from _in_process(work, together)
    yield from _in_process(work, [cell for cell in cells if cell.timed])


def _in_process(work: Work, cells: Sequence[Cell]) -> Iterator[Outcome]:
    runner = work.runner()
    for cell in cells:
        with one_thread():
            outcome = _timed(runner, cell)
        yield outcome


def _timed(runner: Runner, cell: Cell) -> Outcome:
    start = perf_counter()
    return replace(runner.run(cell), seconds=perf_counter() - start)


def _in_workers(work: Work, cells: Sequence[Cell], jobs: int) -> Iterator[Outcome]:
    """Cells on the same data go to one worker together, and each is reported as it finishes."""
    if unnamed := [submission.name for submission in work.submissions if not submission.source]:
        raise UsageError(
            f"expected submissions that a worker process can load; got objects of this process "
            f"({', '.join(unnamed)}); use jobs=1, or give a file"
        )
    groups = [tuple(group) for _, group in groupby(cells, key=lambda cell: (cell.task, cell.seed))]
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    settings = (work.suite, [submission.source for submission in work.submissions], work.choice, answers)
    with ProcessPoolExecutor(min(jobs, len(groups)), context, initializer=_start, initargs=settings) as pool:
        futures = [pool.submit(_run_group, group) for group in groups]
        try:
            for _ in cells:
                yield _next(answers, futures)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _next(answers: "multiprocessing.Queue[Outcome]", futures: Sequence["Future[None]"]) -> Outcome:
    while True:
        try:
            return answers.get(timeout=_POLL_S)
        except queue.Empty:
            for future in futures:
                if future.done() and not future.cancelled() and (error := future.exception()):
                    raise WorkerDied(
                        f"expected an answer from every worker; got {type(error).__name__}: {error}; "
                        f"run the same command again: finished cells are kept"
                    ) from error


_worker: tuple[Runner, "multiprocessing.Queue[Outcome]"] | None = None


def _start(suite: Suite, sources: Sequence[str], choice: Choice, answers: "multiprocessing.Queue[Outcome]") -> None:
    global _worker  # a process pool hands its workers nothing but functions to call
    _worker = (Work(suite, tuple(load_all(sources)), choice).runner(), answers)


def _run_group(cells: Sequence[Cell]) -> None:
    assert _worker is not None, "the pool starts every worker with _start"
    runner, answers = _worker
    with one_thread():
        for cell in cells:
            answers.put(_timed(runner, cell))
