"""How near the Möbius band comes to itself: a certified lower bound of its reach."""

import math
from functools import cache

import torch
from torch import Tensor

from aeeval.manifolds.narrow import reach_bound

_AROUND, _ACROSS = 144, 13  # points between which distances are compared
_MARGIN = 1.001  # for curvatures between the points where they are computed


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
    return reach_bound(_MARGIN * greatest_bend(half_width), chord, path, slack)


def _around(segments: Tensor) -> Tensor:
    """(r, g) lengths of the segments of closed curves -> (r, g, g): lengths of the shorter ways between their nodes."""
    from_start = torch.cat([torch.zeros_like(segments[:, :1]), segments.cumsum(dim=1)], dim=1)
    forward = (from_start[:, :-1, None] - from_start[:, None, :-1]).abs()
    return torch.minimum(forward, from_start[:, -1:, None] - forward)


def greatest_bend(half_width: float) -> float:
    """The largest curvature of a shortest path on the band of R = 1: within it or along its edge.

    With A = 1 + v cos(u/2), h² = A² + v²/4 the second fundamental form is a = sin(u/2) (h² + v²/4)/h³ along u and
    b = 1/2h² off the diagonal, so that its norm is a/2 + √(a²/4 + b²); lines along u also turn within the band, by
    (A cos(u/2) + v/4)/h².
    """
    cosine = torch.linspace(-1, 1, 513, dtype=torch.float64)[:, None]
    v = torch.linspace(0, half_width, 129, dtype=torch.float64)
    A = 1 + v * cosine
    h = torch.hypot(A, v / 2)
    a, b = (1 - cosine.square()).sqrt() * (h.square() + v.square() / 4) / h**3, 1 / (2 * h.square())
    along_edge = torch.hypot(a, (A * cosine + v / 4) / h.square())
    return torch.maximum(a / 2 + torch.hypot(a / 2, b), along_edge).max().item()
