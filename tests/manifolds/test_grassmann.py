"""Subspaces against principal angles, duality, and what is known of projective spaces."""

import math
import re

import pytest
import torch
from scipy import integrate
from scipy.linalg import subspace_angles

from aeeval.errors import GeometryError
from aeeval.manifolds.grassmann import Grassmannian, grassmann
from aeeval.manifolds.subspaces import orthonormal, symmetric_basis

PAIRS = [(1, 2), (1, 3), (2, 3), (1, 4), (2, 4), (3, 4), (2, 5), (3, 6)]


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("inner", "outer"), PAIRS)
def test_points_are_projections(inner, outer):
    shape = Grassmannian(inner, outer)
    P = shape.matrix(shape.sample(50, seeded(1)))
    assert (P @ P - P).abs().max() <= 1e-13
    assert (P - P.mT).abs().max() <= 1e-13
    assert (P.diagonal(dim1=1, dim2=2).sum(dim=1) - inner).abs().max() <= 1e-13
    assert shape.dim == inner * (outer - inner)
    assert (shape.coordinates(P) - shape.coordinates(shape.matrix(shape.coordinates(P)))).abs().max() <= 1e-14


@pytest.mark.parametrize("size", [2, 3, 5])
def test_the_basis_is_orthonormal_and_traceless(size):
    basis, _ = symmetric_basis(size)
    assert len(basis) == size * (size + 1) // 2 - 1
    assert (basis.flatten(1) @ basis.flatten(1).T - torch.eye(len(basis))).abs().max() <= 1e-14
    assert basis.diagonal(dim1=1, dim2=2).sum(dim=1).abs().max() <= 1e-14
    assert (basis - basis.mT).abs().max() == 0


def test_frames_are_uniform_in_sign_too():
    """The first column of a QR factor alone never has a positive first entry; a uniform one has it half the time."""
    q = orthonormal(4000, 3, 2, seeded(2))
    assert ((q[:, 0, 0] > 0).sum() - 2000).abs() <= 4 * math.sqrt(1000)


@pytest.mark.parametrize(("inner", "outer"), PAIRS)
def test_subspaces_and_their_complements_are_alike(inner, outer):
    one, other = Grassmannian(inner, outer), Grassmannian(outer - inner, outer)
    assert one.log_volume == pytest.approx(other.log_volume, rel=1e-12)
    assert (one.dim, one.span_dim, one.embedding_dim) == (other.dim, other.span_dim, other.embedding_dim)
    assert one.whole().scale == pytest.approx(math.sqrt(inner * (outer - inner) / outer), rel=1e-10)


def test_volumes_that_are_known():
    """RP^1 is a circle of radius 1/√2, RP^2 half a sphere of radius √2; Gr(2, 4) half of two unit spheres' product."""
    assert grassmann(subspace_dim=1, space_dim=2).volume == pytest.approx(math.sqrt(2) * math.pi, rel=1e-12)
    assert grassmann(subspace_dim=1, space_dim=3).volume == pytest.approx(4 * math.pi, rel=1e-12)
    assert grassmann().volume == pytest.approx((4 * math.pi) ** 2 / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("dim", "known"), [(1, (2, 2)), (2, (4, 4)), (3, (5, 5)), (4, (8, 8)), (5, (8, 9)), (6, (8, 11)), (8, (16, 16))]
)
def test_projective_spaces_that_fit_into_few_dimensions(dim, known):
    assert grassmann(subspace_dim=1, space_dim=dim + 1).embedding_dim == known


def test_reach_is_where_two_eigenvalues_meet():
    shape = Grassmannian(2, 4)
    m = shape.sample(20, seeded(3))
    vectors = torch.linalg.eigh(shape.matrix(m)).eigenvectors
    swap = torch.diag(torch.tensor([0.0, 1.0, -1.0, 0.0], dtype=torch.float64)) / math.sqrt(2)
    normal = shape.coordinates(vectors @ swap @ vectors.mT)
    assert torch.linalg.vector_norm(normal, dim=1).tolist() == pytest.approx([1.0] * 20)
    for share in (0.99, 1.01):
        x = m + share * shape.reach * normal
        assert shape.certified(x, m).all() == (share < 1)
        assert (torch.linalg.vector_norm(shape.project(x) - m, dim=1) < 1e-9).all() == (share < 1)
    level = m + shape.reach * normal
    assert not shape.certified(level, shape.project(level)).any()


