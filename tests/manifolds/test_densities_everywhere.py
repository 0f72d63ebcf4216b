"""Every density on the supports of every registered manifold that takes it: one law each for sample and log_prob."""

import math

import pytest
import torch
from scipy import stats

from aeeval.errors import GeometryError
from aeeval.manifolds import DENSITIES, MANIFOLDS
from aeeval.manifolds.densities import with_density
from aeeval.manifolds.make import make
from tests.manifolds import laws

N = 1000
GRADED = [name for name in DENSITIES if name != "uniform"]


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def attempts(density):
    """(name, support, the same with the density, or why it does not take it), by the last support of all manifolds."""
    for name in MANIFOLDS:
        made = make(name, seed=5)
        support = made.support(made.support_names()[-1])
        try:
            yield name, support, with_density(support, density)
        except GeometryError as error:
            yield name, support, str(error)


@pytest.fixture(scope="module", params=GRADED)
def tried(request):
    return list(attempts(request.param))


@pytest.fixture
def graded(tried):
    return [(name, support, answer) for name, support, answer in tried if not isinstance(answer, str)]


def test_each_density_is_taken_or_refused_with_the_way_out(tried, graded):
    assert graded
    for name, support, reason in tried:
        if isinstance(reason, str):
            expected, got, way_out = reason.split("; ")
            assert expected.startswith("expected"), name
            assert got.startswith("got"), name
            assert way_out
            assert support.name in got or "one more on top" in got, reason


def test_log_prob_averages_to_one(graded):
    """E_uniform[p · volume] = 1 and E_p[1/p] = volume of S: sample and log_prob belong together."""
    for name, uniform, support in graded:
        ratio = (support.log_prob(uniform.sample(N, seeded(1))) + uniform.log_volume).exp()
        assert laws.within_errors(ratio, 1.0), name
        x = support.sample(N, seeded(2))
        assert support.log_prob(x).isfinite().all(), name
        inverse = (-support.log_prob(x) - support.log_volume).exp()
        assert inverse.std() == 0 or laws.within_errors(inverse, 1.0), name


def test_centroid_and_scale_are_those_of_samples(graded):
    for name, _, support in graded:
        x = support.sample(N, seeded(3))
        squares = (x - support.centroid).square().sum(dim=1)
        assert laws.within_errors(squares, support.scale**2), name
        assert torch.linalg.vector_norm(x.mean(dim=0) - support.centroid) <= 6 * support.scale / N**0.5, name


def test_samples_of_the_uniform_support_thinned_by_p_have_the_same_law(graded):
    """Kolmogorov and Smirnov on the coordinate: draws by p against uniform draws kept with probability ∝ p."""
    for name, uniform, support in graded:
        x = uniform.sample(4 * N, seeded(4))
        depth = support.log_prob(x)
        kept = x[torch.rand(len(x), generator=seeded(5), dtype=torch.float64) <= (depth - depth.max()).exp()]
        along = [support.native.axis.of(support.manifold.coordinates(y)) for y in (kept, support.sample(N, seeded(6)))]
        assert len(kept) >= 50, name
        assert stats.ks_2samp(along[0].numpy(), along[1].numpy()).pvalue > laws.ALARM / len(MANIFOLDS), name


@pytest.mark.parametrize("tried", ["exponential"], indirect=True)
def test_the_exponential_density_spans_three_decades(graded):
    for name, uniform, support in graded:
        depth = support.log_prob(uniform.sample(N, seeded(7)))
        assert (depth.max() - depth.min()) / math.log(10) <= 3 + 1e-9, name
        axis = support.native.axis
        ends = support.native.log_weight(torch.tensor([axis.low, axis.high], dtype=torch.float64))
        assert (ends[0] - ends[1]).item() == pytest.approx(3 * math.log(10), rel=1e-12), name


@pytest.mark.parametrize("tried", ["gap"], indirect=True)
def test_the_gap_lies_beyond_the_support(graded):
    for name, uniform, support in graded:
        x = uniform.sample(N, seeded(8))
        distance, empty = support.support_distance(x), support.log_prob(x).isinf()
        assert empty.any(), name
        assert (distance[empty] > 0).all(), name
        assert distance[~empty].max() <= 1e-5 * support.scale, name
        beyond = support.propose_beyond(200, support.farthest, seeded(9))
        assert support.manifold.distance(beyond).max() <= laws.EXACT * support.scale, name
        assert support.support_distance(beyond).min() > 0, name
        low, high = support.embedding_dim
        assert support.manifold.dim <= low <= high <= max(uniform.embedding_dim[1], low), name
