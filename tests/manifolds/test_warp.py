"""Warps: lengths and areas summed up independently, the bound on the reach, and what is declared absent."""

import math

import pytest
import torch
from scipy import integrate

from aeeval.errors import GeometryError, Skipped
from aeeval.manifolds.averages import average, cap_rule
from aeeval.manifolds.base import GEODESICS
from aeeval.manifolds.embedded import normalised
from aeeval.manifolds.foot import secant_bend
from aeeval.manifolds.solid import Solid
from aeeval.manifolds.warp import Warped
from aeeval.manifolds.warp_support import WarpedSupport
from aeeval.manifolds.warps import warped_roll, warped_sphere


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def path_length(points):
    """(k, D) -> the length of the path through them."""
    return torch.linalg.vector_norm(points.diff(dim=0), dim=1).sum().item()


def lifted(shape, u):
    sines = shape.sines
    return torch.cat([u, sines.amplitude * (sines.frequency * u @ sines.weights.T).sin()], dim=1)


@pytest.mark.parametrize("angle", [0.8, math.pi])
def test_length_of_a_warped_circle(angle):
    """A chord of step h falls short by h²/24 of its length: 4e-10 in 60 000 steps."""
    manifold = warped_sphere(dim=1, ambient_dim=5, radius=0.7, seed=1)
    support = manifold.support("all") if angle == math.pi else manifold.support("cap", angle=angle)
    turn = torch.linspace(-angle, angle, 60_001, dtype=torch.float64)
    path = lifted(manifold.native, 0.7 * torch.stack([turn.sin(), turn.cos()], dim=1))
    assert support.volume == pytest.approx(path_length(path), rel=1e-8)


def test_area_and_moments_of_a_warped_cap():
    """√(EG - F²) of the chart, summed by scipy; centroid and scale against means under that weight."""
    manifold = warped_sphere(dim=2, ambient_dim=7, seed=2)
    support, shape = manifold.support("cap", angle=1.1), manifold.native
    sines = shape.sines

    def element(turn, polar):
        along = [math.cos(polar) * math.cos(turn), math.cos(polar) * math.sin(turn), -math.sin(polar)]
        around = [-math.sin(polar) * math.sin(turn), math.sin(polar) * math.cos(turn), 0.0]
        at = [math.sin(polar) * math.cos(turn), math.sin(polar) * math.sin(turn), math.cos(polar)]
        frame = torch.tensor([along, around], dtype=torch.float64)
        slope = sines.amplitude * sines.frequency * (sines.frequency * sines.weights @ torch.tensor(at).double()).cos()
        full = torch.cat([frame, frame @ (slope[:, None] * sines.weights).T], dim=1)
        return torch.linalg.det(full @ full.T).clamp_min(0).sqrt().item()

    area = integrate.dblquad(element, 0, 1.1, 0, 2 * math.pi, epsabs=1e-7, epsrel=1e-7)[0]
    assert support.volume == pytest.approx(area, rel=1e-6)
    assert GEODESICS in manifold.absent
    assert "exact volume" not in manifold.absent


def test_area_of_a_warped_roll():
    """The warped area element over the roll's, √(1 + t²) dt dh, on a grid of 400 x 400 midpoints: error h²."""
    manifold = warped_roll(ambient_dim=5, width=6.0, seed=3)
    shape = manifold.native
    t = 1.5 * math.pi * (1 + 2 * (torch.arange(400, dtype=torch.float64) + 0.5) / 400)
    h = 6 * (torch.arange(400, dtype=torch.float64) + 0.5) / 400
    t, h = (part.flatten() for part in torch.meshgrid(t, h, indexing="ij"))
    u = torch.stack([t * t.cos(), t * t.sin(), h], dim=1)
    forward = torch.stack([t.cos() - t * t.sin(), t.sin() + t * t.cos(), 0 * t], dim=1)
    frame = torch.stack([forward, torch.tensor([0, 0, 1.0]).double().expand_as(forward)], dim=1)
    slope = shape.sines.amplitude * shape.sines.frequency * (shape.sines.frequency * u @ shape.sines.weights.T).cos()
    full = torch.cat([frame, (frame @ shape.sines.weights.T) * slope[:, None]], dim=2)
    area = torch.linalg.det(full @ full.mT).sqrt().mean() * 3 * math.pi * 6
    assert manifold.volume == pytest.approx(area.item(), rel=1e-4)
    assert manifold.support("box", lo=0.0, hi=1.0).volume == pytest.approx(manifold.volume, rel=1e-9)


