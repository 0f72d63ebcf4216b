"""Variational autoencoders: the bound, known optima on Gaussian rows, and what the second stage is for."""

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from aeeval.numerics.pairs import energy_distance
from tests.baselines.common import SHAPES, built, module, normal, trained

AXES, NOISE = 8, 0.2


def line_with_noise(n: int, generator: torch.Generator) -> Tensor:
    """Probabilistic PCA: x = w t + .2 ε in R^8, ‖w‖ = 1; its log likelihood is known, and so is the best VAE."""
    return normal(n, 1, generator=generator) / math.sqrt(AXES) + NOISE * normal(n, AXES, generator=generator)


@pytest.fixture(scope="module")
def line_vae():
    """Three latent axes for data of one dimension."""
    generator = torch.Generator().manual_seed(0)
    return trained("vae", line_with_noise(1000, generator), line_with_noise(200, generator), 1000, latent_dim=3)


def posterior_draws(model, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Codes, means and variances as the next call of `loss` would draw them."""
    mean, log_variance = model.posterior(rows)
    with torch.random.fork_rng():
        noise = torch.randn_like(mean)
    return mean + (0.5 * log_variance).exp() * noise, mean, log_variance.exp()


@pytest.mark.parametrize("shape", SHAPES)
def test_vae_loss_is_the_negative_bound_at_its_best_variance(generator, shape):
    model, rows = built("vae", shape).double(), normal(30, *shape, generator=generator)
    codes, mean, variance = posterior_draws(model, rows)
    divergence = kl_divergence(Normal(mean, variance.sqrt()), Normal(0.0, 1.0)).sum(dim=1).mean()

    def bound(gamma):
        decoder = Independent(Normal(model.decode(codes), math.sqrt(gamma)), len(shape))
        return (divergence - decoder.log_prob(rows).mean()).item()

    best = (model.decode(codes) - rows).square().mean().item()
    with torch.random.fork_rng():
        loss = model.loss(rows).item()
    assert loss == pytest.approx(bound(best), rel=1e-9)
    assert loss < min(bound(0.9 * best), bound(1.1 * best))


def test_vae_finds_the_noise_of_a_line(line_vae, generator):
    """The best variance is that of the noise. Over 4 seeds γ/σ² on fresh rows was 1.003 to 1.009."""
    rows = line_with_noise(20000, generator)
    codes, _, _ = posterior_draws(line_vae, rows)
    gamma = (line_vae.decode(codes) - rows).square().mean().item()
    assert gamma / NOISE**2 == pytest.approx(1.0, abs=0.03)


def test_vae_switches_off_the_axes_that_a_line_does_not_need(line_vae, generator):
    """The posterior variance on the line is σ²/(1 + σ²) = .0385; on an axis that is off it is the prior's, 1.

    Over 4 seeds: .036 to .040, and above .96.
    """
    _, _, variance = posterior_draws(line_vae, line_with_noise(2000, generator))
    on, *off = variance.mean(dim=0).sort().values.tolist()
    assert on == pytest.approx(NOISE**2 / (1 + NOISE**2), rel=0.15)
    assert min(off) > 0.9


def test_vae_bound_lies_just_under_the_likelihood(line_vae, generator):
    """−loss ≤ log p(x) on average, with equality at the optimum. Over 4 seeds the gap was .009 to .041 nats."""
    rows = line_with_noise(20000, generator)
    covariance = torch.full((AXES, AXES), 1 / AXES, dtype=torch.float64) + NOISE**2 * torch.eye(AXES)
    likelihood = MultivariateNormal(torch.zeros(AXES, dtype=torch.float64), covariance).log_prob(rows).mean()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        gap = (likelihood + line_vae.loss(rows)).item()
    assert 0 < gap < 0.1


def test_vae_training_lowers_the_loss(line_vae, generator):
    rows, fresh = line_with_noise(1000, generator), built("vae", (AXES,)).double()
    with torch.random.fork_rng():
        assert fresh.loss(rows).item() > line_vae.loss(rows).item() + 1


def test_vae_codes_are_not_drawn(line_vae, generator):
    rows = line_with_noise(50, generator)
    assert torch.equal(line_vae.encode(rows), line_vae.encode(rows))


def test_vae_samples_come_from_the_generator_alone(line_vae):
    before = torch.get_rng_state()
    first, again, other = (line_vae.sample(50, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_vae_samples_follow_the_law_of_the_line(line_vae, generator):
    """Clean points of N(0, wwᵀ): variance 1 along w, where 1000 training rows tell it to ±.045, and none across."""
    values = torch.linalg.eigvalsh(torch.cov(line_vae.sample(5000, generator).T))
    assert values[-1].item() == pytest.approx(1.0, abs=0.2)
    assert values[:-1].sum().item() < 0.01


# --- fixed variance, β, and the second stage ---


@pytest.mark.parametrize(("name", "beta"), [("vae_fixed", 1.0), ("beta_vae", 4.0)])
def test_a_fixed_variance_shrinks_an_axis_and_switches_off_a_thin_one(generator, name, beta):
    """On N(0, diag(λ)) the best VAE answers (1 − βγ/λ) x along axes with λ > βγ, and 0 along the others.

    Closed form of the linear VAE (Lucas et al. 2019; Tipping & Bishop 1999 for β = 1).
    """
    threshold = beta * module("vae_fixed").VARIANCE
    variance = threshold * torch.tensor([20.0, 4.0, 0.5], dtype=torch.float64)
    rows, val, test = (normal(n, 3, generator=generator) * variance.sqrt() for n in (2000, 400, 1000))
    model = trained(name, rows, val, 800, latent_dim=3, lr=3e-3)
    answer = model.decode(model.encode(test))
    slopes = (answer * test).sum(dim=0) / test.square().sum(dim=0)
    assert slopes.numpy() == pytest.approx([0.95, 0.75, 0.0], abs=0.06)


def test_the_loss_of_a_beta_vae_is_that_of_the_bound(generator):
    """β = 1 is `vae_fixed`, whose loss is the bound without its constants."""
    rows = normal(30, 20, generator=generator)
    for name, beta in (("vae_fixed", 1.0), ("beta_vae", module("beta_vae").BETA)):
        model = built(name).double()
        codes, mean, variance = posterior_draws(model, rows)
        divergence = kl_divergence(Normal(mean, variance.sqrt()), Normal(0.0, 1.0)).sum(dim=1).mean()
        error = (model.decode(codes) - rows).square().sum(dim=1).mean()
        with torch.random.fork_rng():
            loss = model.loss(rows).item()
        assert loss == pytest.approx((error / 0.02 + beta * divergence).item(), rel=1e-9)


def test_the_second_stage_samples_nearer_to_the_rows(generator):
    """Rows on a ring: codes of one stage leave a hole where the prior has its mass. Over 2 seeds .46 and .59 of it."""

    def ring(n):
        angle = math.pi * (2 * torch.rand(n, 1, generator=generator, dtype=torch.float64) - 1)
        waves = [wave(m * angle) / m for m in (1, 2, 3) for wave in (torch.cos, torch.sin)]
        return torch.cat(waves, dim=1) + 0.02 * normal(n, 6, generator=generator)

    rows, val, fresh = ring(1000), ring(200), ring(500)
    model = trained("two_stage_vae", rows, val, 600, latent_dim=2, lr=3e-3)
    one_stage = super(type(model), model).sample(500, generator)
    assert energy_distance(model.sample(500, generator), fresh) < 0.8 * energy_distance(one_stage, fresh)
