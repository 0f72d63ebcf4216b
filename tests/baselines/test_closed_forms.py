"""Baselines without gradient steps, and the one whose end is known: closed forms and independent libraries."""

from itertools import product

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA

from tests.baselines.common import built, fitted, fvu, module, normal, sheet, trained

# --- mean and identity ---


def test_mean_answers_the_training_mean(generator):
    rows, others = normal(50, 2, 3, generator=generator) + 5, normal(4, 2, 3, generator=generator)
    model = fitted("mean", rows)
    assert torch.equal(model.encode(others), torch.zeros(4, 3, dtype=torch.float64))
    assert model.decode(model.encode(others)).numpy() == pytest.approx(np.tile(rows.numpy().mean(axis=0), (4, 1, 1)))
    assert fvu(model, rows) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("latent_dim", [1, 3, 30])
def test_identity_answers_the_row_whatever_length_is_asked_for(generator, latent_dim):
    rows = normal(9, 2, 3, generator=generator)
    model = fitted("identity", rows, latent_dim=latent_dim)
    assert torch.equal(model.decode(model.encode(rows)), rows)
    assert torch.equal(model.encode(rows), rows.reshape(9, 6))


# --- PCA ---


@pytest.mark.parametrize("latent_dim", [1, 3, 6])
def test_pca_projects_on_the_leading_singular_vectors(generator, latent_dim):
    scales = torch.tensor([4.0, 3.0, 2.0, 1.0, 0.5, 0.25], dtype=torch.float64)
    rows, others = (normal(n, 6, generator=generator) * scales + 3 for n in (80, 20))
    model = fitted("pca", rows, latent_dim=latent_dim)
    mean = rows.numpy().mean(axis=0)
    leading = np.linalg.eigh(np.cov(rows.numpy().T))[1][:, ::-1][:, :latent_dim]
    expected = mean + (others.numpy() - mean) @ leading @ leading.T
    assert model.decode(model.encode(others)).numpy() == pytest.approx(expected, abs=1e-10)
    theirs = PCA(latent_dim, svd_solver="full").fit(rows.numpy())
    expected = theirs.inverse_transform(theirs.transform(others.numpy()))
    assert model.decode(model.encode(others)).numpy() == pytest.approx(expected, abs=1e-10)


def test_pca_leaves_the_variance_of_the_trailing_axes(generator):
    rows = normal(80, 2, 3, generator=generator)
    values = np.linalg.svd((rows - rows.mean(dim=0)).reshape(80, 6).numpy(), compute_uv=False) ** 2
    assert fvu(fitted("pca", rows, latent_dim=2), rows) == pytest.approx(values[2:].sum() / values.sum(), rel=1e-10)


def test_pca_is_exact_on_flat_data_however_far_out(generator):
    plane = normal(3, 20, generator=generator)
    model = fitted("pca", normal(50, 3, generator=generator) @ plane + 1)
    assert fvu(model, 1000 * normal(50, 3, generator=generator) @ plane + 1) < 1e-24


def test_pca_declines_more_components_than_axes_or_rows(generator):
    with pytest.raises(NotImplementedError, match="rows of length 64 have no 65"):
        built("pca", (1, 8, 8), 65)
    with pytest.raises(NotImplementedError, match="5 training rows span no 6"):
        fitted("pca", normal(5, 20, generator=generator), latent_dim=6)


# --- the memoriser ---


def test_the_memoriser_answers_training_rows_and_no_others(generator):
    rows, others = normal(50, 2, 3, generator=generator), normal(200, 2, 3, generator=generator)
    model = fitted("memoriser", rows, latent_dim=2)
    assert torch.equal(model.decode(model.encode(rows)), rows)
    nearest = (others[:, None] - rows[None]).square().sum(dim=(2, 3)).argmin(dim=1)
    assert torch.equal(model.decode(model.encode(others)), rows[nearest])
    answers = model.decode(normal(200, 2, generator=generator))
    assert (answers[:, None] == rows[None]).all(dim=(2, 3)).any(dim=1).all()