def geodesic(shape, a, b):
    """√2 times the root of the sum of squared principal angles."""
    frames = [torch.linalg.eigh(shape.matrix(p[None])[0]).eigenvectors[:, -shape.inner :].numpy() for p in (a, b)]
    return math.sqrt(2) * math.sqrt((subspace_angles(*frames) ** 2).sum())


@pytest.mark.parametrize(("inner", "outer"), [(1, 3), (2, 3), (2, 4), (2, 5)])
def test_no_point_of_the_cap_is_nearer_than_its_distance_and_one_is_as_near(inner, outer):
    shape = Grassmannian(inner, outer)
    cap = shape.support("cap", angle=0.5)
    members = cap.sample(100, seeded(4))
    assert (cap.support_distance(members) == 0).all()
    for m in shape.sample(8, seeded(5)):
        distance = cap.support_distance(m[None]).item()
        assert min(geodesic(shape, m, p) for p in members) >= distance - 1e-12
        foot = turned_towards_the_axis(shape, m, distance / math.sqrt(2))
        assert cap.support_distance(foot[None]).item() == pytest.approx(0, abs=1e-7)
        assert geodesic(shape, m, foot) == pytest.approx(distance, abs=1e-7)  # arccos near 1 loses half of all digits


def turned_towards_the_axis(shape, m, angle):
    """The subspace after its vector nearest to the last axis e has turned towards e."""
    P, axis = shape.matrix(m[None])[0], torch.eye(shape.outer, dtype=torch.float64)[-1]
    nearest = torch.nn.functional.normalize(P @ axis, dim=0)
    rest = axis - (axis @ nearest) * nearest
    up = torch.nn.functional.normalize(rest, dim=0)
    moved = math.cos(angle) * nearest + math.sin(angle) * up
    return shape.coordinates(P - torch.outer(nearest, nearest) + torch.outer(moved, moved))


def test_caps_of_projective_space_are_caps_of_half_a_sphere():
    """For k = 1: lines within an angle of one, on a sphere of radius √2 with its poles identified."""
    support = grassmann(subspace_dim=1, space_dim=3, ambient_dim=8).support("cap", angle=0.8)
    assert support.volume == pytest.approx(4 * math.pi * (1 - math.cos(0.8)), rel=1e-10)
    mean, _ = integrate.quad(lambda a: math.sin(a) * math.cos(a) ** 2 / (1 - math.cos(0.8)), 0, 0.8)
    square = mean**2 + (1 - mean) ** 2 / 2
    assert support.scale == pytest.approx(math.sqrt(1 - square), rel=1e-10)
    assert support.embedding_dim == (2, 2)
    assert support.farthest == pytest.approx(math.sqrt(2) * (math.pi / 2 - 0.8), rel=1e-12)


@pytest.mark.parametrize(("inner", "outer", "known"), [(1, 5, (4, 4)), (2, 3, (3, 4)), (2, 4, (4, 8)), (2, 5, (7, 12))])
def test_dimension_of_caps(inner, outer, known):
    """A ball of lines lies flat; planes of R^3 near a line form a Möbius band."""
    assert grassmann(subspace_dim=inner, space_dim=outer).support("cap").embedding_dim == known


@pytest.mark.parametrize(
    ("params", "cap", "said"),
    [
        ({"subspace_dim": 0}, {}, "subspace_dim an integer >= 1"),
        ({"subspace_dim": 3, "space_dim": 3}, {}, "space_dim an integer >= 4"),
        ({"ambient_dim": 8}, {}, "ambient_dim >= 9"),
        ({}, {"angle": math.pi / 2}, "angle < π/2"),
        ({}, {"angle": -1.0}, "angle > 0"),
    ],
)
def test_what_does_not_exist_is_refused(params, cap, said):
    with pytest.raises(GeometryError, match=re.escape(said)):
        grassmann(**params).support("cap", **cap)
