"""Rank-sum z against scipy and its level; authenticity against its closed null."""

import pytest
import torch
from scipy.stats import mannwhitneyu

from aeeval.numerics.copies import authentic, mutual_neighbours, rank_sum_z


@pytest.mark.parametrize("decimals", [8, 0])
def test_rank_sum_z_has_the_p_of_scipy_also_with_ties(decimals, generator):
    x = torch.randn(60, generator=generator, dtype=torch.float64).round(decimals=decimals)
    y = (torch.randn(45, generator=generator, dtype=torch.float64) + 0.4).round(decimals=decimals)
    expected = mannwhitneyu(x.numpy(), y.numpy(), alternative="less", use_continuity=False, method="asymptotic").pvalue
    normal = torch.distributions.Normal(0.0, 1.0)
    z = torch.tensor(rank_sum_z(x, y), dtype=torch.float64)
    assert normal.cdf(z).item() == pytest.approx(expected, rel=1e-5)


def test_all_equal_numbers_say_nothing():
    assert rank_sum_z(torch.ones(5), torch.ones(7)) == 0


def test_z_is_standard_normal_for_one_law(generator):
    """400 pairs: sd 1 ± 4/√800, one-sided 5 % level ± 4 binomial sd."""
    z = torch.tensor([rank_sum_z(*torch.randn(2, 50, generator=generator)) for _ in range(400)])
    assert z.std().item() == pytest.approx(1, abs=0.15)
    assert (z < -1.645).double().mean().item() == pytest.approx(0.05, abs=4 * (0.05 * 0.95 / 400) ** 0.5)


@pytest.mark.parametrize(("dim", "share"), [(1, 0.3333), (2, 0.3785), (3, 0.4074)])
def test_the_share_of_authentic_truth_is_one_minus_that_of_mutual_neighbours(dim, share, generator):
    """Uniform on a torus in 2d coordinates, so no edges; 4000 rows against 4000: sd up to .016 (over 20)."""
    assert 1 - mutual_neighbours(dim) == pytest.approx(share, abs=5e-5)
    angles = 2 * torch.pi * torch.rand(2, 4000, dim, generator=generator, dtype=torch.float64)
    samples, train = torch.cat([angles.cos(), angles.sin()], dim=2)
    assert authentic(samples, train).double().mean().item() == pytest.approx(share, abs=4 * 0.016)


def test_copies_are_not_authentic_and_strangers_are(generator):
    train = torch.randn(100, 3, generator=generator, dtype=torch.float64)
    assert not authentic(train[:20], train).any()
    assert authentic(train + 100, train).all()
