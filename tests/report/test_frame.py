"""The long form: one row a record, nothing lost on the way to text and back."""

import dataclasses
import json

import pandas as pd
import pytest

from aeeval.errors import UnknownName
from aeeval.record import Record
from aeeval.report.frame import COLUMNS, INTEGERS, frame, from_csv, to_csv
from aeeval.report.sections import commands
from aeeval.report.tables import render


@pytest.fixture
def odd(record):
    """Names and reasons that are hard on a parser, and numbers that need all their digits."""
    return [
        record("fvu", 0.1 + 0.2, submission="nan", axes={"sampler": "gmm10", "delta": 0.05}, stderr=1e-320),
        record("fvu", None, submission="None", reason='lost, "quoted"\nand broken', status="skipped"),
        record("fvu", -1 / 3, submission="1e3", null=0.5, p=0.01, env="", data_sha256="007"),
    ]


def test_columns_hold_every_field_of_a_record(record):
    assert set(COLUMNS) == {field.name for field in dataclasses.fields(Record)}
    assert list(frame([record()]).columns) == list(COLUMNS)


def test_one_row_a_record_with_readable_axes(odd):
    long = frame(odd)
    assert list(long["axes"]) == ["delta=0.05 sampler=gmm10", "", ""]
    assert list(long["status"]) == ["ok", "skipped", "ok"]
    assert pd.isna(long["value"][1])
    assert long["value"][0] == 0.1 + 0.2
    assert list(long["reason"]) == ["", 'lost, "quoted"\nand broken', ""]


def test_an_empty_list_has_the_columns_and_their_types():
    long = frame([])
    assert list(long.columns) == list(COLUMNS)
    assert len(long) == 0
    assert long["value"].dtype == "float64"
    assert all(long[name].dtype == "int64" for name in INTEGERS)


def test_csv_round_trips_to_the_same_frame(odd, grid):
    for records in ([], odd, grid):
        pd.testing.assert_frame_equal(from_csv(to_csv(records)), frame(records), check_exact=True)
        table = frame(records).assign(command=commands(records))
        assert to_csv(records) == table.to_csv(index=False, lineterminator="\n")  # by pandas, four times slower


def test_json_round_trips_to_equal_records(odd, grid, metrics):
    for records in ([], odd, grid):
        rows = json.loads(render(records, metrics, "json"))
        assert [Record.from_dict(row) for row in rows] == records


def test_csv_of_render_is_that_of_the_frame(grid, metrics):
    pd.testing.assert_frame_equal(from_csv(render(grid, metrics, "csv")), frame(grid))


def test_an_unknown_format_names_the_nearest(grid, metrics):
    with pytest.raises(UnknownName, match="did you mean latex"):
        render(grid, metrics, "latx")


@pytest.mark.parametrize("style", ["md", "csv", "latex"])
def test_every_written_table_carries_the_command_that_made_it(record, metrics, style):
    """Each table of a text, each row of a long one: a table that is copied out still says how to make it again."""
    records = [record(name, 0.5, seed=seed, submission="mlp") for name in ("fvu", "truth_error") for seed in range(2)]
    text = render(records, metrics, style).replace("-{}-", "--")
    tables = {"md": text.count("\n## "), "latex": text.count(r"\begin{table}"), "csv": len(records)}
    assert tables[style] >= 2
    assert text.count("aeeval run mlp --suite smoke --seeds 2") == tables[style]
