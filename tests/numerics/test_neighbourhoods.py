"""Precision, recall, density and coverage: the package prdc, exact nulls, ties, copies and point masses."""

import pytest
import torch

from aeeval.numerics import neighbourhoods
from aeeval.numerics.neighbourhoods import balls, coverage_null, neighbourhood_scores


def normal(generator, n, dim, factor=1.0):
    return factor * torch.randn(n, dim, generator=generator, dtype=torch.float64)


def scores(real, fake, k=5):
    return neighbourhood_scores(balls(real, k), balls(fake, k))


@pytest.mark.parametrize(
    ("n", "m", "dim", "k"), [(300, 200, 3, 5), (257, 411, 50, 3), (64, 64, 1, 1), (500, 500, 20, 5)]
)
def test_equal_to_prdc(n, m, dim, k, generator):
    prdc = pytest.importorskip("prdc")
    real, fake = normal(generator, n, dim), normal(generator, m, dim, 0.9) + 0.1
    theirs = prdc.compute_prdc(real.numpy(), fake.numpy(), k)
    got = scores(real, fake, k)
    assert {name: getattr(got, name) for name in theirs} == pytest.approx(theirs, abs=1e-12)


def test_equal_to_the_definition_in_chunks_and_with_an_offset(generator, monkeypatch):
    monkeypatch.setattr(neighbourhoods, "_PAIRS", 500)
    real, fake = normal(generator, 90, 4) + 1e5, normal(generator, 70, 4, 1.3) + 1e5
    radius, own = (
        torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist").sort().values[:, 5] for x in (real, fake)
    )
    table = torch.cdist(real, fake, compute_mode="donot_use_mm_for_euclid_dist")
    inside, got = table < radius[:, None], scores(real, fake)
    assert got.precision == inside.any(dim=0).double().mean()
    assert got.recall == (table < own).any(dim=1).double().mean()
    assert got.density == pytest.approx(inside.sum().item() / (5 * 70))
    assert got.coverage == inside.any(dim=1).double().mean()


def test_the_null_of_coverage_is_exact_and_density_is_one_in_any_dimension(generator):
    """100 pairs of samples of 60 and 40; sd of coverage .08, of density .09, .11 and .23 a pair (measured over 200)."""
    for dim, sd in ((1, 0.09), (2, 0.11), (30, 0.23)):
        runs = [scores(normal(generator, 60, dim), normal(generator, 40, dim), 3) for _ in range(100)]
        assert sum(r.coverage for r in runs) / 100 == pytest.approx(coverage_null(60, 40, 3), abs=4 * 0.08 / 10)
        assert sum(r.density for r in runs) / 100 == pytest.approx(1, abs=4 * sd / 10)


def test_the_null_of_coverage_of_three_rows_is_a_half():
    """Two real rows and a fake: the nearest of the other two is the fake as often as not."""
    assert coverage_null(2, 1, 1) == 0.5


def test_a_row_on_the_edge_of_a_ball_is_outside():
    """Real 0, 1, 2 with k = 1: every ball has radius 1; fakes at 3 and 10 touch one edge, and lie in none."""
    real = torch.tensor([[0.0], [1.0], [2.0]], dtype=torch.float64)
    got = scores(real, torch.tensor([[3.0], [10.0]], dtype=torch.float64), 1)
    assert (got.precision, got.density, got.coverage) == (0, 0, 0)
    nearer = scores(real, torch.tensor([[3 - 1e-9], [10.0]], dtype=torch.float64), 1)
    assert (nearer.precision, nearer.density, nearer.coverage) == (0.5, 0.5, 1 / 3)


def test_copies_of_all_rows_are_exact_ties_in_any_rotation(generator):
    """Fakes = real rows: in the ball of x_i lie x_i and its k − 1 nearest, and the k-th on its edge: density 1."""
    real = normal(generator, 300, 20) + 30
    got = scores(real, real.clone())
    assert (got.precision, got.recall, got.coverage) == (1, 1, 1)
    assert got.density == 1.0


def test_a_repeated_true_row_has_full_precision_and_nothing_else(generator):
    real = normal(generator, 200, 3)
    got = scores(real, real[7].expand(100, -1))
    assert got.precision == 1
    assert got.recall == 0
    assert got.coverage <= 0.1


def test_one_far_fake_does_not_cost_the_others_their_digits(generator):
    real, fake = normal(generator, 200, 3), normal(generator, 100, 3)
    far = torch.cat([fake, torch.full((1, 3), 1e9, dtype=torch.float64)])
    alone, beside = scores(real, fake), scores(real, far)
    assert beside.precision == pytest.approx(alone.precision * 100 / 101)
    assert beside.coverage == alone.coverage


@pytest.mark.parametrize("k", [0, 5])
def test_too_few_rows_are_refused(k):
    with pytest.raises(ValueError, match="1 <= k < n"):
        balls(torch.zeros(5, 2), k)
