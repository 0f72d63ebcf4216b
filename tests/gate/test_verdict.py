"""The words of the gate: what passes, what fails, and what is left open."""

import dataclasses

import numpy as np
import pytest

from aeeval.gate.pairing import pair
from aeeval.gate.settings import Settings
from aeeval.gate.text import conclusion, page, terminal
from aeeval.gate.verdict import FAIL, IDENTICAL, INCONCLUSIVE, NOT_GATED, PASS, gate
from tests.gate.conftest import judged, side
from tests.report.conftest import METRICS

NAN = float("nan")


def words(verdict):
    return {line.pairs.headline.metric.id: line.verdict for line in verdict.lines}


def test_the_same_numbers_are_identical_and_no_test(noise):
    verdict = judged({"fvu": noise(0)}, {"fvu": noise(0)})
    assert (verdict.word, verdict.exit_code(strict=True)) == (IDENTICAL, 0)
    assert np.isnan(verdict.lines[0].p)


def test_one_bit_makes_the_difference_between_identical_and_pass(noise):
    head = noise(0)
    head[0, 0] = np.nextafter(head[0, 0], 1)
    assert judged({"fvu": noise(0)}, {"fvu": head}).word == PASS


def test_noise_below_the_margin_passes_and_a_uniform_shift_fails(noise):
    assert judged({"fvu": noise(0)}, {"fvu": noise(1)}).word == PASS
    worse = judged({"fvu": noise(0)}, {"fvu": noise(1, factor=1.1)})
    assert (worse.word, worse.exit_code()) == (FAIL, 1)
    assert "the mean over tasks" in "\n".join(conclusion(worse))
    better = judged({"fvu": noise(0)}, {"fvu": noise(1, factor=0.9)})
    assert (better.word, better.exit_code(strict=True)) == (PASS, 0)


def test_higher_is_better_turns_the_sides(noise):
    metrics = {**METRICS, "psnr": dataclasses.replace(METRICS["psnr"], headline=True, margin=0.01)}

    def word(factor):
        sides = side({"psnr": noise(0)}, path="base"), side({"psnr": noise(1, factor=factor)}, path="head")
        return gate(*sides, pair(*sides, metrics), Settings()).word

    assert word(0.8) == FAIL
    assert word(1.2) == PASS


def test_one_broken_task_fails_by_name_where_the_mean_does_not(noise):
    head = noise(1)
    head[3] *= 1.5
    head[0] /= 1.5
    verdict = judged({"fvu": noise(0)}, {"fvu": head})
    assert verdict.word == FAIL
    assert [task.place[0] for task in verdict.lines[0].tasks if task.verdict == FAIL] == ["task3"]
    assert "task3" in terminal(verdict)
    assert "mean over tasks" not in "\n".join(conclusion(verdict))


def test_loud_noise_is_inconclusive_and_says_what_would_settle_it(noise):
    verdict = judged({"fvu": noise(0, sd=0.2)}, {"fvu": noise(1, sd=0.2)})
    (line,) = verdict.lines
    assert (verdict.word, verdict.exit_code(), verdict.exit_code(strict=True)) == (INCONCLUSIVE, 0, 5)
    assert line.settle is not None
    assert line.settle > 5
    assert line.least > line.margin
    assert Settings(strict=True).strict
    assert judged({"fvu": noise(0, sd=0.2)}, {"fvu": noise(1, sd=0.2)}, Settings(strict=True)).exit_code() == 5


