"""Known answers of reconstruction: closed forms on the sphere, with and without noise."""

import pytest
import torch

from aeeval.errors import Skipped
from aeeval.metrics.images import psnr
from aeeval.metrics.reconstruction import (
    cycle,
    fvu,
    idempotence,
    off_manifold,
    sampled_cycle,
    sampled_idempotence,
    truth_error,
)
from tests import worlds

SIGMA = 0.05


@pytest.fixture(scope="module")
def sphere():
    return worlds.dataset(noise=SIGMA, noise_kind="gaussian", seed=3)


def one(metric, model, data):
    (value,) = metric(worlds.evidence(model, data))
    return value.value


def test_fvu_is_zero_for_perfect_and_one_for_the_mean(sphere):
    assert one(fvu, worlds.identity(), sphere) == 0
    assert one(fvu, worlds.projector(sphere.manifold), sphere) == pytest.approx(0, abs=1e-20)
    centroid = torch.zeros(20, dtype=torch.float64)
    assert one(fvu, worlds.constant(centroid), sphere) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("k", [1, 2])
def test_fvu_of_pca_is_the_variance_it_leaves_out(sphere, k):
    """(3 − k)/3 on a uniform sphere; sd of a mean of 1000 squared coordinates about .01."""
    assert one(fvu, worlds.pca(sphere.train.clean, k), sphere) == pytest.approx(1 - k / 3, abs=0.04)


def test_fvu_on_noisy_rows_of_the_projector_would_be_the_noise(sphere):
    """(D − d)σ²/(1 + Dσ²) = .0429: why fvu is read on clean rows."""
    x, hat = sphere.test.x, sphere.manifold.project(sphere.test.x)
    noisy = (hat - x).square().sum() / (x - x.mean(dim=0)).square().sum()
    assert noisy.item() == pytest.approx(18 * SIGMA**2 / (1 + 20 * SIGMA**2), abs=0.002)


def test_truth_error_of_the_identity_and_of_pca_is_the_noise_left(sphere):
    """√(D − d) σ for the identity; √(k − d) σ for PCA with k ≥ span."""
    assert one(truth_error, worlds.identity(), sphere) == pytest.approx(18**0.5 * SIGMA, abs=0.003)
    clean = worlds.dataset(noise=SIGMA, noise_kind="gaussian", seed=3)
    basis = torch.linalg.svd(clean.train.clean, full_matrices=True).Vh[:8]
    model = worlds.World(lambda x: x @ basis.T, lambda z: z @ basis)
    assert one(truth_error, model, sphere) == pytest.approx(6**0.5 * SIGMA, abs=0.003)
    assert one(truth_error, worlds.projector(sphere.manifold), sphere) == pytest.approx(0, abs=1e-9)


def test_truth_error_needs_noise():
    data = worlds.dataset()
    with pytest.raises(Skipped, match="needs noise"):
        truth_error(worlds.evidence(worlds.identity(), data))


def test_off_manifold_is_a_distance(sphere):
    assert one(off_manifold, worlds.projector(sphere.manifold, 0.9), sphere) == pytest.approx(0.1, abs=1e-12)
    assert one(off_manifold, worlds.constant(torch.zeros(20, dtype=torch.float64)), sphere) == pytest.approx(1)


def test_idempotence_is_zero_for_projections_and_geometric_for_shrinking(sphere):
    """r = .9x moves .9x by .09 again; r = 2 PCA₃ moves it by 2‖x‖."""
    assert one(idempotence, worlds.pca(sphere.train.x, 3), sphere) == pytest.approx(0, abs=1e-12)
    assert one(idempotence, worlds.linear(0.9 * torch.eye(20, dtype=torch.float64)), sphere) == pytest.approx(0.09)
    with pytest.raises(Skipped, match="codes do not vary"):
        idempotence(worlds.evidence(worlds.constant(sphere.train.x[0]), sphere))


def test_cycle_of_an_exact_inverse_is_zero(sphere):
    assert one(cycle, worlds.pca(sphere.train.x, 3), sphere) == pytest.approx(0, abs=1e-12)
    assert one(cycle, worlds.pca(sphere.train.x, 3, factor=2.0), sphere) == pytest.approx(1, abs=0.05)


def test_from_sampled_codes_a_projector_is_idempotent_and_an_inverse_closes_the_cycle(sphere):
    model = worlds.pca(sphere.train.x, 3)
    assert one(sampled_idempotence, model, sphere) == pytest.approx(0, abs=1e-12)
    assert one(sampled_cycle, model, sphere) == pytest.approx(0, abs=1e-12)
    for metric in (sampled_cycle, sampled_idempotence):
        with pytest.raises(Skipped, match="codes do not vary"):
            metric(worlds.evidence(worlds.constant(sphere.train.x[0]), sphere))


def test_sampled_codes_are_gaussian_with_the_spread_of_the_codes(sphere):
    """g doubles what f undoes not: f(g(z)) − z = z for codes around 0, and r(g(z)) − g(z) = g(z) = 2z.

    E‖z‖² is the trace of Σ_z, 1 on the unit sphere (and 3σ² of noise): over 1,000 draws sd(‖z‖²)/mean = √(2/3)/√1000.
    """
    model = worlds.pca(sphere.train.x - sphere.train.x.mean(dim=0), 3, factor=2.0)
    assert one(sampled_cycle, model, sphere) == pytest.approx(1, abs=0.06)
    spread = (1 + 3 * SIGMA**2) ** 0.5
    assert one(sampled_idempotence, model, sphere) == pytest.approx(2 * spread, abs=0.12)


def test_a_decoder_that_leaves_the_range_of_its_encoder_is_seen_off_the_data_only(sphere):
    """r = π: on 𝓜 a fixed point; a Gaussian code z in R²⁰ is itself g(z), and moves to π(z) by | ‖z‖ − 1 |.

    z has the covariance of the codes, I/3 on three axes: E(‖z‖ − 1)² = 2 − 2E‖z‖ with E‖z‖ = √(8/π)/√3 = .9213.
    """
    model = worlds.World(sphere.manifold.project, worlds.same)
    assert one(idempotence, model, sphere) == pytest.approx(0, abs=1e-9)
    assert one(sampled_idempotence, model, sphere) == pytest.approx((2 - 2 * 0.9213) ** 0.5, abs=0.05)


def test_psnr_is_for_images_only(sphere):
    with pytest.raises(Skipped, match="needs images"):
        psnr(worlds.evidence(worlds.identity(), sphere))
