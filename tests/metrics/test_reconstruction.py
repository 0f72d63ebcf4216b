"""Known answers of reconstruction: closed forms on the sphere, with and without noise."""

import pytest
import torch

from aeeval.errors import Skipped
from aeeval.metrics.reconstruction import cycle, fvu, idempotence, off_manifold, psnr, truth_error
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


def test_psnr_is_for_images_only(sphere):
    with pytest.raises(Skipped, match="needs images"):
        psnr(worlds.evidence(worlds.identity(), sphere))
