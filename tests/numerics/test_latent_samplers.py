"""Densities of codes: moments, caps, singular covariances and seeds."""

import pytest
import torch

from aeeval.numerics.latent_samplers import components_for, gaussian, mixture


def test_gaussian_has_the_moments_of_the_codes(generator):
    """n = 40,000 draws: covariances are within 4 · √2/√n · σ² of the codes'."""
    codes = torch.randn(500, 3, generator=generator, dtype=torch.float64) @ torch.diag(
        torch.tensor([3.0, 1.0, 0.1]).double()
    )
    drawn = gaussian(codes + 5, 40_000, generator)
    torch.testing.assert_close(drawn.mean(dim=0), (codes + 5).mean(dim=0), rtol=0, atol=4 * 3 / 200)
    torch.testing.assert_close(torch.cov(drawn.T), torch.cov(codes.T), rtol=0, atol=4 * 9 * 2**0.5 / 200)


@pytest.mark.parametrize("sampler", [gaussian, mixture])
def test_idle_code_units_stay_idle(sampler, generator):
    codes = torch.randn(300, 2, generator=generator, dtype=torch.float64)
    codes = torch.cat([codes, torch.full((300, 1), 7.0, dtype=torch.float64)], dim=1)
    drawn = sampler(codes, 200, generator)
    assert (drawn[:, 2] - 7).abs().max() < 0.05  # the mixture's regulariser is 1e-6 of the spread squared


def test_mixture_finds_two_far_components(generator):
    """Modes at ±10 with shares 1/4 and 3/4; 2,000 draws: share within 4 sd = .039."""
    codes = torch.randn(1000, 1, generator=generator, dtype=torch.float64)
    codes[:250] -= 10
    codes[250:] += 10
    drawn = mixture(codes, 2000, generator)
    assert (drawn.abs() < 5).sum() == 0
    assert (drawn < 0).double().mean().item() == pytest.approx(0.25, abs=0.04)


def test_same_seed_same_draw(generator):
    codes = torch.randn(400, 2, generator=generator, dtype=torch.float64)
    draws = [mixture(codes, 50, torch.Generator().manual_seed(seed)) for seed in (3, 3, 4)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


@pytest.mark.parametrize(("rows", "length", "count"), [(1000, 2, 10), (1000, 8, 4), (1000, 20, 1), (10, 2, 1)])
def test_components_are_capped_by_the_rows(rows, length, count):
    """rows / (5 (1 + k + k(k+1)/2)), between 1 and 10."""
    assert components_for(rows, length) == count
