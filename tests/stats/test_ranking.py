"""Ranks against hand-computed 3×3 tables, scipy, and a slow but plain version of each."""

import itertools

import numpy as np
import pytest
from scipy import stats

from aeeval.stats.paired import holm, over_seeds
from aeeval.stats.ranking import better, competition_ranks, mean_ranks, pair_p, pareto, rank_ranges

NAN = float("nan")
# Three entrants on three tasks, one number each: entrant 0 wins two tasks of three and has the best mean of none.
TABLE = np.array([[1.0, 1.0, 9.0], [2.0, 2.0, 2.0], [3.0, 3.0, 1.0]])


def test_a_table_of_three_by_three_by_hand():
    means = TABLE.mean(axis=1)  # 11/3, 2, 7/3
    assert competition_ranks(means).tolist() == [3, 1, 2]
    ranks, low, high = mean_ranks(TABLE, 500, np.random.default_rng(0))  # ranks 1 1 3, 2 2 2, 3 3 1
    assert ranks == pytest.approx([5 / 3, 2.0, 7 / 3])
    assert (low <= ranks).all()
    assert (ranks <= high).all()
    assert (low[1], high[1]) == (2.0, 2.0)


def test_ties_share_a_rank_and_the_missing_have_none():
    assert competition_ranks(np.array([0.2, 0.1, NAN, 0.2, 0.3])).tolist() == [2, 1, 0, 2, 4]


def test_the_mean_rank_is_that_of_scipy():
    scores = np.random.default_rng(1).integers(0, 4, size=(6, 5)).astype(float)
    assert mean_ranks(scores, 10, np.random.default_rng(0))[0] == pytest.approx(stats.rankdata(scores, axis=0).mean(1))


def test_the_bootstrap_over_tasks_is_seeded_and_has_the_error_of_the_mean():
    scores = np.random.default_rng(2).normal(size=(4, 40))
    one, two = (mean_ranks(scores, 2000, np.random.default_rng(3)) for _ in range(2))
    assert all((a == b).all() for a, b in zip(one, two, strict=True))
    ranks = stats.rankdata(scores, axis=0)
    half = 1.96 * ranks.std(axis=1) / np.sqrt(40)
    assert (one[2] - one[1]) / 2 == pytest.approx(half, rel=0.1)  # 2,000 draws: quantiles to 3 %


def test_every_pair_has_the_test_of_its_paired_differences():
    rng = np.random.default_rng(4)
    effects = rng.normal(size=(5, 4, 3)) * np.array([0.1, 1.0, 3.0, 0.5])[:, None]
    effects[0, 1, 0] = effects[3, 2, :] = effects[2, 0, 1:] = NAN
    mean, p = pair_p(effects)
    for i, j in itertools.permutations(range(5), 2):
        difference = effects[i] - effects[j]
        several = (~np.isnan(difference)).sum(axis=1) > 1
        plain = over_seeds(difference[several])
        assert mean[i, j] == pytest.approx(float(plain.estimate), rel=1e-9)
        side = float(plain.p_above(0.0))
        assert p[i, j] == pytest.approx(2 * min(side, 1 - side), rel=1e-6)


def test_equal_entrants_are_no_better_than_each_other():
    effects = np.tile(np.random.default_rng(5).normal(size=(1, 3, 4)), (3, 1, 1))
    assert not better(effects).any()
    best, worst = rank_ranges(better(effects))
    assert (best.tolist(), worst.tolist()) == ([1, 1, 1], [3, 3, 3])


def test_one_seed_excludes_no_rank_and_many_quiet_ones_all():
    level = np.array([0.0, 1.0, 2.0])[:, None, None]
    noise = 0.01 * np.random.default_rng(6).normal(size=(3, 4, 5))
    best, worst = rank_ranges(better((level + noise)[:, :, :1]))
    assert (best.tolist(), worst.tolist()) == ([1, 1, 1], [3, 3, 3])
    best, worst = rank_ranges(better(level + noise))
    assert (best.tolist(), worst.tolist()) == ([1, 2, 3], [1, 2, 3])


def test_any_wrong_order_among_equals_is_as_rare_as_stated():
    rng, runs, alpha = np.random.default_rng(7), 400, 0.05
    wrong = sum(better(rng.normal(size=(8, 5, 3)), alpha).any() for _ in range(runs))
    # Binomial(400, .05): mean 20, sd 4.4, four of them. Without Holm's rule 28 pairs are wrong in most of the runs.
    assert wrong <= runs * alpha + 4 * (runs * alpha * (1 - alpha)) ** 0.5
    rows, columns = np.triu_indices(8, 1)
    plain = sum((pair_p(rng.normal(size=(8, 5, 3)))[1][rows, columns] < alpha).any() for _ in range(50))
    assert plain > 25


def test_better_corrects_for_all_pairs():
    effects = np.random.default_rng(8).normal(size=(4, 3, 3)) + np.arange(4.0)[:, None, None]
    _, p = pair_p(effects)
    rows, columns = np.triu_indices(4, 1)
    assert better(effects).sum() == (holm(p[rows, columns]) <= 0.05).sum()


def test_the_front_by_hand():
    points = np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 3.0], [1.0, 3.0], [0.0, NAN]])
    assert pareto(points).tolist() == [True, True, False, True, False]
