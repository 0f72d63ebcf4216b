"""Spheres and caps against their closed forms."""

import math

import pytest
import torch
from scipy import stats

from aeeval.manifolds.sphere import Cap, sphere


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("dim", "volume"),
    [(1, 2 * math.pi), (2, 4 * math.pi), (3, 2 * math.pi**2), (4, 8 * math.pi**2 / 3), (5, math.pi**3)],
)
@pytest.mark.parametrize("radius", [1.0, 0.3])
def test_volume_is_the_textbook_one(dim, volume, radius):
    manifold = sphere(dim=dim, radius=radius)
    assert manifold.volume == pytest.approx(volume * radius**dim, rel=1e-12)
    assert manifold.reach == radius
    assert manifold.embedding_dim == (dim + 1, dim + 1)
    assert manifold.support().scale == radius


@pytest.mark.parametrize("angle", [0.01, 1.0, 2.0, 3.1])
def test_cap_of_the_2_sphere(angle):
    support = sphere(dim=2, ambient_dim=5, radius=1.5).support("cap", angle=angle)
    assert support.volume == pytest.approx(2 * math.pi * 1.5**2 * (1 - math.cos(angle)), rel=1e-11)
    height = 1.5 * (1 + math.cos(angle)) / 2  # of the centroid: Archimedes, uniform along the axis
    assert torch.linalg.vector_norm(support.centroid).item() == pytest.approx(abs(height), rel=1e-12)
    assert support.scale == pytest.approx(math.sqrt(1.5**2 - height**2), rel=1e-10)
    assert support.farthest == pytest.approx(1.5 * (math.pi - angle), rel=1e-12)
    assert support.embedding_dim == (2, 2)


@pytest.mark.parametrize("angle", [0.5, 2.5])
def test_arc_of_the_circle(angle):
    support = sphere(dim=1).support("cap", angle=angle)
    assert support.volume == pytest.approx(2 * angle, rel=1e-12)
    assert torch.linalg.vector_norm(support.centroid).item() == pytest.approx(math.sin(angle) / angle, rel=1e-12)


@pytest.mark.parametrize("dim", [1, 2, 6])
def test_cap_samples_have_the_exact_polar_angle(dim):
    support = sphere(dim=dim, ambient_dim=dim + 3).support("cap", angle=1.2)
    angle = support.manifold.native.polar_angle(support.manifold.coordinates(support.sample(20_000, seeded(dim))))
    grid = torch.linspace(0, 1.2, 20_001, dtype=torch.float64)
    density = grid.sin() ** (dim - 1)
    mass = torch.cat([torch.zeros(1), ((density[1:] + density[:-1]) / 2).cumsum(0)])
    shares = (mass / mass[-1])[(angle / 1.2 * 20_000).round().long()]
    assert stats.kstest(shares.numpy(), "uniform").pvalue > 1e-4  # false alarm 1e-4
    assert angle.max() <= 1.2


def test_cap_that_holds_all_the_mass_a_float_sees():
    support = sphere(dim=200).support("cap", angle=2.5)
    x = support.sample(100, seeded(0))
    assert support.log_volume == support.manifold.log_volume
    assert support.support_distance(x).max() == 0
    assert support.scale == pytest.approx(1.0, abs=1e-12)


def test_every_pair_reads_the_radius_as_federer_quotient():
    manifold = sphere(dim=3, ambient_dim=6, radius=0.7)
    x, y = manifold.sample(500, seeded(1)), manifold.sample(500, seeded(2))
    frame = manifold.tangent(x)
    rest = y - x - torch.einsum("nkd,nk->nd", frame, torch.einsum("nkd,nd->nk", frame, y - x))
    quotient = (y - x).square().sum(dim=1) / (2 * torch.linalg.vector_norm(rest, dim=1))
    assert (quotient - 0.7).abs().max() <= 1e-12 * 500  # rounding, more for near pairs


def test_the_centre_has_a_closest_point_but_no_certificate():
    manifold = sphere(dim=2, ambient_dim=4, radius=2.0)
    x = torch.zeros(1, 4)
    m = manifold.project(x)
    assert manifold.distance(x).item() == pytest.approx(2.0, rel=1e-15)
    assert manifold.distance(m).item() <= 1e-14
    assert not manifold.certified(x, m).any()
    far = 10 * m
    assert manifold.certified(far, manifold.project(far)).all()


def test_support_distance_is_the_angle_beyond_the_rim():
    support = sphere(dim=1, radius=2.0).support("cap", angle=0.5)
    shape: Cap = support.native
    angle = torch.tensor([0.0, 0.4, 0.5, 0.6, 3.0], dtype=torch.float64)
    m = support.manifold.lift(shape.manifold.at(angle.cos(), angle.sin(), torch.ones(5, 1, dtype=torch.float64)))
    assert support.support_distance(m).tolist() == pytest.approx([0, 0, 0, 0.2, 5.0], abs=1e-12)
    assert support.log_prob(m).isfinite().tolist() == [True, True, True, False, False]


def test_a_volume_below_the_smallest_float_still_has_a_density():
    manifold = sphere(dim=1000)
    assert manifold.volume == 0
    assert manifold.log_prob(manifold.sample(2, seeded(3))).tolist() == pytest.approx([-manifold.log_volume] * 2)
