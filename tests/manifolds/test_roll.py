"""The Swiss roll against quadrature and brute force."""

import math

import pytest
import torch
from scipy import integrate

from aeeval.manifolds import spiral
from aeeval.manifolds.roll import swiss_roll


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


def fine_grid(n):
    return torch.linspace(spiral.START, spiral.END, n, dtype=torch.float64)


def test_arc_length_is_the_integral_of_speed():
    expected, _ = integrate.quad(lambda t: math.sqrt(1 + t * t), spiral.START, spiral.END, epsabs=1e-12)
    ends = spiral.arc_length(tensor([spiral.START, spiral.END]))
    assert (ends[1] - ends[0]).item() == pytest.approx(expected, rel=1e-13)
    assert swiss_roll().volume == pytest.approx(21 * expected, rel=1e-13)


def test_parameter_inverts_arc_length():
    t = fine_grid(1001)
    assert (spiral.parameter(spiral.arc_length(t)) - t).abs().max() <= 1e-13 * spiral.END


def test_reach_is_the_least_quotient_of_the_spiral():
    """Federer's quotient with the tangent cone, which at an end is a half line."""
    t = fine_grid(3001)
    points, forward = spiral.curve(t), torch.nn.functional.normalize(spiral.velocity(t), dim=1)
    least = math.inf
    for index in (0, 1, 10, 300, 1500, 2999, 3000):
        offset = points - points[index]
        low, high = 0 if index == 0 else -math.inf, 0 if index == 3000 else math.inf
        inside = (offset @ forward[index]).clamp(low, high)
        off = torch.linalg.vector_norm(offset - inside[:, None] * forward[index], dim=1)
        quotient = torch.where(off > 1e-9, offset.square().sum(dim=1) / (2 * off), math.inf)
        least = min(least, quotient.min().item())
    assert least == pytest.approx(swiss_roll().reach, rel=1e-5)  # the grid's spacing of 0.03, squared
    assert swiss_roll().reach <= least


def test_closest_point_against_brute_force():
    """Points near, far, on the axis, at radius 1 where a branch loses its minimum, and off the ends."""
    wide = 12 * torch.randn(500, 2, generator=seeded(1), dtype=torch.float64)
    inner = torch.randn(500, 2, generator=seeded(2), dtype=torch.float64)
    p = torch.cat([wide, inner, 100 * wide[:100], tensor([[0, 0], [1, 0], [0, -1], [0, -4.7], [0, 14.2]])])
    grid = fine_grid(40_001)
    brute = torch.cdist(p, spiral.curve(grid)).amin(dim=1)
    ours = torch.linalg.vector_norm(p - spiral.curve(spiral.closest(p)), dim=1)
    assert (ours - brute).max() <= 1e-11  # never beaten
    spacing = 14.2 * (spiral.END - spiral.START) / 40_000
    assert (brute - ours).max() <= spacing  # and no nearer than the grid allows


def test_moments_against_samples_of_the_definition():
    t = fine_grid(200_001)
    weight = torch.sqrt(1 + t * t)
    weight = weight / weight.sum()
    mean = weight @ spiral.curve(t)
    spread = weight @ (spiral.curve(t) - mean).square().sum(dim=1)
    ours_mean, ours_spread = spiral.moments(spiral.START, spiral.END)
    assert torch.allclose(ours_mean, mean, atol=1e-4)  # ends of the sum count fully: 1 in 200 000 of 14
    assert ours_spread == pytest.approx(spread.item(), rel=1e-5)


def test_geodesics_run_along_the_arc():
    support = swiss_roll(ambient_dim=6).support("box", lo=0.25, hi=0.75)
    roll = support.manifold.native
    share = tensor([0.0, 0.2, 0.25, 0.5, 0.75, 0.9, 1.0])
    m = support.manifold.lift(roll.at(share, tensor([0.3] * 7)))
    expected = roll.length * tensor([0.25, 0.05, 0, 0, 0, 0.15, 0.25])
    assert (support.support_distance(m) - expected).abs().max() <= 1e-10
    assert support.farthest == pytest.approx(roll.length / 4)
    assert support.volume == pytest.approx(support.manifold.volume / 2)


def test_boundary_distance_is_the_nearest_edge_of_the_rectangle():
    roll = swiss_roll(width=8.0)
    m = roll.lift(roll.native.at(tensor([0.5, 0.01, 0.5]), tensor([0.25, 0.5, 1.0])))
    assert roll.boundary_distance(m).tolist() == pytest.approx([2.0, 0.01 * roll.native.length, 0.0], abs=1e-10)


def test_roots_settle_in_few_steps(monkeypatch):
    """Newton doubles the digits; a bracket that threw settled roots out again would take all 60 steps there are."""
    looks = []
    look = spiral._half_derivative
    monkeypatch.setattr(spiral, "_half_derivative", lambda *arguments: looks.append(1) or look(*arguments))
    for size in (8.0, 50.0, 500.0):
        looks.clear()
        turn = torch.linspace(0, 2 * math.pi, 2000, dtype=torch.float64)
        spiral.closest(size * torch.stack([turn.cos(), turn.sin()], dim=1))
        assert len(looks) <= 25
