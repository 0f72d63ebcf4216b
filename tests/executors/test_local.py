"""The same records from this process, from one worker and from two; workers that die are replaced, and none is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aeeval.cells import Choice
from aeeval.executors import pool
from aeeval.executors.slot import Slot
from aeeval.executors.tree import below
from aeeval.session import Session, load_apart
from aeeval.store import Store
from aeeval.submissions.load import load
from aeeval.suite import load_suite
from tests.executors.rows import expected, rows
from tests.tiny import write_submission, write_suite


def session(folder, *specs, capabilities=("reconstruction",), **settings):
    return Session(load_suite(write_suite(folder)), tuple(map(load, specs)), Choice(capabilities), **settings)


@pytest.mark.parametrize(("jobs", "reverse"), [(1, False), (2, True)])
def test_workers_give_the_records_of_this_process_to_the_last_bit(undisturbed, jobs, reverse):
    """However many there are, and in whatever order the submissions are given."""
    found, make = undisturbed
    run = make(jobs=jobs, reverse=reverse)
    assert rows(run.run()) == expected(found, run)


def test_a_worker_that_is_killed_is_replaced_and_loses_nothing(tmp_path):
    specs = ("pca", write_submission(tmp_path))
    store, killed = Store(tmp_path / "out"), []

    def kill(finished):
        if len(killed) < 2:
            slot = pool.slot(0)
            killed.append(slot.pid)
            os.kill(slot.pid, signal.SIGKILL)
            while slot.alive():  # a cell that it has told of already comes all the same
                time.sleep(0.001)

    run = session(tmp_path, *specs)
    assert rows(run.run(store, kill)) == rows(session(tmp_path, *specs, executor="inline").run())
    assert len(set(killed)) == 2
    assert store.claims() == []


def test_a_judge_that_always_dies_ends_as_failed_records(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "TRIES", 1)
    run, hand, done = session(tmp_path, "pca"), Slot.hand, []

    def handed_to_the_dead(slot, work, unit):
        if unit.head.task == "digits":
            slot.ready = True
            slot.close()
            raise BrokenPipeError
        hand(slot, work, unit)

    monkeypatch.setattr(Slot, "hand", handed_to_the_dead)
    records = run.run(None, done.append)
    lost = {(record.task, record.seed) for record in records if record.status == "failed"}
    assert lost == {("digits", 0), ("digits", 1)}
    assert all("its worker process died" in record.reason for record in records if record.status == "failed")
    assert len(done) == len(run.grid)


def test_whoever_stops_early_leaves_no_process(tmp_path, monkeypatch):
    monkeypatch.setattr("aeeval.executors.slot.PATIENCE_S", 60.0)

    class Enough(Exception):
        pass

    def stop(finished):
        raise Enough

    run = session(tmp_path, "pca")
    slot = pool.slot(0)
    pids = [slot.pid, *below(slot.pid)]
    with pytest.raises(Enough):
        run.run(None, stop)
    assert slot._process.returncode == 0  # it has ended everything, itself last
    deadline = time.monotonic() + 5
    while (left := [pid for pid in pids if Path(f"/proc/{pid}").exists()]) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert left == []


def test_a_worker_that_still_imports_ends_at_once():
    early = Slot()
    early.close(60)
    assert early._process.returncode == -signal.SIGTERM
    assert not early.scratch.exists()


INTERRUPTED = """
import atexit
from aeeval import cli

def interrupted(*args, **kwargs):
    raise KeyboardInterrupt

atexit.register(print, "taken down")
cli.SectionedGroup.main = interrupted
cli.start()
"""


def test_whoever_is_interrupted_does_not_take_down_all_that_was_imported():
    run = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (130, "")
    assert "finished cells are kept" in run.stderr


def test_a_submission_is_loaded_outside_this_process(tmp_path):
    path = write_submission(tmp_path, text="import os\nMARK = os.getpid()\nos.environ['AEEVAL_SEEN'] = '1'\n")
    found = load_apart(path)
    assert "AEEVAL_SEEN" not in os.environ
    assert found.source == path
    here = load(path)
    assert found.sha256 == here.sha256
    os.environ.pop("AEEVAL_SEEN")