@pytest.mark.parametrize("dim", [1, 2, 3, 4])
@pytest.mark.parametrize("angle", [1.0, math.pi])
def test_cap_rule_has_the_moments_of_the_cap(dim, angle):
    """E cos θ and E cos² θ under sin^(d-1) θ, and E x₁² = (1 - E cos² θ)/d by symmetry."""
    nodes, weights = cap_rule(dim, angle, 16)
    mass = integrate.quad(lambda t: math.sin(t) ** (dim - 1), 0, angle)[0]
    first, second = (
        integrate.quad(lambda t, k=k: math.cos(t) ** k * math.sin(t) ** (dim - 1), 0, angle)[0] / mass for k in (1, 2)
    )
    assert torch.allclose(nodes.norm(dim=1), torch.ones(len(nodes), dtype=torch.float64))
    assert weights.sum().item() == pytest.approx(1, rel=1e-12)
    assert (weights @ nodes).tolist() == pytest.approx([0.0] * dim + [first], abs=1e-12)
    assert (weights @ nodes.square()).tolist() == pytest.approx([(1 - second) / dim] * dim + [second], rel=1e-9)


def test_without_a_rule_the_error_is_stated_and_covers_the_truth():
    """The mean of |x|² over the disc is 1/2; 131072 points, standard error .289/√131072 = 8e-4, or 1.6e-3 of it."""
    disc = Solid(2, 1.0)
    found = average(None, disc.sample, lambda x: x.square().sum(dim=1, keepdim=True))
    assert 0.3e-3 < found.error < 4e-3  # 1.6e-3, itself estimated from 8 batches
    assert found.values.item() == pytest.approx(0.5, abs=4 * 8e-4)
    manifold = warped_sphere(dim=6, ambient_dim=9)
    assert "relative error" in manifold.absent["exact volume"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: warped_sphere(dim=1, ambient_dim=6, amplitude=0.8, seed=4),
        lambda: warped_sphere(ambient_dim=10, amplitude=1.0, seed=5),
        lambda: warped_roll(ambient_dim=6, amplitude=6.0, seed=6),
    ],
)
def test_no_two_points_contradict_the_bound_on_the_reach(make):
    """Federer's quotient |y - x|² / 2 dist(y - x, T_x), at its least between near points: many near pairs."""
    manifold = make()
    x = manifold.sample(1500, seeded(7))
    tangent = manifold.tangent(x)
    offset = x[None, :] - x[:, None]
    off = torch.linalg.vector_norm(offset - (offset @ tangent.mT) @ tangent, dim=2)
    quotient = offset.square().sum(dim=2) / (2 * off.fill_diagonal_(1e-300))
    least = quotient.fill_diagonal_(math.inf).min().item()
    assert manifold.reach <= least
    assert least < 8 * manifold.reach  # a bound, and not a useless one


def test_reach_is_the_formula_of_the_card():
    """One sine along e₁ of the unit circle: H = a ω², L = √(1 + a²ω²)."""
    manifold = warped_sphere(dim=1, ambient_dim=3, amplitude=0.2, frequency=2.0)
    longest = torch.linalg.vector_norm(manifold.native.sines.weights).item()
    bend, stretch = 0.2 * 4 * longest**2, math.hypot(1, 0.2 * 2 * longest)
    assert manifold.reach == pytest.approx(1 / (bend + stretch), rel=1e-12)
    assert not manifold.reach_is_exact


