"""Cells on a Ray cluster: a task a unit, wherever a processor or GPU is free; outcomes come back to this process."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aeeval.cells import Unit
from aeeval.executors.inline import phases
from aeeval.executors.optional import required
from aeeval.executors.pool import TRIES, Pool
from aeeval.executors.queue import LOOK_AGAIN_S, Queue
from aeeval.executors.work import Finished, Ledger, Settings, Work
from aeeval.runner import Outcome


class Collected:
    """The ledger of a task: it takes what it is given, and hands all outcomes back."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def take(self, unit: Unit) -> tuple[Unit | None, bool]:
        """The unit as it is: the claim is held where the task was sent from."""
        return unit, False

    def keep(self, outcome: Outcome) -> None:
        """Keep it for the way back."""
        self.outcomes.append(outcome)

    def give_back(self, unit: Unit) -> None:
        """Nobody waits for it here."""

    def finished(self, cell: object, ended: bool = False) -> bool:
        """Nothing is known here."""
        return False


def run_there(work: Work, unit: Unit) -> list[Outcome]:
    """What a task does: the unit in an isolated worker of the node."""
    ledger = Collected()
    for _ in Pool(work, ledger, jobs=1).run([unit]):
        pass
    return ledger.outcomes


def run_ray(work: Work, units: Sequence[Unit], ledger: Ledger, settings: Settings) -> Iterator[Finished]:
    """On a Ray cluster, a task a unit; every node has to see the files of the submissions."""
    ray = required("ray", "ray", "ray")
    with _connected(ray, settings.address):
        packed = ray.put(work.portable())
        for phase in phases(units):
            yield from _Phase(ray, packed, work, ledger).run(phase)


class _Phase:
    """Units in flight: as many as the cluster has places, a timed one alone on all processors of its node."""

    def __init__(self, ray: Any, packed: Any, work: Work, ledger: Ledger):
        self._ray, self._packed, self._work, self._ledger = ray, packed, work, ledger
        self._flying: dict[Any, Unit] = {}
        self._lost: Counter[Unit] = Counter()
        self._queue = Queue((), ledger)

    def run(self, units: Sequence[Unit]) -> Iterator[Finished]:
        self._queue = Queue(units, self._ledger)
        try:
            while self._queue or self._flying:
                self._send(1 if units[0].head.timed else self._places())
                yield from self._queue.done_elsewhere()
                ready, _ = self._ray.wait(list(self._flying), timeout=LOOK_AGAIN_S) if self._flying else ([], [])
                for one in ready:
                    yield from self._land(one)
        finally:
            for one, unit in self._flying.items():
                with suppress(Exception):  # of a cluster that is gone nothing can be cancelled
                    self._ray.cancel(one, force=True)
                self._ledger.give_back(unit)

    def _places(self) -> int:
        kind = "GPU" if self._work.choice.device.startswith("cuda") else "CPU"
        return max(1, int(self._ray.cluster_resources().get(kind, 1)))

    def _send(self, places: int) -> None:
        while len(self._flying) < places and (unit := self._queue.next()) is not None:
            gpus = 1 if self._work.choice.device.startswith("cuda") else 0
            cpus = self._largest() if unit.head.timed else 1
            task = self._ray.remote(num_cpus=cpus, num_gpus=gpus, max_retries=0)(run_there)
            self._flying[task.remote(self._packed, unit)] = unit

    def _largest(self) -> int:
        """All processors of the largest node: a timed cell has it to itself."""
        return max(int(node["Resources"].get("CPU", 1)) for node in self._ray.nodes() if node["Alive"])

    def _land(self, one: Any) -> Iterator[Finished]:
        unit = self._flying.pop(one)
        try:
            outcomes = self._ray.get(one)
        except self._ray.exceptions.RayTaskError as error:
            self._ledger.give_back(unit)
            raise error.cause from None
        except self._ray.exceptions.RayError as error:  # its process or its node died
            yield from self._again(unit, error)
            return
        for outcome in outcomes:
            self._ledger.keep(outcome)
            yield Finished.of(outcome)
        self._ledger.give_back(unit)

    def _again(self, unit: Unit, error: Exception) -> Iterator[Finished]:
        self._lost[unit] += 1
        if self._lost[unit] < TRIES:
            self._queue.put_back(unit)
            return
        runner = self._work.runner()
        for cell in unit.open:
            outcome = runner.lost(cell, f"its node or process died {TRIES} times: {type(error).__name__}")
            self._ledger.keep(outcome)
            yield Finished.of(outcome)
        self._ledger.give_back(unit)


@contextmanager
def _connected(ray: Any, address: str) -> Iterator[None]:
    """A connection to the cluster at the address, or to one of this machine; one that is there is left as it is."""
    if ray.is_initialized():
        yield
        return
    here = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    ray.init(
        address=address or None,
        log_to_driver=False,
        include_dashboard=False if not address else None,
        runtime_env={"env_vars": {"PYTHONPATH": path}},
    )
    try:
        yield
    finally:
        ray.shutdown()
