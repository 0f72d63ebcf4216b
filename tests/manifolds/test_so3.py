"""Rotations against scipy's, closed forms of their caps, and circles as their geodesics."""

import math
import re

import pytest
import torch
from scipy.spatial.transform import Rotation

from aeeval.errors import GeometryError
from aeeval.manifolds.so3 import Rotations, from_quaternion, so3


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_quaternions_make_the_matrices_they_should():
    q = torch.nn.functional.normalize(torch.randn(100, 4, generator=seeded(1), dtype=torch.float64), dim=1)
    expected = Rotation.from_quat(q[:, [1, 2, 3, 0]].numpy()).as_matrix()
    assert (from_quaternion(q).reshape(100, 3, 3) - torch.from_numpy(expected)).abs().max() <= 1e-14


def test_angles_and_axes_are_those_of_scipy():
    shape = Rotations()
    axis = torch.nn.functional.normalize(torch.randn(200, 3, generator=seeded(2), dtype=torch.float64), dim=1)
    angle = math.pi * torch.linspace(0, 1, 200, dtype=torch.float64) ** 3  # also tiny ones
    expected = Rotation.from_rotvec((angle[:, None] * axis).numpy()).as_matrix()
    m = shape.about(axis, angle)
    assert (m - torch.from_numpy(expected).flatten(1)).abs().max() <= 1e-14
    assert (shape.angle(m) - angle).abs().max() <= 1e-14


def test_the_closest_rotation_beats_reflections_and_scipy_agrees():
    shape = Rotations()
    x = torch.randn(300, 9, generator=seeded(3), dtype=torch.float64)
    p = shape.project(x).reshape(-1, 3, 3)
    assert torch.linalg.det(p).min() > 0.999999
    u, _, vt = torch.linalg.svd(x.reshape(-1, 3, 3))
    sign = torch.linalg.det(u @ vt)
    assert (sign < 0).sum() > 100  # half of all matrices are nearer to a reflection
    expected = u @ torch.diag_embed(torch.stack([torch.ones_like(sign), torch.ones_like(sign), sign], dim=1)) @ vt
    assert (p - expected).abs().max() <= 1e-12


def test_certificates_end_where_singular_values_cancel():
    shape = Rotations()
    identity = torch.eye(3, dtype=torch.float64)
    for values, unique in (([1, 1, 1], 1), ([1, 0.5, -0.4], 1), ([1, 0.5, -0.5], 0), ([1, 0, 0], 0), ([2, 1, 0], 1)):
        x = torch.diag(torch.tensor(values, dtype=torch.float64)).reshape(1, 9)
        assert shape.certified(x, identity.reshape(1, 9)).item() == bool(unique)


def test_volume_and_reach_are_those_of_a_halved_sphere():
    """Unit quaternions cover SO(3) twice, 2√2 times enlarged; its geodesics are circles of radius √2."""
    manifold = so3(ambient_dim=12)
    assert manifold.volume == pytest.approx(2 * math.pi**2 * math.sqrt(8) ** 3 / 2, rel=1e-12)
    shape, angle = Rotations(), torch.linspace(0, 2 * math.pi, 9, dtype=torch.float64)[:-1]
    circle = shape.about(torch.tensor([[0.6, 0.0, 0.8]], dtype=torch.float64).expand(8, 3), angle)
    radius = torch.linalg.vector_norm(circle - circle.mean(dim=0), dim=1)
    assert torch.allclose(radius, torch.full((8,), manifold.reach, dtype=torch.float64), rtol=1e-13)
    assert (manifold.dim, manifold.span_dim, manifold.embedding_dim) == (3, 9, (5, 5))


@pytest.mark.parametrize("angle", [0.05, 1.5, 3.1])
def test_caps_by_elementary_integrals(angle):
    """Rotation angles have the density (1 - cos ω)/π, and E R = E(1 + 2 cos ω)/3 · I."""
    support = so3().support("cap", angle=angle)
    mass = angle - math.sin(angle)
    cosine = (math.sin(angle) - angle / 2 - math.sin(2 * angle) / 4) / mass
    mean = (1 + 2 * cosine) / 3
    slack = 1e-9 / angle**2  # what these formulas lose for small caps
    assert support.volume == pytest.approx(support.manifold.volume * mass / math.pi, rel=slack)
    assert torch.linalg.vector_norm(support.centroid).item() == pytest.approx(math.sqrt(3) * mean, rel=slack)
    assert support.scale == pytest.approx(math.sqrt(3 * (1 - mean**2)), rel=slack)
    assert support.farthest == pytest.approx(math.sqrt(2) * (math.pi - angle), rel=1e-12)
    assert support.embedding_dim == (3, 3)


def test_distances_to_a_cap_are_lengths_of_rotations():
    support = so3(ambient_dim=10).support("cap", angle=1.0)
    shape = support.native.manifold
    axis = torch.nn.functional.normalize(torch.randn(5, 3, generator=seeded(4), dtype=torch.float64), dim=1)
    m = support.manifold.lift(shape.about(axis, torch.tensor([0.0, 0.9, 1.0, 1.5, math.pi], dtype=torch.float64)))
    expected = [math.sqrt(2) * turn for turn in (0, 0, 0, 0.5, math.pi - 1)]
    assert support.support_distance(m).tolist() == pytest.approx(expected, abs=1e-12)
    fine = [from_angle(shape, axis[3], 1.0 + 0.5 * t) for t in torch.linspace(0, 1, 2001, dtype=torch.float64)]
    walked = torch.linalg.vector_norm(torch.cat(fine).diff(dim=0), dim=1).sum()
    assert walked.item() == pytest.approx(expected[3], rel=1e-7)


def from_angle(shape, axis, angle):
    return shape.about(axis[None], angle[None])


@pytest.mark.parametrize(
    ("params", "cap", "said"),
    [
        ({"ambient_dim": 8}, {}, "ambient_dim >= 9"),
        ({}, {"angle": math.pi}, "angle < π"),
        ({}, {"angle": 0.0}, "angle > 0"),
    ],
)
def test_what_does_not_exist_is_refused(params, cap, said):
    with pytest.raises(GeometryError, match=re.escape(said)):
        so3(**params).support("cap", **cap)
