"""What `aeeval compare` says, and its forms."""

import io
import json
import math
import sys

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from aeeval.cli import main
from aeeval.gate.comparison import BETTER, EQUIVALENT, IDENTICAL, INCONCLUSIVE, WORSE, compare, word_of
from aeeval.gate.comparison_text import written
from aeeval.gate.pairing import pair
from tests.gate.conftest import side, write
from tests.report.conftest import METRICS


def compared(base, head, metric="fvu"):
    sides = side({metric: base}, path="base"), side({metric: head}, path="head")
    (one,) = compare(pair(*sides, METRICS))
    return one


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (-0.2, -0.1, BETTER),
        (0.1, 0.2, WORSE),
        (0.01, 0.2, WORSE),
        (0.01, 0.02, EQUIVALENT),
        (-0.049, 0.049, EQUIVALENT),
        (-0.049, 0.051, INCONCLUSIVE),
        (math.nan, math.nan, INCONCLUSIVE),
    ],
)
def test_the_words(low, high, word):
    assert word_of(low, high, 0.05) == word


def test_better_and_worse_turn_with_the_sides(noise):
    base, head = noise(0), noise(1, factor=0.8)
    assert compared(base, head).word == BETTER
    assert compared(head, base).word == WORSE
    assert compared(base, base).word == IDENTICAL
    assert compared(base, noise(1)).word == EQUIVALENT


def test_one_task_is_the_paired_t_test_of_scipy():
    rng = np.random.default_rng(5)
    base, head = rng.uniform(1, 2, size=(1, 6)), rng.uniform(1, 2, size=(1, 6))
    one = compared(base, head, "memorised_noise")
    interval = stats.ttest_rel(head[0], base[0]).confidence_interval(0.95)
    assert (one.low, one.high) == pytest.approx((interval.low, interval.high), rel=1e-12)
    assert (one.base, one.head) == pytest.approx((base.mean(), head.mean()))


def test_tasks_and_seeds_have_intervals_of_their_own():
    """Three tasks of three seeds by hand: differences 1, 2, 6 on every seed; no spread over seeds, much over tasks."""
    base = np.zeros((3, 3))
    one = compared(base, np.array([[1.0], [2.0], [6.0]]) + base, "memorised_noise")
    assert (one.effect, one.low, one.high) == (3.0, 3.0, 3.0)
    half = stats.t.ppf(0.975, 2) * math.sqrt(7 / 3)
    assert (one.tasks_low, one.tasks_high) == pytest.approx((3 - half, 3 + half), rel=1e-12)


def test_an_open_question_says_what_would_settle_it(noise):
    one = compared(noise(0, sd=0.2), noise(3, sd=0.2))
    assert one.word == INCONCLUSIVE
    assert one.settle > 5
    assert one.least > 0


def test_every_form_has_the_same_numbers(noise):
    sides = side({"fvu": noise(0)}, path="a<b>"), side({"fvu": noise(1, factor=0.8)}, path="head")
    found = written(*sides, compare(pair(*sides, METRICS)))
    rows = json.loads(found.as_format("json"))
    frame = pd.read_csv(io.StringIO(found.as_format("csv")), keep_default_na=False)
    assert [row["task"] for row in rows] == ["", *(f"task{i}" for i in range(5))]
    assert frame["effect"].tolist() == pytest.approx([row["effect"] for row in rows])
    assert rows[0]["word"] == BETTER
    page = found.as_format("html")
    assert "<b>" not in page
    assert "a&lt;b&gt;::mlp" in page
    for form in ("md", "latex", "html"):
        assert BETTER in found.as_format(form)


def test_on_the_command_line(tmp_path, monkeypatch, capsys, noise):
    base = write(tmp_path / "base.jsonl", side({"fvu": noise(0)}).records)
    head = write(tmp_path / "head.jsonl", side({"fvu": noise(1, factor=0.8)}, suite_digest="3f2a91c04d1e77aa").records)
    other = write(tmp_path / "other.jsonl", side({"fvu": noise(0)}, task_version=2).records)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["aeeval", "compare", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        return (stop.value.code, *capsys.readouterr())

    code, out, _ = run(base, head)
    assert (code, BETTER in out) == (0, True)
    code, _, err = run(base, other)
    assert (code, "version of task" in err) == (4, True)
    assert run(base, tmp_path / "none")[0] == 3
