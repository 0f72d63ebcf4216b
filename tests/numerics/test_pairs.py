"""Energy distance and MMD against closed forms for Gaussians, scipy, and sums over all pairs."""

import math

import pytest
import scipy.stats
import torch

from aeeval.numerics import pairs
from aeeval.numerics.pairs import (
    energy_distance,
    mean_distance,
    mean_distance_and_kernel,
    mean_distance_and_kernel_within,
    mean_distance_within,
    mean_kernel,
    mean_kernel_within,
    median_distance,
    mmd,
)


def normal(generator, n, dim, shift=0.0):
    return torch.randn(n, dim, generator=generator, dtype=torch.float64) + shift


def energy_of_shift(shift):
    """2 E|N(m, 2)| − 2 E|N(0, 2)|, with E|N(m, s²)| = s √(2/π) exp(−m²/2s²) + m (1 − 2 Φ(−m/s))."""
    folded = 2 / math.sqrt(math.pi) * math.exp(-(shift**2) / 4) + shift * math.erf(shift / 2)
    return 2 * folded - 4 / math.sqrt(math.pi)


def test_energy_distance_of_two_gaussians(generator):
    """N(0, 1) and N(.5, 1): .139596; n = 4000 a side: sd .0124 (half of that measured at 1000)."""
    assert energy_of_shift(0.5) == pytest.approx(0.139596, abs=1e-6)
    got = energy_distance(normal(generator, 4000, 1), normal(generator, 4000, 1, 0.5))
    assert got == pytest.approx(energy_of_shift(0.5), abs=4 * 0.0124)


def test_mmd_of_two_gaussians(generator):
    """2 (1 + 2/h²)^(−D/2) (1 − exp(−|m|²/(2h² + 4))) with h² = D = 5, m = .3 everywhere; sd .0021 at n = 4000."""
    expected = 2 * (1 + 2 / 5) ** -2.5 * (1 - math.exp(-0.45 / 14))
    assert expected == pytest.approx(0.027279, abs=1e-6)
    got = mmd(normal(generator, 4000, 5), normal(generator, 4000, 5, 0.3), math.sqrt(5))
    assert got == pytest.approx(expected, abs=4 * 0.0021)


@pytest.mark.parametrize("distance", [energy_distance, lambda x, y: mmd(x, y, 1.5)])
def test_no_bias_under_the_null(distance, generator):
    """The mean over 300 pairs of samples of 20 is within 4 standard errors of 0; with own pairs it is not."""
    values = torch.tensor([distance(normal(generator, 20, 3), normal(generator, 20, 3)) for _ in range(300)])
    assert abs(values.mean()) < 4 * values.std() / 300**0.5
    assert (values < 0).any()


def test_sums_over_pairs_in_chunks_are_those_of_all_pairs(generator, monkeypatch):
    x, y = normal(generator, 61, 4), normal(generator, 43, 4, 0.2)
    monkeypatch.setattr(pairs, "_PAIRS", 430)
    assert mean_distance(x, y) == pytest.approx(torch.cdist(x, y).mean().item(), rel=1e-12)
    assert mean_distance_within(x) == pytest.approx(torch.pdist(x).mean().item(), rel=1e-12)
    both, within = mean_distance_and_kernel(x, y, 2.0), mean_distance_and_kernel_within(x, 2.0)
    assert both == pytest.approx((mean_distance(x, y), mean_kernel(x, y, 2.0)), rel=1e-12)
    assert within == pytest.approx((mean_distance_within(x), mean_kernel_within(x, 2.0)), rel=1e-12)
    kernel = [torch.exp(-torch.cdist(a, b).square() / 2) for a, b in ((x, x), (y, y), (x, y))]
    within = [(k.sum() - k.trace()) / (len(k) * (len(k) - 1)) for k in kernel[:2]]
    assert mmd(x, y, 1.0) == pytest.approx((sum(within) - 2 * kernel[2].mean()).item(), rel=1e-9)


def test_on_a_line_it_is_that_of_scipy_up_to_own_pairs(generator):
    """scipy's square counts every row with itself: its means within are (n − 1)/n of ours."""
    x, y = normal(generator, 50, 1), normal(generator, 50, 1, 1.0)
    ours = 2 * mean_distance(x, y) - 49 / 50 * (mean_distance_within(x) + mean_distance_within(y))
    theirs = scipy.stats.energy_distance(x[:, 0].numpy(), y[:, 0].numpy()) ** 2
    assert ours == pytest.approx(theirs, rel=1e-10)


def test_motion_order_and_unit(generator):
    x, y = normal(generator, 80, 3), normal(generator, 80, 3, 0.4)
    turn = torch.linalg.qr(normal(generator, 3, 3)).Q
    moved = [rows.flip(0) @ turn * 7 + 1e4 for rows in (x, y)]
    assert energy_distance(*moved) == pytest.approx(7 * energy_distance(x, y), rel=1e-8)
    assert mmd(*moved, 7 * 1.3) == pytest.approx(mmd(x, y, 1.3), rel=1e-7)
    assert median_distance(moved[0]) == pytest.approx(7 * median_distance(x), rel=1e-10)


def test_a_point_mass_and_far_rows_are_finite_and_right(generator):
    """Against a repeated point the within part is 0; one row at 1e9 adds its distance over n."""
    x, point = normal(generator, 200, 3), torch.zeros(200, 3, dtype=torch.float64)
    expected = 2 * x.norm(dim=1).mean().item() - mean_distance_within(x)
    assert energy_distance(point, x) == pytest.approx(expected, abs=1e-6)
    far = x.clone()
    far[0] = 1e9
    assert mean_distance(far, x) == pytest.approx(torch.cdist(far, x).mean().item(), rel=1e-9)
    kernel = torch.exp(-torch.cdist(x, far, compute_mode="donot_use_mm_for_euclid_dist").square() / 2)
    assert mean_kernel(x, far, 1.0) == pytest.approx(kernel.mean().item(), rel=1e-9)


def test_one_row_has_no_pair():
    with pytest.raises(ValueError, match="two rows"):
        mean_distance_within(torch.zeros(1, 2))
