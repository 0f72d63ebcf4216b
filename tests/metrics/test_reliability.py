"""Known answers of reliability: errors that follow the density, that do not, and the curve across the edge of S."""

import pytest
import torch
from scipy import stats

from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.errors import Skipped
from aeeval.metrics.reliability import EDGES, edge_error, reliability
from tests import worlds

ROWS = Sizes(1000, 20, 1000, 1000)
U = torch.eye(20, dtype=torch.float64)[0]


def graded(seed=0, rows=ROWS):
    spec = DataSpec(
        manifold="sphere",
        params={"dim": 2, "ambient_dim": 20},
        support="cap",
        density="exponential",
        rows=rows,
    )
    return make_dataset(spec, "graded", seed)


@pytest.fixture(scope="module")
def data():
    return graded()


@pytest.fixture(scope="module")
def cap():
    return worlds.dataset(support="cap", seed=2)


def errs(data, size):
    """A model whose error at x has the size that is asked for."""
    return worlds.World(lambda x: x + size(x)[:, None] * U.to(x), worlds.same)


def one(model, data, seed=0):
    (value,) = reliability(worlds.evidence(model, data, seed=seed))
    return value


def test_an_error_that_falls_with_the_density_reads_minus_one(data):
    falling = errs(data, lambda x: torch.exp(-0.1 * data.support.log_prob(x)))
    rising = errs(data, lambda x: torch.exp(0.1 * data.support.log_prob(x)))
    worst, best = one(rising, data), one(falling, data)
    assert (best.value, best.p) == (pytest.approx(-1), 1 / 1000)
    assert (worst.value, worst.p) == (pytest.approx(1), 1.0)
    assert best.null == 0


def test_it_is_spearmans_correlation(data):
    model = worlds.pca(data.train.x, 1)
    error = torch.linalg.vector_norm(model.reconstruct(data.test.clean) - data.test.clean, dim=1)
    expected = stats.spearmanr(data.support.log_prob(data.test.clean).numpy(), error.numpy()).statistic
    assert one(model, data).value == pytest.approx(expected, abs=1e-12)


def test_errors_that_know_no_density_have_uniform_p_values():
    """P(p ≤ .2) = .2 over 60 data sets of 60 rows: 4 sd of a share are .21. The correlation has sd 1/√59 each."""
    hits, total = 0, 0.0
    for seed in range(60):
        data = graded(seed, Sizes(60, 20, 60, 0))
        noise = torch.rand(60, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        value = one(errs(data, lambda x, noise=noise: noise[: len(x)]), data, seed)
        hits, total = hits + (value.p <= 0.2), total + value.value
    assert abs(hits / 60 - 0.2) < 0.21
    assert abs(total / 60) < 4 / (59 * 60) ** 0.5


def test_it_is_skipped_where_density_or_error_do_not_vary(data, cap):
    with pytest.raises(Skipped, match="three decades; that of the support falls by 0"):
        reliability(worlds.evidence(worlds.constant(U), cap))
    two = DataSpec(
        manifold="swiss-roll", support="box", density="exponential", density_params={"decades": 2.0}, rows=ROWS
    )
    with pytest.raises(Skipped, match="three decades; that of the support falls by 2"):
        reliability(worlds.evidence(worlds.constant(torch.zeros(3)), make_dataset(two, "two", 0)))
    with pytest.raises(Skipped, match="level of rounding"):
        reliability(worlds.evidence(worlds.identity(), data))


def test_pieces_of_several_dimensions_do_not_compare():
    mixed = make_dataset(DataSpec(manifold="lollipop", rows=Sizes(60, 20, 60, 0)), "mixed", 0)
    with pytest.raises(Skipped, match="different dimension"):
        reliability(worlds.evidence(worlds.constant(mixed.train.x[0]), mixed))


def curve(model, data):
    return {value.axes["bin"]: value.value for value in edge_error(worlds.evidence(model, data))}


def test_a_constant_error_is_flat_across_the_edge(cap):
    got = curve(errs(cap, lambda x: x.new_full((len(x),), 0.3)), cap)
    assert {round(v, 12) for v in got.values() if v is not None} == {0.3}


def test_bins_follow_the_expected_spacing_of_the_training_rows(cap):
    """Deep inside 10 of 1000 rows lie within R: 10/1000 of the cap's area is πR², R = .0914 sphere radii at angle 1.

    An error of 1 outside alone: it is 0 in that bin and those below it, 1 in all beyond four times the spacing.
    """
    outside = errs(cap, lambda x: (cap.support.support_distance(cap.manifold.project(x)) > 0).double())
    got = {middle: value for middle, value in curve(outside, cap).items() if value is not None}
    radius = cap.manifold.reach
    inner = (10 / 1000 * 2 * (1 - torch.tensor(1.0).cos()).item()) ** 0.5 * radius
    assert min(got) * 2**0.25 > inner * 0.5
    assert [value for middle, value in got.items() if middle < 0.8 * inner] == pytest.approx([0.0], abs=0.1)
    outer = [value for middle, value in got.items() if middle > 4 * inner]
    assert len(outer) > 1
    assert outer == pytest.approx([1.0] * len(outer), abs=1e-9)
    assert set(got) <= {round((a * b) ** 0.5, 4) for a, b in zip(EDGES.tolist(), EDGES[1:].tolist(), strict=False)}


def test_an_error_that_grows_with_distance_rises_along_the_curve(cap):
    distance = errs(cap, lambda x: cap.support.support_distance(cap.manifold.project(x)))
    got = curve(distance, cap)
    values = [got[middle] for middle in sorted(got) if got[middle] is not None]
    assert values == sorted(values)
    assert values[-1] > 0.5


def test_bins_of_few_points_are_skipped_with_the_reason(cap):
    small = worlds.dataset(support="cap", seed=2, rows=Sizes(200, 20, 30, 30))
    skipped = [v for v in edge_error(worlds.evidence(worlds.identity(), small)) if v.value is None]
    assert skipped
    assert all("fewer than 20 points" in value.reason for value in skipped)
