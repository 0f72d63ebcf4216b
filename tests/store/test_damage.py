"""Files that are cut off, changed, foreign or newer: named, set aside, never counted, never half read."""

import json
import re

import pytest

from aeeval.errors import StoreError
from aeeval.record import SCHEMA, Record
from aeeval.store import Store, cellfile
from aeeval.store.schema import MIGRATIONS, NewerSchema, record_of
from tests.store.cells import key, record

RECORDS = [
    record(),
    record(metric="gap", status="skipped", value=None, reason='no "noise" – σ = 0'),
    record(metric="tube_error", value=1e-300, stderr=0.1, null=0.2, p=0.3, axes={"delta": 0.1, "sampler": "gmm10"}),
]
WHOLE, WHOLE_CD = (cellfile.to_bytes(key(name), RECORDS) for name in ("ab", "cd"))
# A record as aeeval 0.1 wrote it, before cells had seals.
SCHEMA_1 = (
    '{"axes": {"delta": 0.1}, "better": "lower", "capability": "reconstruction", "data_sha256": "x", "env": "e", '
    '"latent_dim": 2, "metric": "fvu", "metric_version": 1, "null": null, "p": null, "reason": null, "schema": 1, '
    '"seed": 0, "status": "ok", "stderr": null, "submission": "mine", "submission_sha256": "s", "suite": "tiny", '
    '"suite_digest": "d", "task": "cap", "task_version": 1, "track": "recipe", "unit": "1", "value": 0.5}\n'
)


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    store.write_cell(key("ab"), RECORDS)
    return store


def put(store, name, content, shard=None):
    path = store.root / "cells" / (shard or name[:2]) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_whole_file_is_read_as_it_was_written():
    assert cellfile.from_bytes(key("ab"), WHOLE) == RECORDS
    assert cellfile.to_bytes(key("ab"), list(RECORDS)) == WHOLE
    with pytest.raises(ValueError, match="at least one record"):
        cellfile.to_bytes(key("ab"), [])


def test_a_file_cut_off_anywhere_is_never_read():
    for length in range(len(WHOLE)):
        with pytest.raises(ValueError, match=r"."):
            cellfile.from_bytes(key("ab"), WHOLE[:length])


def test_a_file_with_any_byte_changed_is_never_read():
    for place in range(len(WHOLE)):
        changed = bytearray(WHOLE)
        changed[place] ^= 1
        with pytest.raises((ValueError, NewerSchema)):
            cellfile.from_bytes(key("ab"), bytes(changed))


def test_lines_lost_doubled_or_in_another_order_are_never_read():
    *lines, seal = WHOLE.splitlines(keepends=True)
    for some in (lines[1:], [*lines, lines[0]], lines[::-1], [], [*lines, seal]):
        with pytest.raises(ValueError, match=r"."):
            cellfile.from_bytes(key("ab"), b"".join([*some, seal]))


