"""Tori, Möbius bands and Klein bottles: closed forms, sides, self-contact, and what their reach rests on."""

import math
import re

import pytest
import torch
from scipy import integrate

from aeeval.errors import GeometryError
from aeeval.manifolds.flat_torus import flat_torus
from aeeval.manifolds.klein_bottle import klein_bottle
from aeeval.manifolds.make import make
from aeeval.manifolds.mobius import mobius
from aeeval.manifolds.mobius_reach import _bend, greatest_bend
from aeeval.manifolds.torus import torus

TURN = 2 * math.pi


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


def norm(vectors):
    return torch.linalg.vector_norm(vectors, dim=-1)


def around(n):
    return TURN / n * torch.arange(n, dtype=torch.float64)


def grid(shape, around_u, across_v):
    u = around(around_u)[:, None].expand(-1, across_v)
    v = torch.linspace(-shape.length, shape.length, across_v, dtype=torch.float64).expand(around_u, -1)
    return u.flatten(), v.flatten()


def least_quotient(shape, around_u, across_v):
    """Federer's quotient over all pairs of a grid; the tangent cone at an edge is a half plane."""
    u, v = grid(shape, around_u, across_v)
    points, frame = shape.point(u, v), shape.tangent(shape.point(u, v))
    outward = torch.einsum("nk,nk->n", frame[:, 1], shape.velocities(*shape.coordinates(points))[1])
    edge = torch.isclose(v.abs(), tensor(shape.length)) if shape.has_boundary else torch.zeros_like(v, dtype=bool)
    sign = shape.coordinates(points)[1].sign() * outward
    least = math.inf
    for i in range(0, len(points), 3):
        offset = points - points[i]
        along = offset @ frame[i].T
        if edge[i]:
            along[:, 1] = torch.where(along[:, 1] * sign[i] > 0, 0.0, along[:, 1])
        off = norm(offset - along @ frame[i])
        least = min(least, torch.where(off > 1e-6, norm(offset) ** 2 / (2 * off), math.inf).min().item())
    return least


def test_a_band_of_the_torus_by_pappus():
    support = torus(ambient_dim=5, major=2.5, minor=0.7).support("band", angle=1.2)
    R, r, a = 2.5, 0.7, 1.2
    ring = 2 * R * a + 2 * r * math.sin(a)  # ∫ (R + r cos φ) dφ
    assert support.volume == pytest.approx(TURN * r * ring, rel=1e-10)
    squares, _ = integrate.quad(lambda p: (R + r * math.cos(p)) * (R * R + r * r + 2 * R * r * math.cos(p)), -a, a)
    assert support.scale == pytest.approx(math.sqrt(squares / ring), rel=1e-10)
    assert norm(support.centroid).item() <= 1e-12
    assert support.farthest == pytest.approx(r * (math.pi - a), rel=1e-12)
    assert (support.embedding_dim, support.manifold.embedding_dim) == ((2, 2), (3, 3))


def test_the_whole_torus():
    whole = torus(major=2.5, minor=0.7).support()
    assert whole.volume == pytest.approx(4 * math.pi**2 * 2.5 * 0.7, rel=1e-12)
    assert whole.scale == pytest.approx(math.sqrt(2.5**2 + 2 * 0.7**2), rel=1e-10)  # E cos φ = r/2R


def test_distance_from_the_torus_is_that_of_its_profile():
    shape = torus(major=2.0, minor=0.5).native
    x = 3 * torch.randn(500, 3, generator=seeded(1), dtype=torch.float64)
    profile = (torch.hypot(norm(x[:, :2]) - 2.0, x[:, 2]) - 0.5).abs()
    assert (shape.distance(x) - profile).abs().max() <= 1e-14


def test_points_of_the_axis_and_the_core_have_no_certificate():
    shape = torus().native
    x = tensor([[0, 0, 3.0], [2.0, 0, 0], [0, 2.0, 0], [0.1, 0, 3.0], [2.1, 0, 0]])
    m = shape.project(x)
    assert shape.distance(m).max() <= 1e-14
    assert shape.certified(x, m).tolist() == [False, False, False, True, True]