def test_the_memoriser_tells_long_rows_apart_that_products_cannot(generator):
    """Pairs 1e-8 apart, 100 away from 0: their squared distance is far below the rounding of |x|²."""
    rows = 100 + normal(60, 100, generator=generator)
    rows[1::2] = rows[::2] + 1e-9 * normal(30, 100, generator=generator)
    nearest, near = module("memoriser").nearest, rows + 1e-10 * normal(60, 100, generator=generator)
    assert torch.equal(nearest(near, rows), torch.arange(60))
    assert torch.equal(nearest(near[:1], rows[:3]), torch.zeros(1, dtype=torch.long))


# --- kernel PCA ---


def test_kernel_pca_is_the_best_of_its_grid_on_the_validation_rows(generator):
    """By the definition, from kernels and solves of numpy: K centred, its axes, and ridge regression on the codes."""
    rows, val, others = (sheet(n, generator).numpy() for n in (80, 40, 30))
    model = fitted("kernel_pca", torch.from_numpy(rows), torch.from_numpy(val), latent_dim=3)
    unit = ((rows - rows.mean(axis=0)) ** 2).sum(axis=1).mean()

    def kernel(one, other, gamma):
        return np.exp(-gamma * cdist(one, other, "sqeuclidean"))

    def answered(asked, gamma, eta, alpha):
        gram, middle = kernel(rows, rows, gamma / unit), np.eye(80) - 1 / 80
        values, axes = np.linalg.eigh(middle @ gram @ middle)
        values, axes = values[-3:], axes[:, -3:]
        codes = axes * values**0.5
        found = (kernel(asked, rows, gamma / unit) - gram.mean(axis=0)) @ middle @ axes / values**0.5
        scale = (codes**2).sum(axis=1).mean()
        weights = np.linalg.solve(kernel(codes, codes, eta / scale) + alpha * np.eye(80), rows - rows.mean(axis=0))
        return kernel(found, codes, eta / scale) @ weights + rows.mean(axis=0)

    def error(grid):
        return ((answered(val, *grid) - val) ** 2).sum()

    widths = (0.03, 0.1, 0.3, 1, 3)
    best = min(product((0.003, *widths), widths, (1e-3, 1e-5)), key=error)
    answers = model.decode(model.encode(torch.from_numpy(others))).numpy()
    assert answers == pytest.approx(answered(others, *best), abs=1e-6)


def test_kernel_pca_bends_where_pca_cannot(generator):
    rows, val, test = (sheet(n, generator) for n in (300, 100, 200))
    assert fvu(fitted("kernel_pca", rows, val, latent_dim=2), test) < 0.3 * fvu(fitted("pca", rows, latent_dim=2), test)


# --- the linear autoencoder ---


def test_the_linear_autoencoder_recovers_the_plane_of_pca(generator):
    """Baldi & Hornik (1989): every minimum is the projector on the leading axes, WᵀW = VᵀV and WWᵀ = I."""
    scales = torch.tensor([1.0, 0.8, 0.6, 0.2, 0.15, 0.1, 0.1, 0.05], dtype=torch.float64)
    turn = torch.linalg.qr(normal(8, 8, generator=generator)).Q
    rows = normal(1000, 8, generator=generator) * scales @ turn + 0.3
    model, pca = trained("linear", rows, rows, 800, latent_dim=3, lr=0.02), fitted("pca", rows, latent_dim=3)
    projector = pca.components.T @ pca.components
    assert (model.weight.T @ model.weight).numpy() == pytest.approx(projector.numpy(), abs=0.01)
    assert (model.weight @ model.weight.T).numpy() == pytest.approx(np.eye(3), abs=0.01)
    assert 1 - 1e-9 < fvu(model, rows) / fvu(pca, rows) < 1.001
    with pytest.raises(NotImplementedError, match="rows of length 64 have no 65"):
        built("linear", (1, 8, 8), 65)
