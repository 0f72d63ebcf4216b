"""The Archimedean spiral γ(t) = (t cos t, t sin t), 1.5π ≤ t ≤ 4.5π: arc length and closest points, in float64."""

import math

import numpy as np
import torch
from torch import Tensor

START, END = 1.5 * math.pi, 4.5 * math.pi
_TURN = 2 * math.pi
_NEWTON_STEPS = 60
_FLAT = 1e-12  # keeps a step finite where F does not bend: on the axis


def curve(t: Tensor) -> Tensor:
    """(...,) -> (..., 2): γ(t); its distance from the origin is t."""
    return torch.stack([t * t.cos(), t * t.sin()], dim=-1)


def velocity(t: Tensor) -> Tensor:
    """(...,) -> (..., 2): γ'(t), of length √(1 + t²)."""
    return torch.stack([t.cos() - t * t.sin(), t.sin() + t * t.cos()], dim=-1)


def acceleration(t: Tensor) -> Tensor:
    """(...,) -> (..., 2): γ''(t)."""
    return torch.stack([-2 * t.sin() - t * t.cos(), 2 * t.cos() - t * t.sin()], dim=-1)


def arc_length(t: Tensor) -> Tensor:
    """(...,) -> (...,): length of the spiral from t = 0, (t √(1 + t²) + asinh t) / 2."""
    return (t * torch.sqrt(1 + t * t) + torch.asinh(t)) / 2


def parameter(s: Tensor) -> Tensor:
    """(...,) -> (...,): the t of an arc length, by Newton.

    Arc length is convex and at least t²/2, so from √(2s) every step comes nearer from above.
    """
    t = (2 * s).sqrt()
    for _ in range(_NEWTON_STEPS):
        step = (arc_length(t) - s) / torch.sqrt(1 + t * t)
        t = t - step
        if bool((step.abs() <= 1e-14 * t).all()):
            break
    return t


def closest(p: Tensor) -> Tensor:
    """(n, 2) -> (n,): the t in [START, END] of the point of the spiral that is closest to p.

    With p at radius ρ and angle θ, and φ = t - θ - 2πj on branch j, half the derivative of the squared distance is
    F(t) = t - ρ cos φ + t ρ sin φ. A minimum lies at |φ| < π/2; there F is first convex, then rising, so right of its
    least value it has one root at most. All branches are solved at once; the ends of the spiral compete with the roots.
    """
    radius = torch.linalg.vector_norm(p, dim=1)[:, None]
    angle = torch.atan2(p[:, 1], p[:, 0])[:, None]
    centre = angle + _TURN * torch.tensor([1.0, 2.0], dtype=p.dtype)  # others meet [START, END] at its ends at most
    roots = _root(radius, centre)
    ends = torch.tensor([START, END], dtype=p.dtype).expand(len(p), 2)
    t = torch.cat([roots.clamp(START, END), ends], dim=1)
    gap = (t - radius) ** 2 + 4 * t * radius * torch.sin((t - angle) / 2) ** 2
    return t.gather(1, gap.argmin(dim=1, keepdim=True)).squeeze(1)


def _root(radius: Tensor, centre: Tensor) -> Tensor:
    """(n, 1), (n, b) -> (n, b): the root of F on each branch, by bracketed Newton; a bracket's end if there is none."""
    low, high = _least(radius, centre), centre + math.pi / 2
    crossed = (_half_derivative(low, low - centre, radius) < 0) & (_half_derivative(high, high - centre, radius) > 0)
    high = torch.where(crossed, high, low)
    t = radius.clamp(low, high)
    for _ in range(_NEWTON_STEPS):
        value, slope = _half_derivative(t, t - centre, radius), _slope(t, t - centre, radius)
        low, high = torch.where(value <= 0, t, low), torch.where(value > 0, t, high)
        newton = t - value / slope
        following = torch.where((newton >= low) & (newton <= high), newton, (low + high) / 2)  # a settled t stays
        settled = (following - t).abs() <= 2e-15 * t.abs()
        t = following
        if bool(settled.all()):
            break
    return t


def _least(radius: Tensor, centre: Tensor) -> Tensor:
    """Where F is least on each branch, next to φ = -π/2: a few Newton steps on its convex part."""
    start = centre - math.pi / 2
    t = start
    for _ in range(3):
        step = _slope(t, t - centre, radius) / _bend(t, t - centre, radius).clamp_min(_FLAT)
        t = (t - step).clamp(start, centre)
    return t


def _half_derivative(t: Tensor, phi: Tensor, radius: Tensor) -> Tensor:
    return t - radius * phi.cos() + t * radius * phi.sin()


def _slope(t: Tensor, phi: Tensor, radius: Tensor) -> Tensor:
    return 1 + 2 * radius * phi.sin() + t * radius * phi.cos()


def _bend(t: Tensor, phi: Tensor, radius: Tensor) -> Tensor:
    return 3 * radius * phi.cos() - t * radius * phi.sin()


def reach() -> float:
    """Half the least distance between two turns, or the least radius of curvature; both are taken at the inner end.

    Turns grow ever farther apart and flatter outwards, so the bottleneck joins γ(START) to the closest point a turn on.
    """
    end = torch.tensor(START, dtype=torch.float64)
    inner = curve(end)[None]
    one_turn_on = torch.tensor([[START + _TURN]], dtype=torch.float64)
    t = _root(torch.linalg.vector_norm(inner, dim=1)[:, None], one_turn_on)
    between_turns = torch.linalg.vector_norm(curve(t[0]) - inner).item() / 2
    bend_radius = (1 + START**2) ** 1.5 / (START**2 + 2)
    return min(between_turns, bend_radius)


def moments(low: float, high: float, nodes: int = 200) -> tuple[Tensor, float]:
    """Mean (2,) of γ over low <= t <= high, uniform in arc length, and the mean of |γ - mean|²; by Gauss-Legendre."""
    abscissae, weights = (torch.from_numpy(a) for a in np.polynomial.legendre.leggauss(nodes))
    t = low + (high - low) * (abscissae + 1) / 2
    density = weights * torch.sqrt(1 + t * t)
    density = density / density.sum()
    mean = density @ curve(t)
    return mean, float(density @ (curve(t) - mean).square().sum(dim=1))
