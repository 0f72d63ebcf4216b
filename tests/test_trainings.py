"""What a run keeps of trainings, and that a unit resumed is the unit trained at once."""

import json

import pytest

from aeeval.cells import Choice
from aeeval.cli.run import Clock
from aeeval.executors.work import Finished
from aeeval.session import Session
from aeeval.store import Store
from aeeval.submissions.load import load_all
from aeeval.suite import load_suite
from tests.tiny import write_suite


@pytest.fixture
def run(tmp_path):
    """A session of mlp, topological and pca on the cap, all in this process; -> records by (submission, seed)."""
    suite = load_suite(write_suite(tmp_path))
    submissions = tuple(load_all(["mlp", "topological", "pca"]))
    session = Session(suite, submissions, Choice(("reconstruction",), ("cap",)), executor="inline")

    def records():
        found = {}
        for record in session.run(Store(tmp_path / "out")):
            found.setdefault((record.submission, record.seed), []).append(record.to_json())
        return found

    return session, Store(tmp_path / "out"), records


def training(session, store, name, seed=0):
    (key,) = [key for key, cell in session.cells().items() if (cell.submission, cell.seed) == (name, seed)]
    return json.loads((store.root / "trainings" / f"{key}.json").read_text())


def test_how_a_training_went_is_kept(run):
    session, store, records = run
    records()
    log = training(session, store, "mlp", seed=1)
    assert (log["steps"], log["stopped"], log["together"]) == (20, "budget", 1)
    assert 0 < log["best_step"] <= 20
    assert log["best_val"] > 0
    assert log["seconds"] > 0
    assert training(session, store, "topological")["alone"].startswith("RuntimeError")
    assert training(session, store, "pca") == {"alone": "it has a fit of its own"}


def test_a_unit_that_is_resumed_changes_no_bit(run):
    session, store, records = run
    first = records()
    for key, cell in session.cells().items():
        if cell.seed == 1:
            (store.root / "cells" / key[:2] / f"{key}.jsonl").unlink()
    assert records() == first


def test_the_clock_of_a_run_tells_training_from_metrics():
    clock = Clock(jobs=2)
    assert clock.told() == ""
    clock.add(Finished(None, seconds=3.0, fit_s=1.0))
    clock.add(Finished(None, seconds=0.5, fit_s=0.25))
    assert "training 1.2 s, metrics 2.2 s, overhead 0.0 s" in clock.told()
