"""How near the Möbius band comes to itself: a certified lower bound of its reach."""

import math
from functools import cache

import torch
from torch import Tensor

from aeeval.manifolds.narrow import reach_bound

_AROUND, _ACROSS = 144, 13  # points between which distances are compared
_CELLS = 32  # of each axis, at first
_SHARP = 1.001  # the bound of curvatures, relative to what they reach


def on_band(radius: float, u: Tensor, v: Tensor) -> Tensor:
    """(...), (...) -> (..., 3): ((R + v cos(u/2)) cos u, (R + v cos(u/2)) sin u, v sin(u/2))."""
    rho, height = radius + v * (u / 2).cos(), v * (u / 2).sin()
    return torch.stack([rho * u.cos(), rho * u.sin(), height], dim=-1)


@cache
def unit_reach(half_width: float) -> float:
    """A certified lower bound of the reach of the band of R = 1.

    Pairs run over a grid; by the half turn (u, v) -> (2π - u, -v) about the first axis, the first point only over
    u <= π. Paths go across the band, along u, and across again; each second point comes as (u, v) and as
    (u + 2π, -v), for the two ways round.
    """
    step, gap = 2 * math.pi / _AROUND, 2 * half_width / (_ACROSS - 1)
    u = step * torch.arange(2 * _AROUND, dtype=torch.float64)
    v = torch.linspace(-half_width, half_width, _ACROSS, dtype=torch.float64)
    band, half = on_band(1.0, u, v[:, None]), slice(0, _AROUND // 2 + 1)
    width = torch.hypot(1 + v[:, None] * (u / 2).cos(), v[:, None] / 2)

    around = _around(step * (torch.maximum(width, width.roll(-1, 1)) + half_width * step / 4))[:, half]
    across = (v[:, None] - v).abs()[:, :, None, None]
    by_middle = around[_ACROSS // 2] + (v.abs()[:, None] + v.abs())[:, :, None, None]
    path = torch.minimum(torch.minimum(around[:, None], around) + across, by_middle)
    path = torch.minimum(path, path.flip(1).roll(_AROUND, 3))
    chord = torch.linalg.vector_norm(band[:, None, half, None] - band[None, :, None], dim=-1)

    widest = width + half_width * step / 4 + gap  # within half a cell: |∂width/∂u| <= |v|/2, |∂width/∂v| < 2
    cell = torch.hypot(widest * step / 2, torch.tensor(gap / 2))
    slack = cell[:, None, half, None] + cell[None, :, None]
    return reach_bound(greatest_bend(half_width), chord, path, slack)


def _around(segments: Tensor) -> Tensor:
    """(r, g) lengths of the segments of closed curves -> (r, g, g): lengths of the shorter ways between their nodes."""
    from_start = torch.cat([torch.zeros_like(segments[:, :1]), segments.cumsum(dim=1)], dim=1)
    forward = (from_start[:, :-1, None] - from_start[:, None, :-1]).abs()
    return torch.minimum(forward, from_start[:, -1:, None] - forward)


def greatest_bend(half_width: float) -> float:
    """An upper bound, by 0.1 % at most, of the curvature of shortest paths on the band of R = 1.

    Over cells of c = cos(u/2) and v, quartered until none can hold more than 1.001 times what is reached.
    """
    c = torch.linspace(-1, 1, _CELLS + 1, dtype=torch.float64)
    v = torch.linspace(0, half_width, _CELLS + 1, dtype=torch.float64)
    low, high = torch.cartesian_prod(c[:-1], v[:-1]).T, torch.cartesian_prod(c[1:], v[1:]).T
    reached = 0.0
    while low.shape[1] > 0:
        middle = (low + high) / 2
        reached = max(reached, _bend(middle, middle).max().item())
        left = _bend(low, high) > _SHARP * reached
        low, high = _quarters(low[:, left], middle[:, left], high[:, left])
    return _SHARP * reached


def _quarters(low: Tensor, middle: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """(2, n) each -> (2, 4n), (2, 4n): the ends of the four parts of every cell."""
    (c_low, v_low), (c_middle, v_middle), (c_high, v_high) = low, middle, high
    starts = [(c_low, v_low), (c_middle, v_low), (c_low, v_middle), (c_middle, v_middle)]
    stops = [(c_middle, v_middle), (c_high, v_middle), (c_middle, v_high), (c_high, v_high)]
    return torch.cat([torch.stack(p) for p in starts], dim=1), torch.cat([torch.stack(p) for p in stops], dim=1)


def _bend(low: Tensor, high: Tensor) -> Tensor:
    """(2, n), (2, n) -> (n,): a bound of that curvature over cells of c and v >= 0; its value where both ends are one.

    With A = 1 + v c, h² = A² + v²/4 the second fundamental form is a = √(1-c²) (h² + v²/4)/h³ along u and b = 1/2h² off
    the diagonal, so that its norm is a/2 + √(a²/4 + b²); lines along u also turn within the band, by (A c + v/4)/h².
    """
    (c_low, v_low), (c_high, v_high) = low, high
    A_low, A_high = 1 + torch.minimum(c_low * v_low, c_low * v_high), 1 + torch.maximum(c_high * v_low, c_high * v_high)
    h = torch.hypot(A_low, v_low / 2)
    flattest = torch.where(c_low * c_high > 0, torch.minimum(c_low.abs(), c_high.abs()), 0.0)
    a, b = (1 - flattest.square()).sqrt() * (1 / h + v_high.square() / (4 * h**3)), 1 / (2 * h.square())
    right = torch.maximum(A_low * c_high, A_high * c_high) + v_high / 4
    left = torch.minimum(A_low * c_low, A_high * c_low) + v_low / 4
    along_edge = torch.hypot(a, torch.maximum(right.abs(), left.abs()) / h.square())
    return torch.maximum(a / 2 + torch.hypot(a / 2, b), along_edge)
