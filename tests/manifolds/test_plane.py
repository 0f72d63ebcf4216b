"""The flat case, where every answer is arithmetic."""

import math

import pytest
import torch

from aeeval.manifolds.plane import plane


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_facts_of_a_cube(dim):
    manifold = plane(dim=dim, half_width=1.5)
    assert manifold.ambient_dim == dim + 1
    assert manifold.reach == math.inf
    assert manifold.volume == pytest.approx(3.0**dim, rel=1e-12)
    assert manifold.support().scale == pytest.approx(1.5 * math.sqrt(dim / 3), rel=1e-15)
    box = manifold.support("box", half_width=0.5)
    assert box.volume == pytest.approx(1.0, rel=1e-12)
    assert box.farthest == pytest.approx(math.sqrt(dim))
    assert box.embedding_dim == (dim, dim)


def test_closest_point_and_distances_by_hand():
    manifold = plane(dim=2, ambient_dim=3, half_width=2.0, seed=3)
    normal = manifold.complement[0]
    x = manifold.lift(torch.tensor([[5.0, 1.0], [0.5, -0.5]], dtype=torch.float64)) + 4 * normal
    expected = manifold.lift(torch.tensor([[2.0, 1.0], [0.5, -0.5]], dtype=torch.float64))
    assert torch.allclose(manifold.project(x), expected, atol=1e-14)
    assert manifold.distance(x).tolist() == pytest.approx([5.0, 4.0], rel=1e-14)
    assert manifold.boundary_distance(expected).tolist() == pytest.approx([0.0, 1.5], abs=1e-14)
    assert manifold.support("box").support_distance(expected).tolist() == pytest.approx([1.0, 0.0], abs=1e-14)


def test_proposals_beyond_have_the_distances_they_were_asked_for():
    """Uniform on (0, farthest] where the cube is wide enough: mean 1/2, a quarter below 1/4, none beyond."""
    support = plane(dim=6, half_width=2.0).support("box", half_width=1.0)
    distance = support.support_distance(support.propose_beyond(4000, 1.0, seeded(4)))
    assert distance.min() > 0
    assert distance.max() <= 1 + 1e-12
    for level in (0.25, 0.5, 0.75):  # 4 binomial sd at n = 4000: .032
        assert (distance <= level).double().mean().item() == pytest.approx(level, abs=0.032)
