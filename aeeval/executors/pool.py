"""The pool: slots of this process that outlive a run, since starting one imports torch, and the loop that feeds them.

Pools of libraries were looked at and left: they unpickle what a worker sends, which a hostile one may forge; they bound
neither memory nor what a task forks; and a worker that dies takes unfinished tasks of others along.
"""

import atexit
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing.connection import wait
from typing import Any

from aeeval.cells import Unit
from aeeval.errors import message
from aeeval.executors.inline import phases
from aeeval.executors.queue import Queue
from aeeval.executors.slot import Slot, close_all
from aeeval.executors.work import Finished, Ledger, Work, WorkerDied
from aeeval.runner import Outcome, Runner

TRIES = 3
LOOK_S = 0.5
_slots: dict[tuple[int, int | None], Slot] = {}


def slot(number: int, gpu: int | None = None) -> Slot:
    """The slot of a number, started when it is first asked for, and again when its processes are gone."""
    found = _slots.get((number, gpu))
    if found is None or not found.alive():
        if found is not None:
            found.close()
        found = _slots[number, gpu] = Slot(gpu)
    return found


def slots() -> list[Slot]:
    """All slots of this process."""
    return list(_slots.values())


def close_pool() -> None:
    """End all slots of this process."""
    found = slots()
    _slots.clear()
    close_all(found)


atexit.register(close_pool)


class Pool:
    """Some slots at work on the units of a run; whoever stops iterating early, or is interrupted, ends them."""

    def __init__(self, work: Work, ledger: Ledger, jobs: int, gpus: Sequence[int | None] = (None,)):
        self._work, self._ledger, self._jobs, self._gpus = work, ledger, jobs, gpus
        self._stillborn = 0
        self._lost: Counter[tuple[bool, str, int, str]] = Counter()
        self._queue = Queue((), ledger)
        self._busy: dict[int, Slot] = {}

    def run(self, units: Sequence[Unit]) -> Iterator[Finished]:
        """All units; timed ones last, one at a time, while every other slot is idle."""
        try:
            for phase in phases(units):
                self._queue = Queue(phase, self._ledger)
                yield from self._phase(1 if phase[0].head.timed else min(self._jobs, len(phase)))
        except BaseException:
            close_pool()
            raise
        finally:
            for busy in self._busy.values():
                if busy.unit is not None:
                    self._ledger.give_back(busy.unit)

    def _phase(self, jobs: int) -> Iterator[Finished]:
        while self._queue or self._busy:
            yield from self._feed(jobs)
            yield from self._queue.done_elsewhere()
            for number in [number for number, busy in self._busy.items() if busy.channel.closed]:
                yield from self._replace(number)  # whoever was told of a cell asked for a slot that had just died
            channels = {busy.channel: number for number, busy in self._busy.items()}
            for channel in wait(list(channels), LOOK_S):
                yield from self._hear(channels[channel])  # type: ignore[index]

    def _feed(self, jobs: int) -> Iterator[Finished]:
        for number in range(jobs):
            if number in self._busy:
                continue
            free = slot(number, self._gpus[number % len(self._gpus)])
            tasks = {busy.task for busy in self._busy.values()}
            if (unit := self._queue.next(free.task, tasks)) is None:
                return
            self._busy[number] = free
            free.unit = unit
            try:
                free.hand(self._work, unit)
            except OSError:
                yield from self._replace(number)

    def _hear(self, number: int) -> Iterator[Finished]:
        busy = self._busy[number]
        try:
            word, *given = busy.hear()
        except (EOFError, OSError):
            yield from self._replace(number)
            return
        if word == "outcome":
            yield from self._keep(busy, given[0])
        elif word == "error":
            raise given[0]
        elif word == "done":
            self._release(number)

    def _keep(self, busy: Slot, outcome: Outcome) -> Iterator[Finished]:
        self._ledger.keep(outcome)
        assert busy.unit is not None, "outcomes come while a unit is at work"
        busy.unit = Unit(busy.unit.seeds, tuple(cell for cell in busy.unit.open if cell != outcome.cell))
        yield Finished.of(outcome)

    def _release(self, number: int) -> None:
        free = self._busy.pop(number)
        if free.unit is not None:
            self._ledger.give_back(free.unit)
        free.unit = None

    def _replace(self, number: int) -> list[Finished]:
        """A worker is gone: its unfinished cells are next, in a new one; after three tries the first of them failed."""
        gone = self._busy.pop(number)
        unit, gone.unit = gone.unit, None
        self._stillborn = 0 if gone.ready else self._stillborn + 1
        if self._stillborn >= TRIES:
            way_out = "look above for its last words, or use --executor inline"
            raise WorkerDied(message("worker processes that start", f"{TRIES} that did not", way_out))
        if unit is None or not unit.open:
            return []
        head = unit.head
        key = (head.timed, head.task, head.latent_dim, f"{head.submission} {head.seed}")
        self._lost[key] += 1
        if self._lost[key] < TRIES:
            self._queue.put_back(unit)
            return []
        outcome = self._runner().lost(head, f"its worker process died {TRIES} times; free memory, or run fewer jobs")
        finished = list(self._keep_lost(outcome))
        rest = Unit(unit.seeds, unit.open[1:])
        if rest.open:
            self._queue.put_back(rest)
        else:
            self._ledger.give_back(unit)
        return finished

    def _keep_lost(self, outcome: Outcome) -> Iterator[Finished]:
        self._ledger.keep(outcome)
        yield Finished.of(outcome)

    def _runner(self) -> Runner:
        return self._work.runner()


def describe(
    source: str, *, hidden: tuple[str, ...] = (), trust: bool = False, shape: tuple[int, ...] = ()
) -> dict[str, Any]:
    """What a submission says of itself when a caged process loads it; {"broken": reason} when that ends badly.

    With a shape of rows, a trained model says the length of its code too.
    """
    for _ in range(TRIES):
        asked = slot(0)
        try:
            asked.tell("describe", source, hidden, trust, shape)
            while (heard := asked.hear())[0] == "ready":
                pass
        except (EOFError, OSError):
            asked.close()
            continue
        if heard[0] == "error":
            raise heard[1]
        return heard[1]
    return {"broken": f"its worker process died {TRIES} times"}
