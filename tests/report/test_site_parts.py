"""The parts that pages of a site are made of: numbers, axes, addresses, definitions."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from aeeval.records import Records
from aeeval.report.axis import axis, axis_of
from aeeval.report.entries import Notes
from aeeval.report.fields import Asked
from aeeval.report.rank import rank_section
from aeeval.report.sections import sections
from aeeval.report.site.address import slugs, up
from aeeval.report.site.drawn import interval
from aeeval.report.site.numbers import number_tables
from aeeval.report.site.proofs import counts, matrix, table
from aeeval.report.site.prose import parts, prose
from tests.report.conftest import METRICS, Facts, make

pytest.importorskip("jinja2")
NASTY = '<script>alert("x")</script>'


def test_numbers_of_a_pair_stand_beside_the_reference_and_their_null():
    own = [make("fvu", value, seed=seed, null=1.0) for seed, value in enumerate((0.1, 0.2))]
    own += [make("copying", None, status="skipped", reason="no samples", axes={"sampler": "prior"})]
    beside = [make("fvu", 0.5, submission="pca")]
    notes = Notes()
    found = dict(number_tables(Records.of(own), [Records.of(beside)], METRICS, notes))
    (fvu,) = found["reconstruction"]
    (row,) = fvu.rows
    assert (row.own, row.beside, row.null, fvu.ideal) == ("0.15 ± 0.64", ("0.500",), "1", "0")
    assert found["sampling"][0].rows[0].own == "skipped¹"
    assert found["sampling"][0].rows[0].axes == "sampler=prior"
    assert notes.lines == ("¹ skipped: no samples",)


@pytest.mark.parametrize(("better", "effect"), [("lower", "log"), ("higher", "log"), ("lower", "difference")])
@pytest.mark.parametrize("scores", [[-3.0, -1.0, 0.2], [0.0], [5.0, 700.0], [-1e-4, 2e-4]])
def test_an_axis_holds_the_reference_and_every_score(better, effect, scores):
    made = axis(Facts("m", "reconstruction", better, effect=effect), *(np.array([*scores, np.nan]) for _ in range(3)))
    assert made["low"] <= min(0, *scores) <= max(0, *scores) <= made["high"]
    ticks = [place for place, _ in made["ticks"]]
    assert all(made["low"] <= place <= made["high"] for place in ticks)
    assert min(map(abs, ticks)) == 0
    assert sorted(ticks) == ticks


@pytest.mark.parametrize("last", [4.0, 5.09, 5.3, 6.0])
def test_texts_of_an_axis_leave_each_other_room_at_its_ends_too(last):
    """A text is up to 27 % of a column wide, and one at an end is moved inwards until it is within the column."""
    made = axis(Facts("m", "throughput", "higher", effect="log"), *(np.array([-0.25, 2.53, last]) for _ in range(3)))
    spots = [(place - made["low"]) / (made["high"] - made["low"]) for place, _ in made["ticks"]]
    seats = [min(max(spot, 0.135), 0.865) for spot in spots]
    assert len(seats) > 1
    assert all(b - a > 0.269 for a, b in pairwise(seats))


def test_an_interval_without_end_does_not_flatten_the_scores():
    made = axis(METRICS["fvu"], np.array([-1.0, 0.0]), np.array([-900.0, 0.0]), np.array([900.0, 0.0]))
    assert made["high"] - made["low"] < 5


def test_no_axis_without_scores():
    assert axis(METRICS["fvu"], *(np.full(2, np.nan) for _ in range(3))) is None


def test_addresses_are_names_that_every_system_takes():
    texts = ["conv (frozen)", "conv/frozen", "Ärger", "ärger", "..", "con.aux", "x" * 300]
    found = slugs(texts)
    assert len(set(found.values())) == len(texts)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name) and len(name) < 90 for name in found.values())
    assert up("a/b/c.html") == "../../"


def test_the_parts_of_a_definition():
    doc = "First line.\n\nmean ‖r(x) − x‖². Null: 1 for the mean. Source: A. Author, J. 1999.\n"
    assert parts(doc) == {
        "summary": "First line.",
        "body": "mean ‖r(x) − x‖². Null: 1 for the mean.",
        "null": "1 for the mean",
        "source": "A. Author, J. 1999",
    }
    assert (
        prose("a <b>\n\n- one `x<y`\n- two")
        == "<p>a &lt;b&gt;</p>\n<ul><li>one <code>x&lt;y</code></li><li>two</li></ul>"
    )


def test_an_answer_that_is_not_as_theory_says_is_seen():
    rows = table("known_answers")
    assert counts(rows)["wrong"] == 0
    assert counts(rows)["numbers"] > 30_000
    broken = [{**row, "hold": "0"} if row["metric"] == "fvu" and row["model"] == "identity" else row for row in rows]
    assert counts(broken)["wrong"] == sum(
        int(row["numbers"]) for row in rows if (row["metric"], row["model"]) == ("fvu", "identity")
    )
    kinds = {metric: cells[0]["kind"] for metric, cells in matrix(broken)[0]["lines"]}
    assert kinds["fvu"] == "wrong"
    assert kinds["idempotence"] == "holds"


def test_a_reference_row_far_off_does_not_flatten_the_scores(grid):
    """Identity lies a thousand times as far as those who are ranked: they keep their axis, and its dot is a ring."""
    twin = [replace(r, submission="twin", value=1.5 * r.value) for r in grid if r.submission == "mlp"]
    far = [replace(r, submission="identity", value=1e3 * r.value) for r in grid if r.submission == "mean"]
    (before,), (after,) = sections([*grid, *twin]), sections([*grid, *twin, *far])
    axes = [axis_of(rank_section(one, METRICS, Asked(metric="fvu"))[0]) for one in (before, after)]
    assert axes[0] == axes[1]
    assert "score beyond" in interval(axes[0], [7.0])
    assert "score beyond" not in interval(axes[0], [axes[0]["low"]])
