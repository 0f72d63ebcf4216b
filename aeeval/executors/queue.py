"""Which unit is next: those that no other run has, on data that a worker holds already where there is a choice."""

import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from aeeval.cells import Cell, Unit
from aeeval.executors.work import Finished, Ledger

LOOK_AGAIN_S = 1.0


class Queue:
    """The units of one phase that are still to be handed out."""

    def __init__(self, units: Sequence[Unit], ledger: Ledger):
        self._left, self._ledger = list(units), ledger
        self._elsewhere: list[Unit] = []
        self._done: list[Cell] = []
        self._looked = time.monotonic()

    def __bool__(self) -> bool:
        """Whether anything is left, here or in other hands."""
        return bool(self._left or self._elsewhere or self._done)

    def next(self, near: str = "", busy: Collection[str] = ()) -> Unit | None:
        """A unit that is ours from now on: on the task `near` if there is one, else on one that nobody is `busy` with.

        None when there is none now: all are handed out, or other runs have them.
        """
        self._look_again()
        while self._left:
            unit = self._left.pop(self._best(near, busy))
            taken, others = self._ledger.take(unit)
            if taken is None and others:
                self._elsewhere.append(unit)
                continue
            ours = set(taken.open) if taken else set()
            self._done += [cell for cell in unit.open if cell not in ours]
            if taken:
                return taken
        return None

    def next_or_wait(self) -> Unit | None:
        """A unit as soon as there is one; None when all is done."""
        while (unit := self.next()) is None and self._elsewhere:
            time.sleep(LOOK_AGAIN_S)
        return unit

    def put_back(self, unit: Unit) -> None:
        """A unit whose worker was lost is the next."""
        self._ledger.give_back(unit)
        self._left.insert(0, unit)

    def done_elsewhere(self) -> Iterator[Finished]:
        """The cells that turned out to be done by others."""
        while self._done:
            yield Finished(self._done.pop(0), here=False)

    def _best(self, near: str, busy: Collection[str]) -> int:
        """The longest queue first among tasks that nobody is at, so that none is left over for one worker."""
        counts = Counter(unit.head.task for unit in self._left)

        def rank(place: int) -> tuple[bool, bool, int, int]:
            task = self._left[place].head.task
            return (task != near, task in busy, -counts[task] if task not in busy else 0, place)

        return min(range(len(self._left)), key=rank)

    def _look_again(self) -> None:
        """What others have may be done meanwhile, or free again because they died."""
        if self._elsewhere and time.monotonic() - self._looked > LOOK_AGAIN_S:
            self._left, self._elsewhere = self._left + self._elsewhere, []
            self._looked = time.monotonic()
