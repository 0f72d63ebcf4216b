"""Tables of many records: the same as those of a few, whatever form the records come in."""

import dataclasses
import random

from aeeval.metrics import all_metrics
from aeeval.records import Records
from aeeval.report.frame import frame, from_csv, to_csv
from aeeval.report.tables import FORMATS, render
from benchmarks.synthetic import NUMBERS, cells

METRICS = {metric.id: metric for metric in all_metrics()}


def made(submissions):
    numbers = [(METRICS[name], axes) for name, places in NUMBERS.items() for axes in places]
    return [record for _, records in cells(numbers, submissions, tasks=3, seeds=2) for record in records]


def test_columns_and_single_records_give_the_same_tables():
    records = made(4)
    for style in FORMATS:
        assert render(Records.of(records), METRICS, style) == render(records, METRICS, style)


def test_the_order_of_records_changes_no_number_of_a_table():
    records = made(4)
    shuffled = list(records)
    random.Random(0).shuffle(shuffled)
    by_place = sorted(render(shuffled, METRICS, "json").splitlines())
    assert [line.rstrip(",") for line in by_place] == sorted(
        line.rstrip(",") for line in render(records, METRICS, "json").splitlines()
    )


def test_a_number_that_came_twice_is_one():
    records = made(3)
    assert render([*records, *records[:40]], METRICS) == render(records, METRICS)


def test_the_frame_has_every_record_in_its_order():
    records = made(2)
    table = frame(Records.of(records))
    assert table["value"].isna().sum() == sum(record.value is None for record in records)
    assert from_csv(to_csv(records)).equals(table)
    fields = [field.name for field in dataclasses.fields(records[0]) if field.name not in ("axes", "reason")]
    for place in (0, 41, len(records) - 1):
        row, record = table.iloc[place], records[place]
        assert all(row[name] == getattr(record, name) or getattr(record, name) is None for name in fields)
