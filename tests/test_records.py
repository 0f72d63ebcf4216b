"""Records as columns: the same records, whatever is taken, joined or asked of them."""

import dataclasses

import numpy as np
import pytest

from aeeval.record import SCHEMA, Record
from aeeval.records import Builder, Records
from tests.store.cells import cell, record

ROWS = [
    record(),
    record(metric="gap", status="skipped", value=None, reason="no noise"),
    record(axes={"delta": 1}, stderr=0.1, null=-0.0, p=1.0, env="e", seed=3),
    record(axes={"delta": 1.0}, value=5e-324),
    record(axes={"delta": "1", "sampler": "gmm10"}, value=1.7976931348623157e308, reason="censored"),
    record(),
]


def test_columns_are_the_same_records():
    columns = Records.of(ROWS)
    assert list(columns) == ROWS
    assert columns == ROWS
    assert [r.to_json() for r in columns] == [r.to_json() for r in ROWS]
    assert len(columns) == 6
    assert columns[4] == ROWS[4]
    assert columns[-1] == ROWS[-1]
    assert columns[1:3] == ROWS[1:3]
    assert Records.of(columns) is columns
    assert columns != ROWS[:-1]
    assert columns != [*ROWS[:-1], record(value=2.0)]
    assert columns != 3


def test_no_records_are_columns_too():
    none = Records.of([])
    assert (list(none), len(none), none.distinct("task"), none.where(task="x")) == ([], 0, [], [])
    assert Records.joined([]) == []
    with pytest.raises((IndexError, StopIteration)):
        none[0]


def test_some_of_them():
    columns = Records.of(ROWS)
    assert columns.where(metric="gap") == [ROWS[1]]
    assert columns.where(status="ok", seed=0) == [ROWS[0], *ROWS[3:]]
    assert columns.where(metric={"gap", "psnr"}, status={"ok"}) == []
    assert columns.take(np.array([3, 0])) == [ROWS[3], ROWS[0]]
    assert columns.take(np.arange(6) > 4) == [ROWS[5]]


def test_distinct_values_stand_in_the_order_in_which_they_appear():
    columns = Records.of(ROWS[::-1])
    assert columns.distinct("axes") == [{}, {"delta": "1", "sampler": "gmm10"}, {"delta": 1.0}, {"delta": 1}]
    assert columns.distinct("seed", "env") == [(0, ""), (3, "e")]
    assert columns.take(slice(2, 4)).distinct("seed") == [0, 3]
    with pytest.raises(ValueError, match="unpack"):
        columns.distinct("seed", "metric")


@pytest.mark.parametrize("cut", range(len(ROWS) + 1))
def test_joined_parts_are_the_whole(cut):
    columns = Records.of(ROWS)
    assert Records.joined([ROWS[:cut], ROWS[cut:]]) == ROWS
    assert Records.joined([columns[:cut], columns[cut:]]) == ROWS


def test_a_builder_counts_what_it_has():
    builder = Builder()
    builder.add(cell(3)[1])
    assert len(builder) == 30
    assert builder.records() == cell(3)[1]


def test_every_field_of_a_record_has_its_place():
    words = {field.name: field.name for field in dataclasses.fields(Record) if field.type is str}
    whole = {field.name: number for number, field in enumerate(dataclasses.fields(Record)) if field.type is int}
    parts = {"value": 0.1, "stderr": 0.2, "null": 0.3, "p": 0.4, "reason": "why", "axes": {"bin": 2}}
    one = Record(**{**words, **whole, **parts, "status": "ok", "schema": SCHEMA})
    assert list(Records.of([one])) == [one]
    assert {field.name for field in dataclasses.fields(Record)} == {*words, *whole, *parts}