def test_distances_are_absent_and_held_between_two_bounds():
    """The meridian is a way to the cap: its length, warped, lies between the bounds, so the upper one is no lie."""
    manifold = warped_sphere(dim=2, ambient_dim=8, amplitude=0.6, seed=8)
    support = normalised(manifold.support("cap", angle=0.7))
    shape = support.manifold.native
    u = shape.base.sample(100, seeded(9))
    m = support.manifold.lift(shape.above(u))
    with pytest.raises(Skipped, match="no geodesics on warped-sphere"):
        support.support_distance(m)
    low, high = support.distance_bounds(m)
    for point, least, most in zip(u, low.tolist(), high.tolist(), strict=True):
        polar = math.acos(point[2])
        angles = torch.linspace(min(0.7, polar), polar, 2000, dtype=torch.float64)
        rim = point[:2] / point[:2].norm()
        path = torch.cat([angles.sin()[:, None] * rim, angles.cos()[:, None]], dim=1)
        assert least - 1e-6 <= path_length(support.manifold.lift(lifted(shape, path))) <= most + 1e-6
    assert (low[u[:, 2].acos() <= 0.7] == 0).all()
    assert high.max() > 1


def test_where_distances_are_known_both_bounds_are_the_distance():
    support = warped_sphere(dim=2).support("all")
    m = support.sample(5, seeded(10))
    assert [bound.tolist() for bound in support.distance_bounds(m)] == [[0.0] * 5] * 2


def test_second_form_of_the_sphere_by_secants():
    """Secants of projectors against II(t, t') = -⟨t, t'⟩ u / R²: errors 1e-10 of the size of v."""
    shape = warped_sphere(dim=3, ambient_dim=6, radius=2.0, seed=11).native
    u = shape.base.sample(50, seeded(12))
    v = torch.randn(50, 4, generator=seeded(13), dtype=torch.float64)
    frame = shape.base.tangent(u)
    torch.testing.assert_close(secant_bend(shape.base, u, v, frame), shape.bend(u, v, frame), rtol=0, atol=1e-8)


def test_any_shape_can_be_warped_also_one_that_has_edges_and_no_rule():
    """A warped disc: samples certify as their own closest points, and points beyond the rim stop at it."""
    sines = warped_sphere(dim=1, ambient_dim=5, amplitude=0.3).native.sines
    shape = Warped("warped-disc", Solid(2, 1.0), sines)
    m = shape.sample(200, seeded(14))
    assert shape.certified(m, m).all()
    x = m + 0.2 * torch.randn(m.shape, generator=seeded(15), dtype=torch.float64)
    p = shape.project(x)
    dense = shape.sample(20_000, seeded(16))
    assert (torch.linalg.vector_norm(x - p, dim=1) <= torch.cdist(x, dense).amin(dim=1) + 1e-9).all()
    rim = shape.boundary_distance(p) < 1e-9
    assert 0 < rim.sum() < 200
    support = WarpedSupport(shape, shape.base.support("shell", outer=0.5))
    assert support.log_prob(support.sample(100, seeded(17))).isfinite().all()
    assert support.volume < shape.volume


@pytest.mark.parametrize(
    ("make", "params"),
    [
        (warped_sphere, {"ambient_dim": 3}),
        (warped_sphere, {"amplitude": 0.0}),
        (warped_sphere, {"dim": 0}),
        (warped_sphere, {"frequency": math.nan}),
        (warped_roll, {"ambient_dim": 3}),
        (warped_roll, {"width": -1.0}),
    ],
)
def test_warps_that_do_not_exist_are_refused(make, params):
    with pytest.raises(GeometryError, match=r"expected .*; got .*; .*"):
        make(**params)
