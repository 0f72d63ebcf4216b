"""Supports that are graded or have a gap keep the laws of a support; wrong ones are shown to break them."""

import dataclasses
import math

import pytest
import torch
from scipy import stats

from aeeval.manifolds.densities import with_density
from aeeval.manifolds.embedded import normalised
from aeeval.manifolds.make import make
from tests.manifolds import laws
from tests.manifolds.instances import KNOWLEDGE, Instance

N = 10_000
ROLL_LENGTH = 89.37327  # of the whole spiral


def seeded(seed):
    return torch.Generator().manual_seed(seed)


CASES = {
    "vmf-cap": ("sphere", {"dim": 2, "ambient_dim": 6}, "cap", "vmf", {"kappa": 30.0}),
    "vmf-all": ("sphere", {"dim": 3}, "all", "vmf", {}),
    "exponential-cap": ("sphere", {"dim": 3, "radius": 2.0}, "cap", "exponential", {}),
    "exponential-roll": ("swiss-roll", {"ambient_dim": 5}, "box", "exponential", {}),
    "exponential-plane": ("plane", {"dim": 3}, "box", "exponential", {}),
    "exponential-graph": ("graph", {"ambient_dim": 5}, "box", "exponential", {}),
    "gap-cap": ("sphere", {"dim": 2, "ambient_dim": 6}, "cap", "gap", {}),
    "gap-sphere": ("sphere", {"dim": 3}, "all", "gap", {"lo": 0.3, "hi": 0.5}),
    "gap-roll": ("swiss-roll", {}, "box", "gap", {}),
    "gap-plane": ("plane", {"dim": 2, "ambient_dim": 4}, "box", "gap", {"lo": 0.2, "hi": 0.7}),
    "gap-interval": ("plane", {"dim": 1}, "all", "gap", {}),
}
GAPS = [case for case in CASES if case.startswith("gap")]
EXPONENTIALS = [case for case in CASES if case.startswith("exponential")]


def case(label, unit=False):
    name, params, support_name, density, density_params = CASES[label]
    support = with_density(make(name, seed=7, **params).support(support_name), density, density_params)
    chart, share = KNOWLEDGE[name]
    return Instance(label, normalised(support) if unit else support, chart, share)


@pytest.mark.parametrize("label", CASES)
def test_a_graded_support_keeps_the_laws_of_a_support(label):
    i = case(label, unit=label.endswith("roll"))
    assert i.support.density == CASES[label][3]
    laws.samples_lie_on_it(i)
    laws.centroid_and_scale_are_those_of_samples(i)
    laws.support_distance_is_zero_on_it(i)
    laws.lengths_are_lipschitz(i)
    laws.support_distance_grows_at_unit_speed(i)


@pytest.mark.parametrize("label", CASES)
def test_densities_average_to_one(label):
    """Over uniform points of S the mean of p · volume is 1, as far as chance allows; 10 % more is seen."""
    i = case(label)
    whole = make(CASES[label][0], seed=7, **CASES[label][1]).support(CASES[label][2])
    ratio = (i.support.log_prob(whole.sample(20_000, seeded(5))) + whole.log_volume).exp()
    assert laws.within_errors(ratio, 1.0)
    assert not laws.within_errors(1.1 * ratio, 1.0)
    assert i.support.log_prob(i.support.sample(500, seeded(6))).isfinite().all()


@pytest.mark.parametrize("label", EXPONENTIALS)
def test_the_density_spans_three_decades(label):
    i = case(label)
    x = i.support.native.uniform.sample(20_000, seeded(8))
    depth = i.support.log_prob(i.manifold.lift(x))
    assert (depth.max() - depth.min()) / math.log(10) == pytest.approx(3, abs=0.25)  # the pole is rarely met
    assert (depth.max() - depth.min()) / math.log(10) <= 3 + 1e-9


@pytest.mark.parametrize("label", GAPS)
def test_a_gap_is_empty_and_beyond_the_support(label):
    i = case(label)
    whole = make(CASES[label][0], seed=7, **CASES[label][1]).support(CASES[label][2])
    x = whole.sample(N, seeded(9))
    empty = i.support.log_prob(x) == -math.inf
    share = math.exp(i.support.log_volume - whole.log_volume)
    assert stats.binomtest(int((~empty).sum()), N, share).pvalue > laws.ALARM
    assert not i.support.log_prob(i.support.sample(N, seeded(10))).isinf().any()
    depth = i.support.support_distance(x)
    assert (depth[empty] > 0).all()
    assert depth[~empty].max() <= 1e-6 * i.support.scale
    beyond = i.support.propose_beyond(2000, i.support.farthest, seeded(12))
    in_gap = whole.log_prob(beyond).isfinite()
    assert in_gap.sum() >= 900
    assert i.support.support_distance(beyond).min() > 0
    assert in_gap.all() == (whole.farthest == 0)


def test_distance_into_a_gap_is_the_length_to_its_nearer_side():
    support = with_density(make("swiss-roll").support("all"), "gap", {"lo": 0.4, "hi": 0.6})
    roll = support.manifold.native
    shares = torch.tensor([0.0, 0.39, 0.41, 0.5, 0.59, 0.7], dtype=torch.float64)
    m = support.manifold.lift(roll.at(shares, torch.full((6,), 0.2, dtype=torch.float64)))
    expected = [0, 0, 0.01 * ROLL_LENGTH, 0.1 * ROLL_LENGTH, 0.01 * ROLL_LENGTH, 0]
    assert support.support_distance(m).tolist() == pytest.approx(expected, abs=1e-4)
    assert support.farthest == pytest.approx(0.1 * ROLL_LENGTH, abs=1e-4)
    assert make("sphere").support("all").embedding_dim == (3, 3)
    assert with_density(make("sphere").support("all"), "gap").embedding_dim == (2, 2)


def test_beyond_a_gap_in_a_box_the_corner_of_what_is_left_is_nearest():
    support = with_density(make("plane", dim=2, half_width=2.0).support("box"), "gap", {"lo": 0.25, "hi": 0.75})
    z = torch.tensor([[0.1, 1.3], [0.0, 0.0], [0.7, 1.5], [-1.5, 0.0], [1.3, -1.4]], dtype=torch.float64)
    expected = [math.hypot(0.4, 0.3), 0.5, 0.5, 0.5, 0.5]
    got = support.support_distance(support.manifold.lift(z))
    assert got.tolist() == pytest.approx(expected, abs=1e-12)


def test_a_wrong_centroid_scale_and_distance_are_seen():
    i = case("exponential-roll")
    uniform = make("swiss-roll", seed=7, ambient_dim=5).support("box")
    for wrong in (dataclasses.replace(i, support=_with(i.support, centroid=uniform.centroid)), _scaled(i)):
        with pytest.raises(AssertionError):
            laws.centroid_and_scale_are_those_of_samples(wrong)
    gap = case("gap-roll")
    closed = dataclasses.replace(gap, support=_with(gap.support, support_distance=lambda m: m.new_zeros(len(m))))
    with pytest.raises(AssertionError):
        laws.support_distance_is_zero_on_it(closed)


def _with(support, **answers):
    class Other:
        def __getattr__(self, name):
            return answers.get(name, getattr(support, name))

    return Other()


def _scaled(i):
    return dataclasses.replace(i, support=_with(i.support, scale=1.05 * i.support.scale))


def test_draws_depend_on_the_generator_alone():
    for label in CASES:
        support = case(label).support
        first, again, other = (support.sample(30, seeded(seed)) for seed in (1, 1, 2))
        assert first.numpy().tobytes() == again.numpy().tobytes()
        assert not torch.equal(first, other)
