"""A results folder: whole files or none, one order whoever wrote when, the latest version shown."""

import os

import pytest

from aeeval.errors import StoreError
from aeeval.store import Store, stamped
from tests.store.cells import key, record


def test_what_is_written_is_read(tmp_path):
    store = Store(tmp_path)
    records = [record(), record(metric="gap", status="skipped", value=None, reason="no noise", axes={"delta": 0.1})]
    store.write_cell(key("ab"), records)
    assert store.has(key("ab"))
    assert store.read_cell(key("ab")) == records
    assert store.read() == (records, [])
    assert (tmp_path / "cells" / "ab" / f"{key('ab')}.jsonl").is_file()


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    store = Store(tmp_path)

    def broken(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(StoreError, match="No space left on device; choose another --out"):
        store.write_cell(key("ab"), [record()])
    assert not store.has(key("ab"))
    assert list(tmp_path.rglob("*.*")) == []


def test_the_latest_version_of_a_submission_is_shown(tmp_path):
    store = Store(tmp_path)
    for number, (name, sha) in enumerate([("ab", "old"), ("cd", "new")]):
        store.write_cell(key(name), [record(submission_sha256=sha, value=float(number))])
        os.utime(tmp_path / "cells" / name / f"{key(name)}.jsonl", (number, number))
    records, _ = store.read()
    assert [(r.submission_sha256, r.value) for r in records] == [("new", 1.0)]


def test_of_runs_with_several_capabilities_each_number_counts_once(tmp_path):
    store = Store(tmp_path)
    store.write_cell(key("cd"), [record(value=1.0)])
    store.write_cell(key("ab"), [record(value=2.0), record(metric="gap", capability="overfitting", value=3.0)])
    os.utime(tmp_path / "cells" / "cd" / f"{key('cd')}.jsonl", (0, 0))
    assert [(r.metric, r.value) for r in store.read()[0]] == [("fvu", 2.0), ("gap", 3.0)]


def test_the_order_is_that_of_the_suite_whoever_wrote_when(tmp_path):
    cells = {
        f"{number:02}" * 32: [record(task=task, seed=seed, submission=name, capability=capability)]
        for number, (capability, task, seed, name) in enumerate(
            [
                ("reconstruction", "roll", 0, "a"),
                ("reconstruction", "roll", 0, "b"),
                ("reconstruction", "roll", 1, "a"),
                ("reconstruction", "cap", 0, "a"),
                ("reconstruction", "other", 0, "a"),
                ("throughput", "roll", 0, "a"),
            ]
        )
    }
    for name, order in (("one", list(cells)), ("two", list(reversed(cells)))):
        store = Store(tmp_path / name)
        store.write_suite("d", "tiny", 1, ["roll", "cap"])
        for number, one in enumerate(order):
            store.write_cell(one, cells[one])
            os.utime(store.root / "cells" / one[:2] / f"{one}.jsonl", (number, number))
        assert store.read() == ([r for records in cells.values() for r in records], [])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"tasks": 3}', '{"tasks": ["cap"'])
def test_without_the_order_of_a_suite_tasks_are_in_that_of_names(tmp_path, text):
    store = Store(tmp_path)
    for name, task in (("ab", "roll"), ("cd", "cap")):
        store.write_cell(key(name), [record(task=task)])
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "d.json").write_text(text)
    assert [r.task for r in store.read()[0]] == ["cap", "roll"]


def test_fresh_forgets_cells_and_nothing_else(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    store = Store(tmp_path)
    store.write_cell(key("ab"), [record()])
    store.clear()
    assert not store.has(key("ab"))
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_stamping_changes_the_environment_alone():
    (stamp,) = stamped([record()], "e1")
    assert stamp == record(env="e1")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"value": float("nan")}, "finite value"),
        ({"value": None}, "a value exactly when"),
        ({"status": "failed", "value": None}, "a reason"),
        ({"status": "broken"}, "expected a status"),
        ({"stderr": float("inf")}, "finite stderr"),
    ],
)
def test_a_record_never_holds_what_a_table_cannot_show(changes, reason):
    with pytest.raises(ValueError, match=reason):
        record(**changes)