@pytest.mark.parametrize(("major", "minor"), [(2.0, 1.0), (3.0, 0.5), (1.3, 1.0)])
def test_reach_of_the_torus_is_the_least_quotient(major, minor):
    shape = torus(major=major, minor=minor).native
    assert shape.reach == min(minor, major - minor)
    assert least_quotient(shape, 60, 41) == pytest.approx(shape.reach, rel=1e-9)


@pytest.mark.parametrize("dim", [1, 3])
def test_boxes_of_the_flat_torus(dim):
    support = flat_torus(dim=dim, radius=1.5, ambient_dim=2 * dim + 1).support("box", angle=2.0)
    mean = math.sin(2.0) / 2.0
    assert support.volume == pytest.approx((4 * 1.5) ** dim, rel=1e-12)
    assert support.scale == pytest.approx(1.5 * math.sqrt(dim * (1 - mean**2)), rel=1e-12)
    assert norm(support.centroid).item() == pytest.approx(1.5 * mean * math.sqrt(dim), rel=1e-12)
    assert support.manifold.volume == pytest.approx((3 * math.pi) ** dim, rel=1e-12)
    assert support.farthest == pytest.approx(1.5 * (math.pi - 2.0) * math.sqrt(dim), rel=1e-12)
    assert (support.embedding_dim, support.manifold.embedding_dim) == ((dim, dim), (dim + 1, dim + 1))


def test_distances_on_the_flat_torus_go_the_short_way_round():
    support = flat_torus(dim=2, radius=2.0).support("box", angle=1.0)
    shape = support.native.torus
    z = 2.0 * math.pi * (2 * torch.rand(50, 2, generator=seeded(2), dtype=torch.float64) - 1)
    side = torch.linspace(-2.0, 2.0, 201, dtype=torch.float64)
    box = torch.cartesian_prod(side, side)
    gap = (z[:, None] - box).abs()
    brute = norm(torch.minimum(gap, 4 * math.pi - gap)).amin(dim=1)
    ours = support.native.support_distance(shape.above(z))
    assert (ours <= brute + 1e-12).all()
    assert (brute - ours).max() <= 0.02  # the grid's spacing


def test_a_part_of_the_first_circle_is_reached_from_both_ends():
    shape = flat_torus(dim=2).native
    z = math.pi * tensor([[-0.9, 0.3], [-0.5, 0.0], [0.1, 0.0], [0.95, -1.0]])
    distance = shape.coordinate().distance(shape.above(z), 0.5 * math.pi, 0.9 * math.pi)
    assert (distance / math.pi).tolist() == pytest.approx([0.2, 0.6, 0.4, 0.05], abs=1e-12)


def transported(frames, loop, start):
    """A frame of normals, or of tangents, carried along a path of points, each time to the nearest one."""
    frame = start
    for basis in frames(loop):
        left, _, right = torch.linalg.svd(frame @ basis.T)
        frame = left @ right @ basis
    return frame


@pytest.mark.parametrize(("name", "turns", "side"), [("mobius", 1, -1), ("mobius", 2, 1), ("torus", 1, 1)])
def test_the_mobius_band_has_one_side(name, turns, side):
    """A normal carried once round the middle comes back reversed, twice round as itself; on a torus it stays."""
    shape = make(name).native
    u = turns * torch.cat([around(200), tensor([TURN])])
    loop = shape.point(u, torch.zeros_like(u))
    start = shape.normal(loop[:1])[0]
    assert torch.allclose(loop[-1], loop[0], atol=1e-12)
    assert torch.allclose(transported(shape.normal, loop, start), side * start, atol=1e-9)


