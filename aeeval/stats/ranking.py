"""Ranks of many entrants from paired effects: scores, which of two is better, rank ranges, the Pareto front.

Effects are (entrants, tasks, seeds), each against a frozen reference, lower is better; NaN is a missing number.
"""

import numpy as np
from scipy import special

from aeeval.stats.paired import Array, holm

ROUNDING = 1e-14  # of the square of the largest effect: below it a variance is what subtraction left over


def competition_ranks(scores: Array) -> Array:
    """1 + how many entrants score lower, so that equal ones share a rank; NaN has the rank 0."""
    with np.errstate(invalid="ignore"):
        lower = (scores[None, :] < scores[:, None]).sum(axis=1)
    return np.where(np.isnan(scores), 0, lower + 1)


def pair_p(effects: Array) -> tuple[Array, Array]:
    """(N, N) mean of e_i − e_j over the tasks that both have, and the two-sided p-value that it is 0.

    For every pair the test of `over_seeds` on its paired differences: seeds that both have, tasks with at least two of
    them, Welch and Satterthwaite's degrees of freedom. NaN where a pair has no such task.
    """
    entrants, tasks, _ = effects.shape
    total, used, spread, own = (np.zeros((entrants, entrants)) for _ in range(4))
    for task in range(tasks):
        mean, share, freedom = _differences(effects[:, task])
        there = freedom > 0
        total += np.where(there, mean, 0.0)
        used += there
        spread += np.where(there, share, 0.0)
        own += np.where(there, share**2 / np.maximum(freedom, 1), 0.0)
    return _tested(total, used, spread, own)


def _differences(effects: Array) -> tuple[Array, Array, Array]:
    """Of one task (entrants, seeds): mean, variance over number, and number − 1 of the differences of every pair."""
    there = ~np.isnan(effects)
    mask = there.astype(float)
    middle = effects[there].mean() if there.any() else 0.0
    x = np.where(there, effects - middle, 0.0)  # centred: a variance is then no difference of large numbers
    number = mask @ mask.T
    sums = x @ mask.T
    sums = sums - sums.T
    squares = x**2 @ mask.T
    squares = squares + squares.T - 2 * (x @ x.T)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums / number
        variance = (squares - sums * mean) / (number - 1)
        least = ROUNDING * np.max(x**2, initial=0.0)
        return mean, np.where(variance > least, variance, 0.0) / number, number - 1


def _tested(total: Array, used: Array, spread: Array, own: Array) -> tuple[Array, Array]:
    rows, columns = np.triu_indices(len(total), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / used
        one = (rows, columns)
        distance = np.abs(mean[one]) / (np.sqrt(spread[one]) / used[one])
        p = 2 * special.stdtr(spread[one] ** 2 / own[one], -distance)
    still = spread[one] == 0
    p = np.where(still, np.where(np.abs(mean[one]) > np.sqrt(ROUNDING), 0.0, 1.0), p)
    every = np.full(total.shape, np.nan)
    every[one] = every[columns, rows] = np.where(used[one] > 0, p, np.nan)
    return mean, every


def better(effects: Array, alpha: float = 0.05) -> Array:
    """(N, N) whether entrant i is better than j beyond doubt: p ≤ alpha by Holm's rule over all pairs."""
    mean, p = pair_p(effects)
    rows, columns = np.triu_indices(len(mean), 1)
    sure = np.zeros(mean.shape, dtype=bool)
    sure[rows, columns] = sure[columns, rows] = holm(p[rows, columns]) <= alpha
    with np.errstate(invalid="ignore"):
        return sure & (mean < 0)


def rank_ranges(sure: Array) -> tuple[Array, Array]:
    """The best and the worst rank that is left open by a matrix of `better`: 1 + those above, N − those below."""
    return 1 + sure.sum(axis=0), len(sure) - sure.sum(axis=1)


def pareto(points: Array) -> Array:
    """(N,) whether no other one of the points (N, criteria) is at least as low everywhere and lower somewhere.

    A point that lacks a number is on no front and keeps none away from it.
    """
    whole = ~np.isnan(points).any(axis=1)
    front = whole.copy()
    kept = points[whole]
    for index in np.flatnonzero(whole):
        below = (kept <= points[index]).all(axis=1) & (kept < points[index]).any(axis=1)
        front[index] = not below.any()
    return front


def mean_ranks(scores: Array, draws: int, rng: np.random.Generator, level: float = 0.95) -> tuple[Array, Array, Array]:
    """The mean over tasks of each entrant's rank on it, from scores (entrants, tasks), with a bootstrap over tasks.

    -> mean, low, high: percentiles of `draws` resamples of the tasks. Ranks of ties are shared (their mean). It moves
    when entrants come or go, which the mean effect does not. Entrants are to have every task.
    """
    from scipy.stats import rankdata

    ranks = rankdata(scores, axis=0)
    weights = rng.multinomial(ranks.shape[1], np.full(ranks.shape[1], 1 / ranks.shape[1]), size=draws) / ranks.shape[1]
    resampled = weights @ ranks.T
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return ranks.mean(axis=1), low, high
