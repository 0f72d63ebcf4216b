"""Means of a few tasks at a few seeds, against scipy, statsmodels, hand-computed numbers and their promised rates."""

import math

import numpy as np
import pytest
from scipy import stats

from aeeval.stats.intervals import log_ratio
from aeeval.stats.paired import Mean, each_task, effect, holm, least_detectable, over_seeds, over_tasks

NAN = float("nan")


def draws(*shape, seed=0, scale=1.0):
    return np.random.default_rng(seed).normal(size=shape) * scale


def test_one_task_is_the_t_test_of_scipy():
    values = draws(4, 1, 5, seed=1) + 0.3
    mean = over_seeds(values)
    scipys = stats.ttest_1samp(values, 0.1, axis=-1, alternative="greater")
    assert mean.p_above(0.1) == pytest.approx(scipys.pvalue[:, 0], rel=1e-12)
    low, high = stats.t.interval(0.95, 4, loc=values.mean(-1), scale=stats.sem(values, axis=-1))
    assert mean.bound(0.025) == pytest.approx(low[:, 0], rel=1e-12)
    assert mean.bound(0.975) == pytest.approx(high[:, 0], rel=1e-12)


def test_two_tasks_of_unequal_noise_are_the_test_of_welch():
    quiet, loud = draws(6, seed=2, scale=0.1), draws(6, seed=3)
    mean = over_seeds(np.stack([quiet, loud]))
    welch = stats.ttest_ind(quiet, -loud, equal_var=False, alternative="greater")
    assert mean.p_above(0.0) == pytest.approx(welch.pvalue, rel=1e-12)
    assert mean.df == pytest.approx(welch.df, rel=1e-12)
    assert mean.estimate == pytest.approx((quiet.mean() + loud.mean()) / 2, rel=1e-12)


def test_each_task_is_tested_by_itself():
    values = draws(2, 3, 4, seed=4)
    expected = stats.ttest_1samp(values, 0.0, axis=-1, alternative="greater")
    assert each_task(values).p_above(0.0) == pytest.approx(expected.pvalue, rel=1e-12)


def test_over_tasks_is_the_t_interval_of_their_means():
    values = draws(5, 3, seed=5)
    low, high = stats.t.interval(0.95, 4, loc=values.mean(), scale=stats.sem(values.mean(axis=1)))
    assert over_tasks(values).bound(0.025) == pytest.approx(low, rel=1e-12)
    assert over_tasks(values).bound(0.975) == pytest.approx(high, rel=1e-12)


def test_a_table_of_three_by_three_by_hand():
    # means 2, 0, 4; variances 1, 0, 4: v = 1/3, 0, 4/3; stderr sqrt(5/3)/3; df (5/3)^2 / ((1/9 + 16/9)/2) = 50/17
    mean = over_seeds(np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [2.0, 4.0, 6.0]]))
    assert mean.estimate == pytest.approx(2.0, rel=1e-15)
    assert mean.stderr == pytest.approx(math.sqrt(5 / 3) / 3, rel=1e-15)
    assert mean.df == pytest.approx(50 / 17, rel=1e-14)


def test_a_missing_number_is_no_number():
    holes = np.array([[1.0, NAN, 3.0], [4.0, 6.0, NAN]])
    whole = np.array([[1.0, 3.0], [4.0, 6.0]])
    for one, other in zip(vars(over_seeds(holes)).values(), vars(over_seeds(whole)).values(), strict=True):
        assert one == pytest.approx(other, rel=1e-15)


def test_a_task_with_one_seed_is_left_out_where_others_have_more():
    assert over_seeds(np.array([[1.0, 3.0], [50.0, NAN]])).estimate == 2.0
    assert over_seeds(np.array([[1.0, 3.0], [NAN, NAN]])).estimate == 2.0


def test_one_seed_everywhere_has_a_mean_and_no_test():
    mean = over_seeds(np.array([[1.0], [3.0]]))
    assert mean.estimate == 2.0
    assert mean.df == 0
    assert np.isnan([mean.stderr, mean.bound(0.975), mean.p_above(0.0), least_detectable(mean, 0.05)]).all()


def test_nothing_at_all_has_no_mean():
    assert np.isnan(over_seeds(np.full((2, 3), NAN)).estimate)


def test_without_spread_the_side_of_the_margin_decides():
    mean = over_seeds(np.full((2, 3), 0.0625))
    assert mean.p_above(0.04) == 0.0
    assert mean.p_above(0.0625) == 1.0
    assert mean.bound(0.975) == 0.0625


@pytest.mark.parametrize("m", [1, 7])
def test_holm_is_that_of_statsmodels(m):
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    p = np.random.default_rng(m).uniform(0, 0.2, size=(2, m)) ** 2
    for ours, row in zip(holm(p), p, strict=True):
        assert ours == pytest.approx(multitest.multipletests(row, method="holm")[1], rel=1e-12)


def test_holm_by_hand_with_a_tie_and_no_test():
    assert holm(np.array([0.01, NAN, 0.04, 0.01])) == pytest.approx([0.03, NAN, 0.04, 0.03], nan_ok=True)
    assert holm(np.array([0.5, 0.9])) == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize("df", [2, 8, 40])
def test_the_least_detectable_effect_has_the_power_of_statsmodels(df):
    power = pytest.importorskip("statsmodels.stats.power")
    n = df + 1
    shift = least_detectable(Mean(np.array(0.0), np.array(1 / math.sqrt(n)), np.array(float(df))), 0.025)
    assert power.TTestPower().power(float(shift), n, 0.025, alternative="larger") == pytest.approx(0.8, abs=1e-6)


def test_effects_are_those_of_single_numbers():
    values, reference = np.array([0.03, 1.0]), np.array([0.07, 0.5])
    expected = [log_ratio(a, b, 0.01) for a, b in zip(values, reference, strict=True)]
    assert effect(values, reference, "log", 0.01) == pytest.approx(expected, rel=1e-15)
    assert effect(values, reference, "difference", 9.0) == pytest.approx([-0.04, 0.5])
    with pytest.raises(ValueError, match="difference"):
        effect(np.array([-0.2]), reference, "log", 0.1)
    with pytest.raises(ValueError, match="'ratio'"):
        effect(values, reference, "ratio", 0.1)


@pytest.mark.parametrize("n", [2, 3, 10])
@pytest.mark.parametrize("spread", [1.0, 20.0], ids=["equal", "unequal"])
def test_the_mean_over_tasks_is_above_zero_in_vain_at_most_at_the_level(n, spread):
    runs, level, scale = 4000, 0.05, np.geomspace(1, spread, 6)[:, None]
    values = draws(runs, 6, n, seed=n) * scale
    # Binomial(4000, .05): sd 14, four of them allowed. Normal quantiles, or the variance of one task, give over 300.
    assert (over_seeds(values).p_above(0.0) <= level).sum() < runs * level + 4 * math.sqrt(runs * level * (1 - level))


@pytest.mark.parametrize("n", [3, 10])
def test_both_ends_of_the_interval_over_seeds_cover_at_their_level(n):
    runs, values = 4000, draws(4000, 6, n, seed=10 + n)
    covered = (over_seeds(values).bound(0.025) <= 0) & (over_seeds(values).bound(0.975) >= 0)
    assert covered.sum() > 0.95 * runs - 4 * math.sqrt(runs * 0.95 * 0.05)
