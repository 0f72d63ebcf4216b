"""Sliced Wasserstein against closed forms and one-dimensional scipy."""

import pytest
import torch
from scipy.stats import wasserstein_distance

from aeeval.numerics.two_sample import random_directions, sliced_wasserstein


def test_a_shift_reads_its_length_over_root_dimension(generator):
    """SW₂²(X, X + m) = mean (θᵀm)² → |m|²/D; over 20,000 directions the relative sd is √(2/20000) = 1 %."""
    x = torch.randn(100, 5, generator=generator, dtype=torch.float64)
    shift = torch.tensor([0.3, 0, 0, 0.4, 0], dtype=torch.float64)
    got = sliced_wasserstein(x, x + shift, random_directions(20_000, 5, generator)).item()
    assert got == pytest.approx(0.5 / 5**0.5, rel=0.03)


def test_in_one_dimension_it_is_the_transport_distance(generator):
    """For a shift W₁ = W₂; scipy's W₁ is an independent implementation."""
    x = torch.randn(200, 1, generator=generator, dtype=torch.float64)
    direction = torch.ones(1, 1, dtype=torch.float64)
    expected = wasserstein_distance(x[:, 0].numpy(), x[:, 0].numpy() + 0.7)
    assert sliced_wasserstein(x, x + 0.7, direction).item() == pytest.approx(expected)


def test_equal_to_pot(generator):
    sliced = pytest.importorskip("ot.sliced", reason="needs POT")
    x, y = (torch.randn(100, 4, generator=generator, dtype=torch.float64) for _ in range(2))
    directions = random_directions(30, 4, generator)
    theirs = sliced.sliced_wasserstein_distance(x.numpy(), y.numpy() + 0.3, projections=directions.T.numpy())
    assert sliced_wasserstein(x, y + 0.3, directions).item() == pytest.approx(float(theirs), rel=1e-10)


def test_order_of_rows_does_not_matter_and_equal_samples_read_zero(generator):
    x, y = (torch.randn(64, 3, generator=generator, dtype=torch.float64) for _ in range(2))
    directions = random_directions(16, 3, generator)
    shuffled = x[torch.randperm(64, generator=generator)]
    torch.testing.assert_close(sliced_wasserstein(shuffled, y, directions), sliced_wasserstein(x, y, directions))
    assert sliced_wasserstein(x, shuffled, directions) < 1e-15


def test_the_null_falls_as_one_over_root_n(generator):
    """Mean over 30 pairs at n = 200 and 3200: the ratio is 4, its relative sd about 5 %."""
    directions = random_directions(32, 2, generator)

    def mean(n):
        pairs = [torch.randn(2, n, 2, generator=generator, dtype=torch.float64) for _ in range(30)]
        return sum(sliced_wasserstein(x, y, directions).item() for x, y in pairs) / 30

    assert mean(200) / mean(3200) == pytest.approx(4, rel=0.25)


def test_samples_of_unequal_size_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        sliced_wasserstein(torch.zeros(3, 2), torch.zeros(4, 2), torch.eye(2))
