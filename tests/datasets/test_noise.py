"""Tube noise has the law of a Gaussian that is known to fit in its tube, however narrow it is, on every component."""

import math

import numpy as np
import pytest
import torch
from scipy import special, stats

from aeeval.datasets.noise import Noise, perturb, shortened
from aeeval.manifolds.sphere_sets import disjoint_spheres

ALARM = 1e-4  # probability that a right law fails


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def below(length, codim):
    """P(‖ν‖ ≤ length) of a standard normal ν in so many dimensions."""
    return special.gammainc(codim / 2, np.square(length) / 2)


@pytest.mark.parametrize("codim", [1, 2, 18])
@pytest.mark.parametrize("limit", [0.3, 1.0, 4.0, 30.0])
def test_lengths_have_the_law_of_a_gaussian_cut_off_at_the_limit(codim, limit):
    draws = torch.randn(20_000, codim, generator=seeded(codim), dtype=torch.float64)
    length = torch.linalg.vector_norm(shortened(draws, codim, torch.full((20_000,), limit, dtype=torch.float64)), dim=1)
    assert length.max() <= limit
    assert stats.kstest(below(length.numpy(), codim) / below(limit, codim), "uniform").pvalue > ALARM


def test_where_the_mass_of_the_tube_underflows_the_length_has_a_power_law():
    """With 800 dimensions and a limit of 1e-3 P is 10^-4000; the density goes as ℓ^799 there."""
    draws = torch.randn(5000, 800, generator=seeded(1), dtype=torch.float64)
    limit = torch.full((5000,), 1e-3, dtype=torch.float64)
    length = torch.linalg.vector_norm(shortened(draws, 800, limit), dim=1)
    assert stats.kstest((length / 1e-3).numpy() ** 800, "uniform").pvalue > ALARM


def test_a_tube_without_walls_changes_nothing():
    draws = torch.randn(100, 5, generator=seeded(2), dtype=torch.float64)
    for limit in (math.inf, 100.0):
        assert torch.equal(shortened(draws, 5, torch.full((100,), limit, dtype=torch.float64)), draws)


def test_directions_stay_what_they_were():
    draws = torch.randn(100, 5, generator=seeded(3), dtype=torch.float64)
    short = shortened(draws, 5, torch.full((100,), 0.2, dtype=torch.float64))
    torch.testing.assert_close(torch.nn.functional.normalize(short), torch.nn.functional.normalize(draws))


def test_every_component_has_the_law_of_its_own_codimension():
    """A circle and an 8-sphere in R^10: 9 and 2 normal directions, in tubes about as wide as the noise."""
    manifold = disjoint_spheres(dims=[1, 8], ambient_dim=10, seed=4)
    clean = manifold.sample(20_000, seeded(5))
    sigma = 0.1
    offset = perturb(clean, Noise("tube", sigma), 1.0, manifold, seeded(6)) - clean
    limit = (manifold.local_reach(clean) / 2 / sigma).numpy()
    length = torch.linalg.vector_norm(offset, dim=1).numpy() / sigma
    for component, rows in manifold.by_component(clean):
        codim = {1: 9, 8: 2}[component.dim]
        share = below(length[rows], codim) / below(limit[rows], codim)
        assert stats.kstest(share, "uniform").pvalue > ALARM
        along = torch.einsum("nki,ni->nk", component.tangent(clean[rows]), offset[rows])
        assert along.abs().max() <= 1e-12
