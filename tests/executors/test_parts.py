"""The parts of executors without a worker: phases, the queue, ledgers, processes that wait, and time that is shared."""

import os
import signal
import socket
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from aeeval.cells import Cell, Unit
from aeeval.executors import landlock, remote, tree
from aeeval.executors.cage import Limits
from aeeval.executors.inline import phases
from aeeval.executors.pool import Pool
from aeeval.executors.queue import Queue
from aeeval.executors.spare import Errand, Spare
from aeeval.executors.wire import Message
from aeeval.ledger import MemoryLedger, Scene, StoreLedger
from aeeval.runner import Outcome
from aeeval.store import Store
from tests.store.cells import key, record


def unit(number, task="a", *, timed=False):
    return Unit((0,), (Cell(timed, task, 0, 2, f"m{number}"),))


def test_timed_units_are_a_phase_of_their_own_after_all_others():
    units = [unit(0, timed=True), unit(1), unit(2, timed=True), unit(3)]
    assert phases(units) == [[units[1], units[3]], [units[0], units[2]]]
    assert phases(units[:1]) == [units[:1]]
    assert phases([]) == []


def test_timed_units_have_one_worker_however_many_there_are(monkeypatch):
    workers = []
    monkeypatch.setattr(Pool, "_phase", lambda pool, jobs: iter(workers.append(jobs) or ()))
    list(Pool(None, MemoryLedger(), 4).run([unit(0, timed=True), unit(1), unit(2), unit(3), unit(4, timed=True)]))
    assert workers == [3, 1]


class Shared(MemoryLedger):
    """A ledger in which others are at some units, or have finished them."""

    def __init__(self, theirs=(), finished=()):
        super().__init__()
        self.theirs, self.ended, self.back = set(theirs), set(finished), []

    def take(self, unit):
        if unit in self.theirs:
            return None, True
        return (None, False) if unit in self.ended else (unit, False)

    def give_back(self, unit):
        self.back.append(unit)


def test_a_worker_stays_on_its_task_and_keeps_off_those_of_others():
    a0, a1, b, c0, c1 = (unit(n, task) for n, task in enumerate("aabcc"))
    queue = Queue([a0, b, a1, c0, c1], MemoryLedger())
    assert queue.next("b") is b
    assert queue.next("b", ["a"]) is c0
    assert queue.next("", ["a", "c"]) is a0
    assert [queue.next("c"), queue.next("c"), queue.next("c")] == [c1, a1, None]


def test_what_others_are_at_is_asked_for_again_and_what_they_did_is_told(monkeypatch):
    ledger = Shared(theirs=[unit(0)], finished=[unit(1)])
    queue = Queue([unit(0), unit(1), unit(2)], ledger)
    assert queue.next() == unit(2)
    assert [finished.cell for finished in queue.done_elsewhere()] == [unit(1).head]
    assert queue.next() is None
    assert queue  # one is still in other hands
    ledger.theirs.clear()
    monkeypatch.setattr("aeeval.executors.queue.LOOK_AGAIN_S", -1.0)
    assert queue.next() == unit(0)
    assert not queue


def test_a_unit_whose_worker_was_lost_is_given_back_and_comes_first():
    ledger = Shared()
    queue = Queue([unit(0), unit(1)], ledger)
    lost = queue.next()
    queue.put_back(lost)
    assert ledger.back == [lost]
    assert queue.next() is lost


def test_the_records_of_a_cell_are_written_last(tmp_path, monkeypatch):
    cell, written = unit(0).head, []
    write = Store._write
    monkeypatch.setattr(Store, "_write", lambda self, path, content: (written.append(path), write(self, path, content)))
    ledger = StoreLedger(tmp_path, {cell: key("ab")}, Scene("cpu"))
    ledger.keep(
        Outcome(
            cell,
            (record(),),
            picture={"x": np.zeros(1)},
            weights={"w": torch.zeros(1)},
            card={"origin": "here"},
            training={"steps": 3},
        )
    )
    assert [path.parent.name for path in written[:-1]] == ["env", "pictures", "data", "models", "trainings"]
    assert written[-1].parts[-3] == "cells"


def test_a_claim_is_released_only_when_its_cell_is_written(tmp_path, monkeypatch):
    cell, held = unit(0).head, []
    ledger = StoreLedger(tmp_path, {cell: key("ab")}, Scene("cpu"))
    write = Store.write_cell
    monkeypatch.setattr(
        Store, "write_cell", lambda self, *given: (held.append(len(self.claims())), write(self, *given))
    )
    taken, _ = ledger.take(unit(0))
    ledger.keep(Outcome(cell, (record(),)))
    assert (taken, held, Store(tmp_path).claims()) == (unit(0), [1], [])
    assert ledger.take(unit(0)) == (None, False)


@pytest.fixture
def spare(tmp_path):
    """A process that waits for its errand, of a parent that has a file open."""
    with (tmp_path / "secret").open("w"):
        made = Spare.forked()
        yield made
    made.orders.close()
    others = frozenset(tree.children(os.getpid())) - {made.pid}
    tree.end_all(os.getpid(), others)


def test_a_process_that_waits_holds_no_file_of_its_parent(spare):
    stop = time.monotonic() + 30
    while len(files := list(Path(f"/proc/{spare.pid}/fd").iterdir())) != 4 and time.monotonic() < stop:
        time.sleep(0.001)
    assert [str(file.readlink()).startswith("socket:") for file in files if int(file.name) > 2] == [True]


def test_one_that_was_killed_is_not_sent(spare, tmp_path):
    os.kill(spare.pid, signal.SIGKILL)
    os.waitpid(spare.pid, 0)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert not spare.send(Errand(Limits(100), tmp_path, 1, theirs.fileno(), None))


def test_all_answers_of_a_model_share_their_time(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(remote, "monotonic", lambda: now[0])
    given = []

    def exchange(self, question, seconds, *_):
        given.append(seconds)
        now[0] += 3.0
        return Message({})

    caged = remote.Caged.__new__(remote.Caged)
    caged._wall_s = 1.0
    monkeypatch.setattr(remote.Caged, "_exchange", exchange)
    caged.fresh_time()
    for _ in range(3):
        caged.ask({"do": "encode"})
    assert given == [10.0, 7.0, 4.0]
    caged.fresh_time()
    caged.ask({"do": "encode"})
    assert given[-1] == 10.0


def test_rules_leave_out_what_is_hidden_and_name_as_little_as_they_can(tmp_path):
    for name in ("open", "out/cells", "out/tables"):
        (tmp_path / name).mkdir(parents=True)
    hidden = {tmp_path / "out" / "cells", tmp_path / "out" / "missing"}
    parents = {parent for path in hidden for parent in path.parents}
    named = set(landlock._beside(hidden, parents))
    below = {path for path in named if path.is_relative_to(tmp_path)}
    assert below == {tmp_path / "open", tmp_path / "out" / "tables"}
    assert Path("/usr") in named
    assert not [path for path in named if any(one.is_relative_to(path) for one in hidden)]