def test_the_mobius_band_has_one_edge():
    """The edge v = w closes only after two turns, and runs through the edge v = -w on its way."""
    band = mobius().native
    w = tensor([band.length])
    assert norm(band.point(tensor([0.0]), w) - band.point(tensor([TURN]), w)).item() == pytest.approx(2 * band.length)
    assert norm(band.point(tensor([0.0]), w) - band.point(tensor([2 * TURN]), w)).item() <= 1e-12
    assert norm(band.point(tensor([0.0]), -w) - band.point(tensor([TURN]), w)).item() <= 1e-12


def test_the_klein_bottle_has_one_side():
    """In four dimensions: a tangent frame carried once round comes back as its mirror image."""
    for shape, determinant in ((klein_bottle().native, -1), (torus().native, 1)):
        u = torch.cat([around(400), tensor([TURN])])
        loop = shape.point(u, torch.zeros_like(u))
        start = shape.tangent(loop[:1])[0]
        back = transported(shape.tangent, loop, start)
        assert torch.linalg.det(back @ start.T).item() == pytest.approx(determinant, abs=1e-9)


@pytest.mark.parametrize("name", ["klein-bottle", "mobius", "torus"])
def test_no_surface_meets_itself(name):
    """On a fine grid, once over the identification (u + 2π, v) = (u, ±v), points far along the chart are far apart."""
    shape = make(name).native
    u, v = grid(shape, 72, 25)
    keep = (v < shape.length - 1e-9) | (name == "mobius")  # v = -length and v = length are one ring
    points, u, v = shape.point(u[keep], v[keep]), u[keep], v[keep]
    around_u = (u[:, None] - u).abs()
    closed_v = math.inf if name == "mobius" else 2 * shape.length
    flip = 1 if name == "torus" else -1

    def apart(other, turns):
        gap = (v[:, None] - other).abs()
        return torch.hypot(turns, torch.minimum(gap, closed_v - gap))

    chart = torch.minimum(apart(v, around_u), apart(flip * v, TURN - around_u))
    close = chart < 0.5
    assert torch.cdist(points, points)[~close].min() >= 0.15
    assert (torch.cdist(points, points) + 10 * torch.eye(len(u)))[close].min() > 0.01


def test_volumes_by_an_independent_rule():
    def klein(phi):
        return TURN * math.hypot(3 + math.cos(phi), math.sin(phi) / 2)

    expected, _ = integrate.quad(klein, -math.pi, math.pi, epsabs=1e-12)
    assert klein_bottle(major=3.0).volume == pytest.approx(expected, rel=1e-10)
    support = mobius(ambient_dim=4, half_width=0.5).support("band", half_width=0.25)
    expected, _ = integrate.dblquad(
        lambda u, v: math.hypot(1 + v * math.cos(u / 2), v / 2), -0.25, 0.25, 0, TURN, epsabs=1e-10
    )
    assert support.volume == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("major", "minor"), [(2.0, 1.0), (3.0, 0.7)])
def test_reach_of_the_klein_bottle_is_the_least_quotient(major, minor):
    shape = klein_bottle(major=major, minor=minor).native
    assert shape.reach == minor
    assert least_quotient(shape, 72, 41) == pytest.approx(minor, rel=1e-9)


@pytest.mark.parametrize("half_width", [0.2, 0.6, 0.9])
def test_reach_of_the_mobius_band_is_below_the_least_quotient_and_of_use(half_width):
    band = mobius(half_width=half_width).native
    least = least_quotient(band, 90, 13)
    assert 0.6 * least <= band.reach <= least
    assert band.reach <= 1 / greatest_bend(half_width)


