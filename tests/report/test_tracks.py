"""Recipe, frozen and own-k stand in every table and are told apart; standings of packed results are a column."""

import io
import json
import re

import pandas as pd
import pytest

from aeeval.report.frame import from_csv, to_csv
from aeeval.report.headlines import headlines
from aeeval.report.results import Results
from aeeval.report.sections import row_of, sections
from aeeval.report.tables import INTRO, render

TRACKS = ("recipe", "frozen", "own-k")
LABELS = {"recipe": "ae", "frozen": "ae (frozen)", "own-k": "ae (own-k)"}


@pytest.fixture
def mixed(record):
    """One submission on three tracks at the same task, k and seeds, and PCA beside it: better, as good, and worse."""
    values = {"recipe": 0.4, "frozen": 0.1, "own-k": 0.9}
    rows = [
        record(metric, value * (1 + seed / 100), submission="ae", track=track, seed=seed)
        for metric in ("fvu", "psnr", "sliced_wasserstein")
        for track, value in values.items()
        for seed in range(3)
    ]
    axes = {"sampler": "gmm10"}
    rows = [row if row.metric != "sliced_wasserstein" else record(**_fields(row, axes=axes)) for row in rows]
    return rows + [record("fvu", 0.5 * (1 + seed / 100), submission="pca", seed=seed) for seed in range(3)]


def _fields(row, **changed):
    fields = {name: getattr(row, name) for name in ("metric", "value", "submission", "track", "seed")}
    return {**fields, **changed}


@pytest.mark.parametrize("style", ["md", "latex"])
def test_every_wide_table_has_a_row_for_each_track(mixed, metrics, style):
    text = render(mixed, metrics, style)
    tables = re.split(r"\n## |\\begin\{longtable\}|\\begin\{table\}", text)[1:]
    assert len(tables) >= 3
    for table in tables:
        for label in LABELS.values():
            assert re.search(rf"[|&] *{re.escape(label)} *[|&]", table), (label, table)
    assert "tracks are never ranked together" in INTRO


def test_the_long_tables_name_the_track_of_every_number(mixed, metrics):
    assert set(from_csv(render(mixed, metrics, "csv"))["track"]) == set(TRACKS)
    assert {row["track"] for row in json.loads(render(mixed, metrics, "json"))} == set(TRACKS)


def test_no_number_of_one_track_is_part_of_anothers(mixed, metrics):
    (section,) = sections(mixed)
    for headline in [one for name in section.capabilities for one in headlines(section.records, metrics, name)]:
        rows = {row_of(one) for one in headline.pick(section.records)}
        assert {row[2][1] for row in rows} == set(TRACKS)


def test_the_order_of_rows_is_by_name_whatever_the_numbers_are(mixed, metrics, record):
    def order(rows):
        (section,) = sections(rows)
        return section.in_order(row_of(one) for one in rows)

    turned = [record(**_fields(row, value=1 - row.value, axes=row.axes)) for row in mixed]
    assert order(mixed) == order(turned)


def test_the_summary_has_a_block_for_each_track_and_holds_it_beside_pca_alone(mixed, metrics):
    text = Results(mixed, metrics).summary()
    words = {
        track: re.search(rf"^{re.escape(label)}, k = 2\n.*\n(.*)", text, re.MULTILINE)
        for track, label in LABELS.items()
    }
    assert all(words.values()), text
    assert "better than PCA" in words["recipe"][1]
    assert "better than PCA" in words["frozen"][1]
    assert "worse" in words["own-k"][1]


def standings(rows):
    told = {"recipe": "verified", "frozen": "self-reported"}
    return {row_of(row)[2]: told[row.track] for row in rows if row.track in told and row.submission == "ae"}


@pytest.mark.parametrize("style", ["md", "latex"])
def test_packed_results_have_their_standing_in_every_table(mixed, metrics, style):
    text = render(mixed, metrics, style, standings(mixed))
    for label, standing in (("ae", "verified"), ("ae (frozen)", "self-reported"), ("ae (own-k)", "own run")):
        found = re.findall(rf"[|&] *{re.escape(label)} *[|&] *{standing} *[|&]", text)
        assert len(found) >= 3, (label, text)
    assert "standing" not in render(mixed, metrics, style)


def test_the_csv_has_the_standing_of_every_number(mixed):
    table = pd.read_csv(io.StringIO(to_csv(mixed, standings(mixed))))
    told = dict(zip(table["track"] + " " + table["submission"], table["standing"], strict=True))
    assert told == {
        "recipe ae": "verified",
        "frozen ae": "self-reported",
        "own-k ae": "own run",
        "recipe pca": "own run",
    }
    assert "standing" not in to_csv(mixed)
