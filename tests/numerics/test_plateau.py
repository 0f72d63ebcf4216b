"""The plateau of a curve as a test with a known rate of false alarm, and near-duplicates."""

import math

import pytest
import torch

from aeeval.errors import Skipped
from aeeval.numerics.intrinsic_dim import Estimate
from aeeval.numerics.neighbours import k_nearest
from aeeval.numerics.plateau import gride_curve, plateau, refuse_near_duplicates, scales_for
from tests.numerics.test_intrinsic_dim import poisson_radii


def curve(*values, stderr=0.01):
    return {2**i: Estimate(value, stderr, 1000) for i, value in enumerate(values)}


def periodic_radii(n, dim, generator, k=64):
    """k-NN distances of n uniform points on the flat torus (R/Z)^d: constant density, no boundary, no curvature."""
    x = torch.rand(n, dim, generator=generator, dtype=torch.float64)
    gaps = (x[:, None] - x[None]).abs()
    squares = torch.minimum(gaps, 1 - gaps).square().sum(dim=2)
    return squares.topk(k + 1, dim=1, largest=False).values[:, 1:].sqrt()


def in_one_run(radii, overlap, level):
    """Whether all six scales agree."""
    try:
        flat = plateau(gride_curve(radii), overlap, level)
    except Skipped:
        return False
    return (flat.first, flat.last) == (1, 32)


def test_scales_disagree_at_the_stated_rate():
    """Independent neighbourhoods of one d: 150 curves, binomial within 4 standard deviations."""
    generator = torch.Generator().manual_seed(1)
    radii = [poisson_radii(100, 3, generator) for _ in range(150)]
    for level in (0.2, 0.05):
        broken = sum(not in_one_run(one, 1.0, level) for one in radii)
        assert broken == pytest.approx(150 * level, abs=4 * (150 * level * (1 - level)) ** 0.5)


@pytest.mark.parametrize("dim", [1, 3])
def test_overlapping_neighbourhoods_disagree_less_often_than_stated(dim):
    """At 5 %: P(more than 8 of 50) = .1 % if the rate were 5 %. Without the allowance for overlap it is 30 %."""
    generator = torch.Generator().manual_seed(2)
    radii = [periodic_radii(200, dim, generator) for _ in range(50)]
    assert sum(not in_one_run(one, 1.6, 0.05) for one in radii) <= 8
    assert sum(not in_one_run(one, 1.0, 0.05) for one in radii) > 8


@pytest.mark.slow
@pytest.mark.parametrize(("n", "dim"), [(1000, 1), (1000, 2), (500, 5)])
def test_false_alarms_of_the_plateau_over_500_samples(n, dim):
    """At 1 %: at most 5 + 4 √5 of 500."""
    generator = torch.Generator().manual_seed(3)
    broken = sum(not in_one_run(periodic_radii(n, dim, generator), 1.6, 0.01) for _ in range(500))
    assert broken <= 13


def test_the_longest_run_is_found_with_its_weighted_mean():
    flat = plateau(curve(9.0, 7.0, 5.0, 5.01, 5.02, 4.0), overlap=1.0)
    assert (flat.first, flat.last) == (4, 16)
    assert flat.value == pytest.approx(5.01)
    assert flat.stderr == pytest.approx(0.01 / 3**0.5)
    weighted = plateau({1: Estimate(5.0, 0.2, 9), 2: Estimate(5.1, 0.1, 9), 4: Estimate(5.1, 0.1, 9)}, overlap=1.0)
    assert weighted.value == pytest.approx((25 * 5.0 + 200 * 5.1) / 225)


@pytest.mark.parametrize("level", [0.2, 0.01, 1e-4])
def test_three_scales_agree_up_to_a_closed_form(level):
    """χ² of two degrees of freedom: 5 + e, 5, 5 − e differ by 2 e²/σ², and P(χ² > t) = exp(−t/2)."""
    edge = 0.01 * (-math.log(level)) ** 0.5
    agree = curve(5 + 0.99 * edge, 5.0, 5 - 0.99 * edge)
    assert plateau(agree, 1.0, level).value == pytest.approx(5)
    with pytest.raises(Skipped, match="no plateau"):
        plateau(curve(5 + 1.01 * edge, 5.0, 5 - 1.01 * edge), 1.0, level)


def test_of_equal_runs_the_one_that_agrees_best():
    flat = plateau(curve(5.02, 5.0, 5.02, 7.0, 7.0, 7.0), overlap=1.0)
    assert (flat.value, flat.first) == (pytest.approx(7.0), 8)


def test_a_drift_has_no_plateau():
    with pytest.raises(Skipped, match="no plateau: the estimate goes from 9 at n1 = 1 to 4 at n1 = 32"):
        plateau(curve(9.0, 8.0, 7.0, 6.0, 5.0, 4.0))
    with pytest.raises(Skipped, match="2 scales; 3 are needed"):
        plateau(curve(5.0, 5.0))
    with pytest.raises(Skipped, match="0 scales"):
        plateau({})


def test_noise_above_the_spacing_has_no_plateau(generator):
    """A plane in R^10 with noise as large as the spacing: many dimensions at small scales, two at large ones."""
    x = torch.zeros(1000, 10, dtype=torch.float64)
    x[:, :2] = torch.rand(1000, 2, generator=generator, dtype=torch.float64)
    x += 0.02 * torch.randn(1000, 10, generator=generator, dtype=torch.float64)
    found = gride_curve(k_nearest(x, x, 64, torch.arange(1000)).distance)
    assert found[1].value > 2 * found[32].value
    with pytest.raises(Skipped, match="no plateau"):
        plateau(found)


@pytest.mark.parametrize("jitter", [1e-4, 1e-3])
@pytest.mark.parametrize("share", [0.1, 1.0])
def test_near_duplicates_are_named(jitter, share, generator):
    """A copy of every row moved by 1e-4 reads TwoNN .15."""
    x = torch.randn(400, 5, generator=generator, dtype=torch.float64)
    copied = x[: int(400 * share)]
    x = torch.cat([x, copied + jitter * torch.randn(copied.shape, generator=generator, dtype=torch.float64)])
    radii = k_nearest(x, x, 2, torch.arange(len(x))).distance
    with pytest.raises(Skipped, match=r"near-duplicates: \d+% of the rows have one neighbour"):
        refuse_near_duplicates(radii)


def test_no_dimension_looks_like_near_duplicates():
    """d = 1 has the widest ratios there are; the stated rate is 2e-6 a sample."""
    generator = torch.Generator().manual_seed(4)
    for _ in range(100):
        refuse_near_duplicates(periodic_radii(200, 1, generator, k=2))
        refuse_near_duplicates(poisson_radii(200, 1, generator, k=2))
    refuse_near_duplicates(torch.zeros(10, 2))


def test_the_curve_ends_where_neighbours_do(generator):
    assert tuple(gride_curve(poisson_radii(50, 2, generator, k=20))) == (1, 2, 4, 8)
    assert scales_for(15) == ()
