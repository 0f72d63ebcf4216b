"""Steps: found where they are, with their size, and in vain no more often than stated."""

import numpy as np
import pytest

from aeeval.stats.paired import over_seeds
from aeeval.stats.steps import steps


def series(seed, runs=12, tasks=5, seeds=3, sd=0.05):
    return sd * np.random.default_rng(seed).normal(size=(runs, tasks, seeds))


def test_no_step_in_what_never_changes():
    assert steps(np.tile(series(0, runs=1), (9, 1, 1))) == []
    assert steps(series(0, runs=1)) == []
    assert steps(np.empty((0, 2, 3))) == []


def test_a_step_is_found_where_it_is_with_its_size():
    values = series(1)
    values[7:] += 0.2
    (step,) = steps(values)
    assert step.at == 7
    assert step.low < 0.2 < step.high
    plain = over_seeds(values[7:].mean(axis=0) - values[:7].mean(axis=0))
    assert step.effect == pytest.approx(float(plain.estimate), rel=1e-12)
    assert step.p <= float(plain.p_differs()) * 11


def test_two_steps_up_and_down_have_the_effects_of_their_own_parts():
    values = series(2, runs=15)
    values[5:10] += 0.5
    one, two = steps(values)
    assert (one.at, two.at) == (5, 10)
    assert one.effect == pytest.approx(0.5, abs=0.06)
    assert two.effect == pytest.approx(-0.5, abs=0.06)


def test_a_step_between_runs_that_are_equal_to_the_last_bit():
    values = np.zeros((6, 3, 3))
    values[4:] = 0.25
    (step,) = steps(values)
    assert (step.at, step.effect, step.p) == (4, 0.25, 0.0)


def test_runs_that_lack_numbers_count_with_what_they_have():
    values = series(3)
    values[7:] += 0.3
    values[2, 1] = values[9, :, 0] = np.nan
    assert [step.at for step in steps(values)] == [7]
    values[5] = np.nan
    assert [step.at for step in steps(values)] == [7]


@pytest.mark.parametrize("seeds", [3, 10])
def test_a_history_without_a_step_shows_one_as_rarely_as_stated(seeds):
    runs, alpha = 300, 0.05
    found = sum(bool(steps(series(100 + i, runs=12, seeds=seeds), alpha)) for i in range(runs))
    # Binomial(300, .05): mean 15, sd 3.8, four of them. Without the correction for places it is 60 and more.
    assert found <= runs * alpha + 4 * (runs * alpha * (1 - alpha)) ** 0.5
    plain = sum(bool(steps(series(100 + i, runs=12, seeds=seeds), alpha * 11)) for i in range(runs))
    assert plain > 40