DAMAGED = {
    "nothing": ("", "an empty file"),
    "half a line": ("{", "cut off in its last line"),
    "half a record": ("{\n", "Expecting property name"),
    "no record": ('{"suite": "tiny"}\n', "expected a schema from 1"),
    "no text": (b"\x00\xff\n", "utf-8"),
    "a list": ("[1]\n", "expected an object; got list"),
    "cut off between lines": (b"".join(WHOLE_CD.splitlines(keepends=True)[:-1]), "the seal at its end is missing"),
    "cut off in the seal": (WHOLE_CD[:-1], "cut off in its last line"),
    "a changed number": (WHOLE_CD.replace(b"0.5", b"0.4"), "its seal is of other lines"),
    "another cell": (WHOLE, "of another cell, abababababab"),
    "two cells": (SCHEMA_1 * 2 + WHOLE.decode(), "of another cell, abababababab"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_files_are_named_set_aside_and_left_out(store, case):
    content, reason = DAMAGED[case]
    path = put(store, f"{key('cd')}.jsonl", content)
    for _ in range(2):  # told again, as long as nothing was done
        records, damaged = store.read()
        assert records == RECORDS
        (one,) = damaged
        assert one.path == store.root / "quarantine" / path.name
        assert not path.exists()
        assert re.search(reason, one.reason)
        assert str(one.path) in one.reason
        assert "run again: its cell is measured anew" in one.reason


def test_a_cell_that_was_measured_anew_is_told_no_more(store):
    put(store, f"{key('cd')}.jsonl", "{")
    assert len(store.read()[1]) == 1
    store.write_cell(key("cd"), [record(task="roll")])
    assert store.read() == ([*RECORDS, record(task="roll")], [])


def test_a_cell_that_is_damaged_twice_is_set_aside_twice(store):
    for _ in range(2):
        put(store, f"{key('cd')}.jsonl", "{")
        store.read()
    names = [path.name for path in (store.root / "quarantine").iterdir()]
    assert sorted(names) == [f"{key('cd')}.2.jsonl", f"{key('cd')}.jsonl"]
    assert len(store.read()[1]) == 2


@pytest.mark.parametrize(
    ("name", "shard"),
    [("notes.txt", "ab"), (f"{key('ab')} (copy).jsonl", "ab"), (f"{key('cd')}.jsonl", "ab"), ("x.jsonl", "x")],
)
def test_foreign_files_are_named_and_set_aside(store, name, shard):
    path = put(store, name, WHOLE, shard)
    records, (damaged,) = store.read()
    assert records == RECORDS
    assert not path.exists()
    assert damaged.path.read_bytes() == WHOLE
    assert "move it elsewhere" in damaged.reason or "of another cell" in damaged.reason


def test_files_of_nobody_are_let_be(store):
    for name in (".tmp-abc", ".DS_Store"):
        put(store, name, "x", "ab")
    assert store.read() == (RECORDS, [])


def test_a_resumed_run_measures_a_damaged_cell_anew_and_tells_of_it(store):
    put(store, f"{key('cd')}.jsonl", WHOLE[:-2])
    assert store.has(key("cd"))
    assert store.read_cell(key("cd")) is None
    assert not store.has(key("cd"))
    assert [one.path.name for one in store.damaged] == [f"{key('cd')}.jsonl"]
    assert store.read_cell(key("ab")) == RECORDS
    assert store.read_cell(key("ef")) is None


def test_a_whole_file_that_came_in_between_is_not_lost(store):
    """Another process replaces the damaged file after it was read and before it is moved."""
    path = store.root / "cells" / "ab" / f"{key('ab')}.jsonl"
    assert store._shelf.set_aside(path) == path
    assert store.read() == (RECORDS, [])


def test_cells_of_schema_1_are_read(store):
    put(store, f"{key('cd')}.jsonl", SCHEMA_1 * 2)
    (store.root / "cells" / "ab" / f"{key('ab')}.jsonl").unlink()
    first, second = store.read_cell(key("cd"))
    assert first == second == record(env="e", axes={"delta": 0.1})
    assert first.schema == SCHEMA
    assert store.read()[0] == [first, second]


def test_every_older_schema_has_a_step_to_the_next():
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA))


def test_a_row_goes_through_every_step_that_it_lacks():
    def one(row):
        return {**row, "suite": row["suite"] + "1"}

    def two(row):
        return {**row, "suite": row["suite"] + "2"}

    row = json.loads(SCHEMA_1)
    steps = dict.fromkeys(range(1, SCHEMA - 1), one) | {SCHEMA - 1: two}
    assert record_of(row, steps).suite == "tiny" + "1" * (SCHEMA - 2) + "2"
    assert record_of({**row, "schema": SCHEMA - 1}, steps).suite == "tiny2"
    assert record_of({**row, "schema": SCHEMA}, steps).suite == "tiny"


@pytest.mark.parametrize("schema", [0, -1, None, "1", 1.5, True])
def test_a_schema_that_is_none_is_damage(schema):
    with pytest.raises(ValueError, match="expected a schema from 1"):
        record_of({**json.loads(SCHEMA_1), "schema": schema})


def test_a_newer_schema_is_refused_and_left_alone(store):
    row = {**json.loads(SCHEMA_1), "schema": SCHEMA + 1, "colour": "green"}
    path = put(store, f"{key('cd')}.jsonl", json.dumps(row) + "\n")
    for read in (store.read, lambda: store.read_cell(key("cd"))):
        with pytest.raises(NewerSchema, match=rf"{key('cd')}.*schema {SCHEMA + 1}; update aeeval"):
            read()
    assert issubclass(NewerSchema, StoreError)
    assert path.exists()


def test_records_are_all_that_a_line_may_hold():
    with pytest.raises(TypeError):
        record_of({**json.loads(SCHEMA_1), "colour": "green"})
    assert isinstance(record_of(json.loads(SCHEMA_1)), Record)
