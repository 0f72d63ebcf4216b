"""Intervals against scipy, hand-computed numbers and their own promise: the rate at which they cover."""

import math

import numpy as np
import pytest
from scipy import stats

from aeeval.stats.intervals import Interval, paired_effect, suite_interval, t_interval, t_intervals


@pytest.mark.parametrize("n", [2, 3, 10, 40])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
def test_t_interval_is_that_of_scipy(n, level):
    values = np.random.default_rng(n).normal(3.0, 2.0, n)
    low, high = stats.t.interval(level, n - 1, loc=values.mean(), scale=stats.sem(values))
    ours = t_interval(values, level)
    assert (ours.low, ours.high) == pytest.approx((low, high), rel=1e-12)
    assert (ours.mean, ours.n) == (pytest.approx(values.mean(), rel=1e-15), n)


def test_t_interval_of_three_values_by_hand():
    # mean 2 and s = 1; Student's t with 2 degrees of freedom has quantiles (2q-1) / sqrt(2q(1-q)): 4.303 at q = .975
    quantile = 0.95 / math.sqrt(2 * 0.975 * 0.025)
    interval = t_interval([1.0, 2.0, 3.0])
    assert interval.mean == 2.0
    assert interval.half == pytest.approx(quantile / math.sqrt(3), rel=1e-12)
    assert not interval.excludes_zero


def test_one_value_has_no_interval_and_none_is_an_error():
    assert t_interval([0.25]) == Interval(0.25, None, None, 1)
    assert t_interval([0.25]).half is None
    assert not t_interval([0.25]).excludes_zero
    with pytest.raises(ValueError, match="at least one value"):
        t_interval([])


def test_equal_values_have_an_interval_of_width_zero():
    assert t_interval([0.5, 0.5, 0.5]) == Interval(0.5, 0.5, 0.5, 3)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_t_interval_covers_at_its_level(n):
    runs, level = 2000, 0.95
    draws = np.random.default_rng(7 + n).normal(size=(runs, n))
    covered = sum(not t_interval(row, level).excludes_zero for row in draws)
    # Binomial(2000, .95): sd 9.7; four of them on each side. Normal quantiles instead of t cover .81 at n = 3.
    assert abs(covered - runs * level) < 4 * math.sqrt(runs * level * (1 - level))


def test_log_effect_by_hand_and_only_on_shared_pairs():
    values = {("a", 0): 0.03, ("a", 1): 0.01, ("b", 0): 0.5}
    reference = {("a", 0): 0.07, ("b", 0): 0.5, ("c", 0): 1.0}
    effect = paired_effect(values, reference, "log", floor=0.01)
    assert effect == {("a", 0): pytest.approx(math.log(0.04 / 0.08)), ("b", 0): 0.0}


def test_difference_takes_signed_numbers():
    assert paired_effect({("a", 0): -0.2}, {("a", 0): 0.1}, "difference", floor=9.0) == {
        ("a", 0): pytest.approx(-0.3, rel=1e-12)
    }


def test_floor_keeps_rounding_level_from_deciding():
    exact, rounding = {("a", 0): 1e-15}, {("a", 0): 1e-12}
    assert abs(paired_effect(exact, rounding, "log", floor=1e-6)[("a", 0)]) < 1e-5


def test_a_log_of_a_negative_number_names_the_way_out():
    with pytest.raises(ValueError, match="difference"):
        paired_effect({("a", 0): -0.2}, {("a", 0): 0.1}, "log", floor=0.1)


def test_unknown_effect_is_named():
    with pytest.raises(ValueError, match="'ratio'"):
        paired_effect({}, {}, "ratio")


def test_suite_interval_is_over_seeds_not_over_tasks():
    # tasks differ by 100, seeds by 1: per-seed means 51, 52, 53
    values = {(task, seed): offset + seed for task, offset in (("a", 1.0), ("b", 101.0)) for seed in range(3)}
    assert suite_interval(values) == t_interval([51.0, 52.0, 53.0])


def test_a_seed_that_lacks_a_task_is_left_out():
    values = {("hard", 0): 10.0, ("hard", 1): 12.0, ("easy", 0): 0.0, ("easy", 1): 2.0, ("easy", 2): 1.0}
    assert suite_interval(values) == t_interval([5.0, 7.0])


def test_without_a_complete_seed_the_mean_stands_alone():
    values = {("hard", 0): 10.0, ("easy", 1): 2.0, ("easy", 2): 4.0}
    assert suite_interval(values) == Interval(6.5, None, None, 0)


def test_suite_interval_needs_a_value():
    with pytest.raises(ValueError, match="at least one value"):
        suite_interval({})


def test_intervals_of_many_rows_are_those_of_each_in_every_bit():
    draw = np.random.default_rng(0)
    for n in (2, 3, 5, 7, 8, 9, 10, 17, 130):
        values = np.exp(draw.normal(size=(40, n)) * 20)
        values[0] = values[0, 0]
        assert t_intervals(values[:, ::-1]) == [t_interval(list(row[::-1])) for row in values]
        assert t_intervals(values) == [t_interval(row) for row in values]