def test_curvature_of_the_mobius_band_is_that_of_its_normals():
    """The norm of the second form, by secants of the unit normal, over random points; the formula is its maximum."""
    band = mobius(half_width=0.6).native
    u = TURN * torch.rand(4000, generator=seeded(3), dtype=torch.float64)
    v = 0.6 * (2 * torch.rand(4000, generator=seeded(4), dtype=torch.float64).sqrt() - 1)

    def normal(u, v):
        along, across = band.velocities(u, v)
        return torch.nn.functional.normalize(torch.linalg.cross(along, across), dim=1)

    step = 1e-5
    turn_u = (normal(u + step, v) - normal(u - step, v)) / (2 * step) / band.width(u, v)[:, None]
    turn_v = (normal(u, v + step) - normal(u, v - step)) / (2 * step)
    form = (
        torch.stack([turn_u, turn_v], dim=1)
        @ torch.nn.functional.normalize(torch.stack(band.velocities(u, v), dim=1), dim=2).mT
    )
    assert (form - form.mT).abs().max() <= 1e-8
    greatest = torch.linalg.matrix_norm(form, 2).max().item()
    assert 0.98 * greatest_bend(0.6) <= greatest <= greatest_bend(0.6) * (1 + 1e-6)


@pytest.mark.parametrize("half_width", [0.05, 0.3, 0.6, 0.97])
def test_no_point_of_the_mobius_band_bends_more_than_the_bound(half_width):
    """Ten times as many random points as cells, the corners, and no more than 0.1 % above what they reach."""
    c, v = torch.rand(2, 10_000, generator=seeded(9), dtype=torch.float64)
    c, v = torch.cat([2 * c - 1, torch.tensor([-1.0, 1.0])]), half_width * torch.cat([v, torch.ones(2)])
    A, h = 1 + v * c, torch.hypot(1 + v * c, v / 2)
    a, b = (1 - c * c).clamp_min(0).sqrt() * (h * h + v * v / 4) / h**3, 1 / (2 * h * h)
    bend = torch.maximum(a / 2 + torch.hypot(a / 2, b), torch.hypot(a, (A * c + v / 4) / (h * h)))
    assert bend.max() <= greatest_bend(half_width) <= 1.005 * bend.max()


def test_a_bound_of_the_bend_holds_over_its_whole_cell():
    low = torch.stack([2 * torch.rand(300, generator=seeded(10)).double() - 1, torch.rand(300, generator=seeded(11))])
    high = torch.stack([low[0] + (1 - low[0]) * 0.3, low[1] + (1 - low[1]) * 0.3])
    bound = _bend(low, high)
    for share in torch.rand(40, 2, generator=seeded(12)).double():
        within = low + (high - low) * share[:, None]
        assert (_bend(within, within) <= bound + 1e-12).all()


def test_reach_scales_with_the_band():
    assert mobius(radius=2.0, half_width=0.8).reach == pytest.approx(2 * mobius(half_width=0.4).reach, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "params", "support", "said"),
    [
        ("torus", {"major": 1.0, "minor": 1.0}, None, "major > 1"),
        ("torus", {"minor": -1.0}, None, "minor > 0"),
        ("torus", {"ambient_dim": 2}, None, "ambient_dim >= 3"),
        ("torus", {}, {"angle": math.pi}, "angle < π"),
        ("flat-torus", {"dim": 0}, None, "dim an integer >= 1"),
        ("flat-torus", {"dim": 3, "ambient_dim": 5}, None, "ambient_dim >= 6"),
        ("flat-torus", {}, {"angle": 0.0}, "angle > 0"),
        ("flat-torus", {}, {"angle": math.pi}, "angle < π"),
        ("mobius", {"half_width": 1.0}, None, "half_width < 1"),
        ("mobius", {"radius": math.inf}, None, "radius a finite number"),
        ("mobius", {}, {"half_width": 0.7}, "half_width in"),
        ("klein-bottle", {"major": 1.9}, None, "major >= 2"),
        ("klein-bottle", {}, {"angle": 4.0}, "angle in"),
        ("klein-bottle", {"ambient_dim": 3}, None, "ambient_dim >= 4"),
    ],
)
def test_what_does_not_exist_is_refused(name, params, support, said):
    with pytest.raises(GeometryError, match=re.escape(said)) as caught:
        make(name, **params).support("box" if name == "flat-torus" else "band", **(support or {}))
    assert re.fullmatch(r"expected .+; got .+; .+", str(caught.value))
