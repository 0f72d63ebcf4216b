"""The store: whole files or none, damaged ones named and never counted, the latest version shown."""

import os

import pytest

from aeeval.errors import StoreError
from aeeval.record import Record
from aeeval.store import Store, stamped


def record(**changes):
    fields = {
        "suite": "tiny",
        "suite_digest": "d",
        "task": "cap",
        "task_version": 1,
        "data_sha256": "x",
        "submission": "mine",
        "submission_sha256": "s",
        "track": "recipe",
        "latent_dim": 2,
        "seed": 0,
        "capability": "reconstruction",
        "metric": "fvu",
        "metric_version": 1,
        "unit": "1",
        "better": "lower",
        "status": "ok",
        "value": 0.5,
    }
    return Record(**{**fields, **changes})


def key(name):
    return name * 32


def test_what_is_written_is_read(tmp_path):
    store = Store(tmp_path)
    records = [record(), record(metric="gap", status="skipped", value=None, reason="no noise", axes={"delta": 0.1})]
    store.write_cell(key("ab"), records)
    assert store.has(key("ab"))
    assert store.read_cell(key("ab")) == records
    assert store.read() == (records, [])
    assert (tmp_path / "cells" / "ab" / f"{key('ab')}.jsonl").is_file()


@pytest.mark.parametrize("content", ["", "{", '{"suite": "tiny"}\n', "\x00\xff", "[1]\n"])
def test_damaged_files_are_named_and_left_out(tmp_path, content):
    store = Store(tmp_path)
    store.write_cell(key("ab"), [record()])
    path = tmp_path / "cells" / "cd" / f"{key('cd')}.jsonl"
    path.parent.mkdir()
    path.write_text(content, encoding="latin-1")
    records, damaged = store.read()
    assert records == [record()]
    assert [file.path for file in damaged] == [path]
    assert str(path) in damaged[0].reason


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
