"""Laws on a line against closed forms and scipy's."""

import math

import pytest
import torch
from scipy import integrate, stats

from aeeval.errors import GeometryError
from aeeval.manifolds.law import Law

SHARES = torch.linspace(1e-6, 1 - 1e-12, 1001, dtype=torch.float64)


@pytest.mark.parametrize("rate", [0.5, 6.9, 200.0])
def test_an_exponential_law_has_its_closed_form(rate):
    law = Law(lambda t: -rate * t, ((0.0, 2.0),))
    assert law.log_mass == pytest.approx(math.log(-math.expm1(-2 * rate) / rate), abs=1e-12)
    expected = -torch.log1p(SHARES * math.expm1(-2 * rate)) / rate
    # a rounding of the share, 1e-16, is that much of 1/density in t
    slack = 1e-13 + 4e-16 / (rate * torch.exp(-rate * expected))
    assert ((law.quantile(SHARES) - expected).abs() <= slack).all()
    mean = 1 / rate - 2 / math.expm1(2 * rate)
    assert law.mean(lambda t: t[:, None]).item() == pytest.approx(mean, rel=1e-11)


@pytest.mark.parametrize(("mean", "sd"), [(0.3, 0.5), (-4.0, 1.0), (0.0, 0.01)])
def test_a_truncated_gaussian_is_that_of_scipy(mean, sd):
    law = Law(lambda t: -(((t - mean) / sd) ** 2) / 2, ((-1.0, 1.0),))
    known = stats.truncnorm((-1 - mean) / sd, (1 - mean) / sd, mean, sd)
    shares = torch.linspace(0.001, 0.999, 99, dtype=torch.float64)
    assert law.quantile(shares).tolist() == pytest.approx(known.ppf(shares.numpy()).tolist(), abs=1e-10)
    moments = law.mean(lambda t: torch.stack([t, t * t], dim=1)).tolist()
    assert moments == pytest.approx([known.mean(), known.var() + known.mean() ** 2], rel=1e-8, abs=1e-12)


def test_densities_far_below_and_above_what_a_float_holds():
    for shift in (-5000.0, 5000.0):
        law = Law(lambda t, shift=shift: shift - t, ((0.0, 1.0),))
        assert law.log_mass == pytest.approx(shift + math.log(-math.expm1(-1)), rel=1e-14)
        assert law.quantile(SHARES).isfinite().all()


def test_intervals_share_the_mass_and_leave_the_rest_out():
    law = Law(torch.zeros_like, ((0.0, 1.0), (3.0, 6.0)))
    assert law.log_mass == pytest.approx(math.log(4), abs=1e-14)
    t = law.quantile(SHARES)
    assert not ((t > 1) & (t < 3)).any()
    expected = torch.where(SHARES < 0.25, 4 * SHARES, 4 * SHARES + 2)
    assert (t - expected).abs().max() <= 1e-13


def test_a_power_that_vanishes_at_an_end():
    law = Law(lambda t: 9 * t.log(), ((0.0, 1.0),))
    assert law.log_mass == pytest.approx(-math.log(10), abs=1e-12)
    assert (law.quantile(SHARES) - SHARES**0.1).abs().max() <= 1e-11


def test_a_density_that_cannot_be_integrated_is_refused():
    with pytest.raises(GeometryError, match=r"expected a density integrated to 1e-11; got .*less steep"):
        Law(lambda t: torch.where(t > math.pi, 0.0, -torch.inf), ((0.0, 10.0),))


def test_a_function_that_the_panels_do_not_resolve_has_no_mean():
    law = Law(torch.zeros_like, ((0.0, 1.0),))
    with pytest.raises(GeometryError, match="integrated to 1e-10"):
        law.mean(lambda t: (t > 1 / math.pi).double()[:, None])


def test_mass_against_an_adaptive_rule():
    law = Law(lambda t: torch.special.xlogy(4, t.sin()) + 3 * t.cos(), ((0.0, 2.0),))
    known = integrate.quad(lambda t: math.sin(t) ** 4 * math.exp(3 * math.cos(t)), 0, 2, epsabs=0, epsrel=1e-13)[0]
    assert law.log_mass == pytest.approx(math.log(known), abs=1e-12)
