"""Cells one after another in this process: for objects that live here, and for debuggers. Nothing is isolated."""

from collections.abc import Iterator, Sequence

from aeeval.cells import Unit
from aeeval.executors.queue import Queue
from aeeval.executors.work import Finished, Ledger, Settings, Work


def run_inline(work: Work, units: Sequence[Unit], ledger: Ledger, settings: Settings) -> Iterator[Finished]:
    """In this process, without isolation; the records say so."""
    runner = work.runner()
    for phase in phases(units):
        queue = Queue(phase, ledger)
        while (unit := queue.next_or_wait()) is not None:
            try:
                for outcome in runner.run_unit(unit):
                    ledger.keep(outcome)
                    yield Finished.of(outcome)
            finally:
                ledger.give_back(unit)
            yield from queue.done_elsewhere()


def phases(units: Sequence[Unit]) -> list[list[Unit]]:
    """The untimed units, then the timed ones, which run alone."""
    return [part for part in ([u for u in units if u.head.timed is timed] for timed in (False, True)) if part]