def test_the_seeds_that_would_settle_it_do(noise):
    base, head = noise(0, sd=0.1), noise(1, sd=0.1)
    (line,) = judged({"fvu": base}, {"fvu": head}).lines
    assert line.verdict == INCONCLUSIVE
    times = -(-line.settle // base.shape[1])
    copies = [np.tile(array, (1, times)) for array in (base, head)]  # the same mean and nearly the same spread
    assert judged(*({"fvu": array} for array in copies)).word == PASS


def test_one_seed_decides_nothing(noise):
    (line,) = judged({"fvu": noise(0, seeds=1)}, {"fvu": noise(1, seeds=1, factor=9)}).lines
    assert (line.verdict, line.why) == (INCONCLUSIVE, "one seed shows no spread: run more")


def test_every_further_headline_makes_the_rest_less_sure():
    rng = np.random.default_rng(3)
    base, head = 0.1 * np.ones((4, 3)), 0.1 * np.exp(0.09 + 0.02 * rng.normal(size=(4, 3)))
    alone = judged({"fvu": base}, {"fvu": head}).lines[0]
    names = ("dimension_mismatch", "extrapolation_error", "memorised_noise", "sliced_wasserstein")
    quiet = {name: 0.1 + 1e-4 * rng.normal(size=(4, 3)) for name in names}
    among = judged({"fvu": base, **quiet}, {"fvu": head, **{k: v + 1e-6 for k, v in quiet.items()}}).lines[0]
    assert among.p == pytest.approx(5 * alone.p, rel=1e-9)
    assert among.least > alone.least


def test_a_failure_of_head_ends_with_three_and_one_of_both_sides_does_not(noise):
    lost, both = noise(1), noise(0)
    lost[2, 0] = NAN
    verdict = judged({"fvu": noise(0)}, {"fvu": lost})
    assert (verdict.word, verdict.exit_code()) == (FAIL, 3)
    assert any("task2" in line and "failed: broken" in line for line in conclusion(verdict))
    both[2, 0] = NAN
    assert judged({"fvu": both}, {"fvu": lost}).exit_code() == 0


def test_a_task_that_head_skips_altogether_cannot_pass_and_one_seed_of_it_can(noise):
    base, sides = noise(0), side({"fvu": noise(0)}, path="base")

    def against(skipped):
        array = noise(1)
        head = side({"fvu": array}, path="head")
        records = tuple(
            dataclasses.replace(r, status="skipped", value=None, reason="codes do not vary") if skipped(r) else r
            for r in head.records
        )
        head = dataclasses.replace(head, records=records)
        return gate(sides, head, pair(sides, head, METRICS), Settings())

    assert base.shape == (5, 5)
    assert against(lambda r: r.task == "task1" and r.seed == 0).word == PASS
    gone = against(lambda r: r.task == "task1")
    assert (gone.word, gone.exit_code(), gone.exit_code(strict=True)) == (INCONCLUSIVE, 0, 5)
    assert "HEAD has no number on task1 (k=2) (skipped)" in "\n".join(conclusion(gone))


def test_what_only_base_has_is_open_and_what_only_head_has_is_news(noise):
    both = {"fvu": noise(0), "dimension_mismatch": noise(2)}
    assert words(judged(both, {"fvu": noise(1)})) == {"fvu": PASS, "dimension_mismatch": INCONCLUSIVE}
    assert words(judged({"fvu": noise(1)}, both)) == {"fvu": PASS, "dimension_mismatch": NOT_GATED}


def test_throughput_and_what_the_project_leaves_out_are_shown_only(noise):
    both = {"fvu": noise(0), "memorised_noise": noise(2)}
    worse = {"fvu": noise(1), "memorised_noise": noise(2) + 1}
    verdict = judged(both, worse, Settings({"overfitting": None}))
    assert words(verdict) == {"fvu": PASS, "memorised_noise": NOT_GATED}
    assert verdict.word == PASS
    assert Settings().margin(METRICS["samples_per_s"]) is None


def test_margins_are_those_of_the_project(noise):
    worse = {"fvu": noise(1, factor=1.1)}
    assert judged({"fvu": noise(0)}, worse, Settings({"reconstruction": 0.2})).word == PASS


def test_every_number_of_a_page_can_be_read(noise):
    text = page(judged({"fvu": noise(0)}, {"fvu": noise(1, factor=1.1)}))
    assert "×1.1" in text
    assert "×1.051" in text
    assert "<details>" in text
    assert "nan" not in text
