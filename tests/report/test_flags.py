"""Flags: raised by a fact with a reason, shown on the board and in the summary, and what they take out of the ranks."""

import pytest

from aeeval.report.board import board
from aeeval.report.flags import FLAGS, flags, unranked
from aeeval.report.sections import row_of, sections
from aeeval.report.summary import summary
from aeeval.report.tables import render

REASON = "pass-through: hands on 6 of 6 spare directions"


@pytest.fixture
def records(record):
    """Two rows at three seeds; the flag is raised for one of them, at two of its seeds."""
    made = []
    for name in ("wide", "plain"):
        for seed in range(3):
            raised = name == "wide" and seed < 2
            made.append(record("fvu", 1e-9, submission=name, seed=seed))
            fields = {"submission": name, "seed": seed, "better": "none", "unit": "flag"}
            made.append(record("passes_input", float(raised), reason=REASON if raised else None, **fields))
    return made


def test_a_flag_is_a_fact_with_a_reason(record, records):
    assert {(r.submission, r.seed) for r in flags(records)} == {("wide", 0), ("wide", 1)}
    assert flags([record("passes_input", None, reason="needs a known manifold", status="skipped")]) == []
    assert flags([record("extrapolation_reach", 1.0, reason="censored")]) == []


def test_pass_through_is_not_ranked_on_two_capabilities(records):
    wide = row_of(next(r for r in records if r.submission == "wide"))
    assert unranked(records) == {
        (wide, seed, capability) for seed in (0, 1) for capability in ("reconstruction", "extrapolation")
    }


def test_the_board_shows_it_with_a_footnote(records, metrics):
    (section,) = sections(records)
    table = board(section, metrics)
    assert table.header[-1] == "flags"
    assert {row[2]: row[-1] for row in table.rows} == {"plain": "none", "wide": "pass-through¹"}
    assert table.notes == (f"¹ flag: {REASON}; not ranked on reconstruction and extrapolation",)


def test_every_format_carries_it(records, metrics):
    for style in ("md", "latex", "csv", "json"):
        assert "spare directions" in render(records, metrics, style)


def test_the_summary_names_the_tasks(records, metrics):
    text = summary(records, metrics)
    assert "flag: pass-through on sphere; not ranked on reconstruction and extrapolation" in text
    assert text.count("flag:") == 1


def test_a_row_that_was_not_asked_has_a_dash(record, records, metrics):
    (section,) = sections([*records, record("fvu", 0.5, submission="old")])
    assert {row[2]: row[-1] for row in board(section, metrics).rows}["old"] == "–"


def test_without_a_flag_there_is_no_column(record, metrics):
    (section,) = sections([record("fvu", 0.5), record("passes_input", 0.0)])
    assert "flags" not in board(section, metrics).header


def test_every_flag_is_a_metric_that_is_a_fact():
    from aeeval.metrics import METRICS

    assert {name: METRICS.get(name).better for name in FLAGS} == dict.fromkeys(FLAGS, "none")
    known = {metric for flag in FLAGS.values() for metric in flag.unranked}
    assert known <= {METRICS.get(name).capability for name in METRICS}
