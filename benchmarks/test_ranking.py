"""How long a large board takes: 1,000 submissions on 50 tasks with 10 seeds; `pytest benchmarks --benchmark-only`.

Reported, never asserted. It is to take less than 5 s on one core; that of two sides with as many tasks is beside it.
"""

import numpy as np
import pytest

from aeeval.stats.gate_rule import judge
from aeeval.stats.paired import over_seeds, over_tasks
from aeeval.stats.ranking import better, competition_ranks, mean_ranks, pareto, rank_ranges

ENTRANTS, TASKS, SEEDS = 1_000, 50, 10


@pytest.fixture(scope="module")
def effects():
    rng = np.random.default_rng(0)
    level = 0.3 * rng.normal(size=(ENTRANTS, 1, 1)) + 0.2 * rng.normal(size=(ENTRANTS, TASKS, 1))
    return level + 0.1 * rng.normal(size=(ENTRANTS, TASKS, SEEDS))


def test_a_whole_ranking(benchmark, effects):
    """Scores with both intervals, ranks, the ranks that half a million pairs leave open, and the front."""

    def rank():
        mean, other = over_seeds(effects), over_tasks(effects)
        ends = [one.bound(level) for one in (mean, other) for level in (0.025, 0.975)]
        pareto(np.stack([mean.estimate, other.stderr], axis=1))
        return competition_ranks(mean.estimate), rank_ranges(better(effects)), ends

    benchmark.pedantic(rank, rounds=3, warmup_rounds=1)


def test_mean_ranks(benchmark, effects):
    tasks = effects.mean(axis=2)
    benchmark.pedantic(mean_ranks, args=(tasks, 2_000, np.random.default_rng(0)), rounds=3)


def test_the_gate_on_two_sides(benchmark, effects):
    benchmark.pedantic(judge, args=([effects[0]] * 5, [0.05] * 5), rounds=20)
