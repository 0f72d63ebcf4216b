"""Products against closed forms: volumes, dimensions of Euclidean spaces that hold them, distances as hypotenuses."""

import math

import pytest
import torch

from aeeval.errors import GeometryError, Skipped
from aeeval.manifolds.base import GEODESICS
from aeeval.manifolds.mobius import Mobius
from aeeval.manifolds.plane import Plane
from aeeval.manifolds.product import Product
from aeeval.manifolds.products import cylinder, sphere_x_sphere
from aeeval.manifolds.sphere import Sphere
from aeeval.manifolds.warps import warped_sphere


def seeded(seed):
    return torch.Generator().manual_seed(seed)


class Named(Product):
    name = "product"


@pytest.mark.parametrize(
    ("manifold", "volume", "reach"),
    [
        (cylinder(radius=0.5, half_width=3.0), 2 * math.pi * 0.5 * 6, 0.5),
        (cylinder(dim=3, radius=2.0, half_width=0.5), 4 * math.pi * 4, 2.0),
        (sphere_x_sphere(dim=1, other_dim=1, other_radius=0.3), 4 * math.pi**2 * 0.3, 0.3),
        (sphere_x_sphere(dim=2, other_dim=3, radius=0.1), 4 * math.pi * 0.01 * 2 * math.pi**2, 0.1),
    ],
)
def test_volume_and_reach_are_those_of_the_textbook(manifold, volume, reach):
    assert manifold.volume == pytest.approx(volume, rel=1e-12)
    assert (manifold.reach, manifold.reach_is_exact) == (reach, True)


def test_the_reach_is_attained():
    """On the axis of a cylinder every point of a circle is as near: no point farther than the reach has one closest."""
    manifold = cylinder(ambient_dim=3, radius=0.7, seed=3)
    axis = manifold.lift(torch.tensor([[0.0, 0.0, 0.5]], dtype=torch.float64))
    assert manifold.distance(axis).item() == pytest.approx(0.7, rel=1e-12)
    assert not manifold.certified(axis, manifold.project(axis)).any()


def closed(dim):
    return Sphere(dim, 1.0)


@pytest.mark.parametrize(
    ("factors", "expected"),
    [
        ([closed(1), closed(1)], (3, 3)),  # the torus is no plane figure, and a doughnut's surface
        ([closed(1), closed(1), closed(1)], (4, 4)),
        ([closed(2), closed(3)], (6, 6)),  # S^m x S^n bounds S^m x ball in R^(m+n+1)
        ([closed(2), Plane(1, 1.0)], (3, 3)),  # a thick sphere
        ([closed(2), Plane(4, 1.0)], (6, 6)),
        ([Plane(2, 1.0), Plane(3, 1.0)], (5, 5)),
        ([Mobius(1.0, 0.4), Plane(1, 1.0)], (3, 4)),  # not orientable: not in R^3; the rule does not see that
    ],
)
def test_least_euclidean_dimension_of_products(factors, expected):
    assert Named(factors).embedding_dim == expected


def test_supports_need_no_more_than_their_dimension_once_they_are_cut_open():
    manifold = sphere_x_sphere(dim=1, other_dim=2)
    assert manifold.support("band").embedding_dim == (3, 3)
    assert manifold.support("patch").embedding_dim == (3, 3)
    assert cylinder(dim=4).support("band").embedding_dim == (4, 4)


def test_distances_to_a_support_are_hypotenuses():
    manifold = cylinder(ambient_dim=5, radius=2.0, seed=4)
    support = manifold.support("patch", angle=0.5, half_width=1.0)
    angle = torch.tensor([0.0, 1.5, 1.5, -2.0], dtype=torch.float64)
    height = torch.tensor([0.5, -0.5, 1.75, -2.0], dtype=torch.float64)
    m = manifold.lift(torch.stack([2 * angle.sin(), 2 * angle.cos(), height], dim=1))
    expected = [0, 2.0, math.hypot(2.0, 0.75), math.hypot(3.0, 1.0)]
    assert support.support_distance(m).tolist() == pytest.approx(expected, abs=1e-12)
    assert support.farthest == pytest.approx(math.hypot(2 * (math.pi - 0.5), 1.0), rel=1e-12)


def test_moments_of_a_product_of_caps():
    """Centroid (0, sin a / a) R of an arc; mean squares add."""
    support = sphere_x_sphere(dim=1, other_dim=1, other_radius=2.0).support("patch", angle=1.2)
    height = math.sin(1.2) / 1.2
    assert torch.linalg.vector_norm(support.centroid).item() == pytest.approx(math.hypot(height, 2 * height), rel=1e-12)
    assert support.scale == pytest.approx(math.sqrt(5 * (1 - height**2)), rel=1e-12)
    assert support.volume == pytest.approx(2.4 * 4.8, rel=1e-12)


def test_points_beyond_leave_every_factor_alone_and_together():
    support = cylinder().support("patch").native
    x = support.propose_beyond(2000, 1.0, seeded(5))
    lengths = support.each(lambda factor, y: factor.support_distance(y), x)
    out = lengths > 1e-9
    assert out.any(dim=0).all()
    for pattern in ([True, False], [False, True], [True, True]):
        assert (torch.tensor(pattern) == out.T).all(dim=1).double().mean() > 0.2


def test_a_factor_that_is_known_to_a_bound_only_makes_a_bound():
    short, long = Sphere(1, 0.5), Sphere(1, 2.0)
    short.reach_is_exact = False
    assert not Named([short, long]).reach_is_exact
    long.reach_is_exact, short.reach_is_exact = False, True
    assert Named([short, long]).reach_is_exact


def test_what_a_factor_lacks_the_product_lacks():
    sphere = Sphere(1, 1.0)
    sphere.absent = {"volume": "a reason"}
    assert Named([sphere, Plane(1, 1.0)]).absent == {"volume of sphere": "a reason"}


def test_a_product_with_a_warp_has_bounds_of_distances_only():
    """Between 5 and 5 L along the warped circle, and 12 along the segment: a hypotenuse from 13 on."""
    warp = warped_sphere(dim=1, radius=5.0, frequency=0.5).native
    product = Named([warp, Plane(1, 20.0)])
    support = product.over("piece", [warp.support("cap", angle=1.0), Plane(1, 20.0).support("box", half_width=3.0)])
    rim = warp.above(5 * torch.tensor([[math.sin(2.0), math.cos(2.0)]], dtype=torch.float64))
    m = torch.cat([rim, torch.tensor([[-15.0]], dtype=torch.float64)], dim=1)
    assert GEODESICS in product.absent
    with pytest.raises(Skipped, match="no geodesics on warped-sphere"):
        support.support_distance(m)
    expected = [13.0, math.hypot(5 * warp.stretch, 12)]
    assert [bound.item() for bound in support.distance_bounds(m)] == pytest.approx(expected, rel=1e-12)


def test_three_dimensions_are_not_drawn():
    with pytest.raises(Skipped, match="d <= 2"):
        sphere_x_sphere().mesh()


@pytest.mark.parametrize(
    "params", [{"dim": 1}, {"radius": 0.0}, {"half_width": -1.0}, {"dim": 3, "ambient_dim": 3}, {"radius": math.nan}]
)
def test_cylinders_that_do_not_exist_are_refused(params):
    with pytest.raises(GeometryError, match=r"expected .*; got .*; .*"):
        cylinder(**params)
