"""Closest points by Newton's method in a chart: from far away, at edges, round axes that close; and bands."""

import math

import pytest
import torch

from aeeval.manifolds.bands import Band
from aeeval.manifolds.charted import Parametrised
from aeeval.manifolds.conoid import helicoid, saddle
from aeeval.manifolds.hyperbolic import hyperbolic_patch


def seeded(seed):
    return torch.Generator().manual_seed(seed)


class Tube(Parametrised):
    """A cylinder about the third axis, of radius 1, with the angle first and no closed form for its chart."""

    name, topology, dim, has_boundary, reach_is_exact = "tube", "annulus", 2, True, True
    ambient_dim = span_dim = 3
    embedding_dim = parts_dim = (2, 2)
    closed, unit_axis, resolution = (True, False), 0, (12, 4)
    low = torch.tensor([-math.pi, 0.0], dtype=torch.float64)
    high = torch.tensor([math.pi, 3.0], dtype=torch.float64)
    greatest_area_element = unit = reach = 1.0
    log_volume = math.log(6 * math.pi)

    def point(self, u):
        return torch.stack([u[..., 0].cos(), u[..., 0].sin(), u[..., 1]], dim=-1)

    def first(self, u):
        zero = torch.zeros_like(u[:, 0])
        around = torch.stack([-u[:, 0].sin(), u[:, 0].cos(), zero], dim=1)
        return torch.stack([around, torch.stack([zero, zero, zero + 1], dim=1)], dim=1)

    def second(self, u):
        bends = torch.zeros(len(u), 2, 2, 3, dtype=u.dtype)
        bends[:, 0, 0, :2] = -self.point(u)[:, :2]
        return bends

    def boundary_distance(self, m):
        return torch.minimum(m[:, 2], 3 - m[:, 2])

    def pieces(self):
        return {"all": self.whole, "band": lambda: Band(self, -1.0, 2.0)}


def test_closest_point_of_a_tube_is_radial_and_clamped():
    x = torch.tensor([[-3.0, 1e-3, 1.0], [-3.0, -1e-3, 4.0], [0.2, 0.1, -1.0], [0.0, 5.0, 3.0]], dtype=torch.float64)
    radial = torch.nn.functional.normalize(x[:, :2], dim=1)
    expected = torch.cat([radial, x[:, 2:].clamp(0, 3)], dim=1)
    assert (Tube().project(x) - expected).abs().max() <= 1e-12
    for share in (0.499, 0.501):  # of the way to x, which is 2 away from a tube of reach 1
        certified = Tube().certified(expected[:1] + share * (x - expected)[:1], expected[:1])
        assert certified.all() == (share < 0.5)


def test_the_chart_of_a_closed_axis_is_wrapped_into_its_ends():
    u = torch.tensor([[3.0, 1.0], [-3.0, 2.0], [0.0, 0.0]], dtype=torch.float64)
    turned = u + torch.tensor([2 * math.pi, 0.0], dtype=torch.float64)
    assert (Tube().chart(Tube().point(turned)) - u).abs().max() <= 1e-12


def test_a_band_of_a_closed_axis_is_near_on_both_sides():
    """A circle of length 2π, S = [-1, 2]: what is left is an arc of 2π - 3 whose middle is farthest."""
    support = Tube().support("band")
    angle = torch.tensor([-1.0, 0.0, 2.0, 2.5, 3.1, -1.25, -3.1], dtype=torch.float64)
    m = Tube().point(torch.stack([angle, torch.ones_like(angle)], dim=1))
    expected = [0, 0, 0, 0.5, 1.1, 0.25, 2 * math.pi - 5.1]
    assert support.support_distance(m).tolist() == pytest.approx(expected, abs=1e-9)
    assert support.farthest == pytest.approx(math.pi - 1.5)
    assert support.volume == pytest.approx(9.0, rel=1e-9)
    beyond = support.support_distance(support.propose_beyond(2000, 1.0, seeded(1)))
    assert beyond.min() > 0
    assert beyond.max() <= 1 + 1e-9
    assert beyond.mean().item() == pytest.approx(0.5, abs=0.03)  # 4 sd of 2000 uniform numbers: .026


@pytest.mark.parametrize("shape", [helicoid(), helicoid(turns=0.4, half_width=3.0), saddle(half_length=3.0)])
def test_closest_points_from_far_away(shape):
    """Never beaten by a grid of 10^5 points, up to four scales away; another turn would be much farther."""
    native, scale = shape.native, shape.support().scale
    step = torch.nn.functional.normalize(torch.randn(400, 3, generator=seeded(3), dtype=torch.float64), dim=1)
    x = native.sample(400, seeded(2)) + torch.linspace(0, 4 * scale, 400, dtype=torch.float64)[:, None] * step
    closest = torch.cdist(x, native.mesh(320).reshape(-1, 3)).amin(dim=1)
    assert (native.distance(x) - closest).max() <= 1e-12 * scale


@pytest.mark.parametrize("shape", [helicoid(), saddle(), hyperbolic_patch()])
def test_points_of_the_boundary_are_certified_from_outside(shape):
    """Beyond an edge or a corner, where the slope of the distance along 𝓜 does not vanish."""
    native = shape.native
    share = torch.tensor([[0.0, 0.3], [1.0, 0.4], [0.2, 0.0], [0.6, 1.0], [0.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
    u = native.low + (native.high - native.low) * share
    out = native.first(u) * (torch.where(share == 0.5, 0.0, (share == 1).double() - (share == 0).double()))[:, :, None]
    m = native.point(u)
    x = m + 0.3 * native.reach * torch.nn.functional.normalize(out.sum(dim=1), dim=1)
    p = native.project(x)
    assert native.certified(x, p).all()
    assert (torch.linalg.vector_norm(x - p, dim=1) <= 0.3 * native.reach + 1e-12).all()
    assert (native.boundary_distance(p) <= 1e-9).all()


def test_no_points_have_no_closest_points():
    empty = torch.empty(0, 3, dtype=torch.float64)
    native = helicoid().native
    for answer in (native.project(empty), native.tangent(empty), native.normal(empty), native.certified(empty, empty)):
        assert len(answer) == 0
