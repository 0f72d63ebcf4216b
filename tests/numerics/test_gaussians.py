"""Fréchet distance: closed forms, scipy's matrix root, its bias, singular covariances."""

import pytest
import torch
from scipy.linalg import sqrtm

from aeeval.numerics.gaussians import frechet, frechet_null, moments


def normal(generator, n, dim):
    return torch.randn(n, dim, generator=generator, dtype=torch.float64)


def test_equal_to_the_formula_with_a_matrix_root(generator):
    x, y = normal(generator, 200, 5) @ normal(generator, 5, 5), normal(generator, 150, 5) @ normal(generator, 5, 5) + 1
    c, d = torch.cov(x.T), torch.cov(y.T)
    root = torch.from_numpy(sqrtm((c @ d).numpy()).real)
    expected = (x.mean(0) - y.mean(0)).square().sum() + (c + d - 2 * root).trace()
    assert frechet(moments(x), moments(y)) == pytest.approx(expected.item(), rel=1e-9)


def test_a_shift_and_a_factor_have_closed_forms(generator):
    """Of x and a x + m: |mean part|² + (1 − a)² tr C; the same for rows with singular covariance, n < D."""
    for n, dim in ((100, 4), (6, 30)):
        x = normal(generator, n, dim)
        x -= x.mean(dim=0)
        expected = dim * 0.25 + 0.3**2 * torch.cov(x.T).trace().item()
        assert frechet(moments(x), moments(0.7 * x + 0.5)) == pytest.approx(expected, rel=1e-10)


def test_equal_samples_read_zero(generator):
    x = normal(generator, 40, 60)
    assert frechet(moments(x), moments(x.flip(0))) == pytest.approx(0, abs=1e-12)


def test_its_bias_is_the_stated_one(generator):
    """D (D + 5)(1/N + 1/M)/4 at D = 20, N = M = 400: .625; the next order is 3 %, sd .057 a pair (over 60)."""
    values = [frechet(moments(normal(generator, 400, 20)), moments(normal(generator, 400, 20))) for _ in range(20)]
    assert sum(values) / 20 == pytest.approx(frechet_null(20, 400, 400), abs=0.02 + 4 * 0.057 / 20**0.5)


def test_one_row_is_refused():
    with pytest.raises(ValueError, match="two rows"):
        moments(torch.zeros(1, 3))
