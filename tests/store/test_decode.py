"""The fast reader of cells: what it reads is what the plain one reads, and what it does not know it leaves alone."""

import json
import random

import pytest

from aeeval.record import Record
from aeeval.records import Builder
from aeeval.store import cellfile
from aeeval.store.decode import Decoder
from tests.store.cells import cell, key, record

AXES = [{}, {"delta": 0.1}, {"bin": 3, "sampler": "gmm10"}, {"op": "encode", "batch": 256}, {"eps": 1e-300}]
REASONS = [None, 'said "no" – σ = 0', "a\\b\tc\n{}", ', "p": null, "reason": 3}', "}\n{"]
NUMBERS = [None, 0.0, -0.0, 1.5, 1e-310, 1e300, 3]


def drawn(draw, **cell_fields):
    ok = draw.random() < 0.7
    return record(
        **cell_fields,
        metric=draw.choice(["fvu", "gap", "psnr"]),
        unit=draw.choice(["1", "squared kernel mean", 'in "']),
        axes=dict(draw.choice(AXES)),
        status="ok" if ok else draw.choice(["failed", "skipped", "timeout"]),
        value=draw.choice(NUMBERS[1:]) if ok else None,
        reason=draw.choice(REASONS) if ok else draw.choice(REASONS[1:]),
        stderr=draw.choice(NUMBERS),
        null=draw.choice(NUMBERS),
        p=draw.choice(NUMBERS),
    )


def decoded(cells):
    """The records of files, and of how many of them the fast reader knew the form."""
    builder, known = Builder(), 0
    decoder = Decoder(builder)
    for content in cells:
        lines = content[: content.rfind(b"\n", 0, -1) + 1]
        known += decoder.add(lines)
    return builder.records(), known


def test_it_reads_what_the_plain_reader_reads():
    draw = random.Random(0)
    cells = [[drawn(draw, seed=seed, submission=f"m{seed % 7}") for _ in range(12)] for seed in range(60)]
    read, known = decoded(cellfile.to_bytes(key("ab"), records) for records in cells)
    assert known == len(cells)
    assert read == [one for records in cells for one in records]
    assert {type(one.value) for one in read} == {float, type(None)}


def test_a_cell_that_is_like_the_one_before_is_read_without_a_look_at_its_lines(monkeypatch):
    cells = [cellfile.to_bytes(*cell(number)) for number in range(20)]
    looks = []
    taken_apart = Decoder._taken_apart
    monkeypatch.setattr(Decoder, "_taken_apart", lambda *args: looks.append(args) or taken_apart(*args))
    read, known = decoded(cells)
    assert (known, len(read)) == (20, 600)
    assert len(looks) <= 31


def changed(content, change):
    first, *rest = content.splitlines(keepends=True)
    row = change(json.loads(first))
    text = row if isinstance(row, str) else json.dumps(row, sort_keys=True)
    return b"".join([text.encode() + b"\n", *rest])


FOREIGN = {
    "another order of fields": lambda row: dict(reversed(row.items())) and json.dumps(dict(reversed(row.items()))),
    "another cell": lambda row: {**row, "seed": 9},
    "another schema": lambda row: {**row, "schema": 1},
    "a field more": lambda row: {**row, "colour": "green"},
    "a status that is none": lambda row: {**row, "status": "great"},
    "no value": lambda row: {**row, "value": None},
    "a value beside a failure": lambda row: {**row, "status": "failed", "reason": "x"},
    "no reason of a failure": lambda row: {**row, "status": "failed", "value": None},
    "infinity": lambda row: {**row, "value": float("inf")},
    "no number": lambda row: {**row, "value": float("nan")},
    "an infinite null": lambda row: {**row, "null": float("inf")},
    "words for a number": lambda row: {**row, "p": "small"},
    "half a line": lambda row: json.dumps(row)[:50],
    "nothing": lambda row: "",
}


@pytest.mark.parametrize("case", FOREIGN)
@pytest.mark.parametrize("warm", [False, True])
def test_lines_of_another_form_are_left_to_the_plain_reader(case, warm):
    builder = Builder()
    decoder = Decoder(builder)
    content = cellfile.to_bytes(*cell(0))
    lines = content[: content.rfind(b"\n", 0, -1) + 1]
    if warm:
        assert decoder.add(lines)
    before = len(builder)
    assert not decoder.add(changed(lines, FOREIGN[case]))
    assert len(builder) == before
    assert builder.records() == cell(0)[1][:before]
    assert decoder.add(lines)
    assert builder.records()[before:] == cell(0)[1]


def test_a_mixed_cell_is_read_all_the_same(tmp_path):
    from aeeval.store import Store

    records = [record(seed=seed) for seed in range(3)]
    Store(tmp_path).write_cell(key("ab"), records)
    assert Store(tmp_path).read()[0] == records
    assert all(isinstance(one, Record) for one in Store(tmp_path).read()[0])
