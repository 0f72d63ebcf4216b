"""Helices: curves of constant curvature and torsion."""

import math

import torch
from scipy import optimize
from torch import Tensor

from aeeval.manifolds.curve import Curve
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.sweep import closest
from aeeval.manifolds.validate import positive

_NODES_A_TURN = 32


def helix(
    *, ambient_dim: int | None = None, radius: float = 1.0, pitch: float = 1.0, turns: float = 3.0, seed: int = 0
) -> Embedded:
    """A coil: a curve of constant curvature and torsion, whose turns lie close above each other.

    {(a cos t, a sin t, b t) : 0 <= t <= 2π turns}, a = radius, b = pitch/2π, rotated into R^D by `seed`; its speed is
    √(a² + b²). Reach: the smaller of the radius of curvature (a² + b²)/a and half the distance to the next turn, the
    first minimum of 4a² sin²(t/2) + b² t² after half a turn. Volume 2π turns √(a² + b²). embedding_dim 1. Support "arc"
    (lo=0.25, hi=0.75): that part of the arc length.
    Source: M. P. do Carmo, Differential Geometry of Curves and Surfaces, 1976, section 1-5; the reach of curves as in
    R. Litherland, J. Simon, O. Durumeric and E. Rawdon, Thickness of knots, 1999.
    """
    path = Coil(positive("radius", radius), positive("pitch", pitch), positive("turns", turns))
    return place(Curve("helix", path, 3), ambient_dim, seed)


class Coil:
    """The helix by its arc length from the lower end."""

    closed = False

    def __init__(self, radius: float, pitch: float, turns: float):
        self.radius, self.rise, self.end = radius, pitch / (2 * math.pi), 2 * math.pi * turns
        self.speed = math.hypot(radius, self.rise)
        self.length, self.unit = self.speed * self.end, self.speed
        self.reach = min(self.speed**2 / radius, self.half_gap())
        self.nodes = torch.linspace(0, self.end, 2 + math.ceil(_NODES_A_TURN * turns), dtype=torch.float64)

    def half_gap(self) -> float:
        """Half the least distance between points more than half a circle of the radius of curvature apart; else inf.

        The squared distance after an angle t is 4a² sin²(t/2) + b² t², and half of its slope a² sin t + b² t. That is
        least over [π, 2π] at cos t = -b²/a², and rises from there; the gap is least where it crosses 0, or at the end
        of the curve if that comes first. If it does not cross, distances only grow, and the curvature decides.
        """
        a, b = self.radius, self.rise
        first = math.pi * self.speed / a  # an angle: arc length is speed times it
        if self.end <= first or self._half_slope(self._steepest()) >= 0:
            return math.inf
        rising = optimize.brentq(self._half_slope, self._steepest(), 2 * math.pi, xtol=1e-14)
        t = max(first, min(rising, self.end))
        return math.hypot(2 * a * math.sin(t / 2), b * t) / 2

    def _half_slope(self, t: float) -> float:
        return self.radius**2 * math.sin(t) + self.rise**2 * t

    def _steepest(self) -> float:
        """Where the squared distance falls fastest after half a turn."""
        return 2 * math.pi - math.acos(max(-1.0, -((self.rise / self.radius) ** 2)))

    def foot(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        a, b = self.radius, self.rise
        cosine, sine = a * t.cos(), a * t.sin()
        return torch.stack([cosine, sine, b * t], dim=-1), torch.stack([-sine, cosine, torch.full_like(t, b)], dim=-1)

    def at(self, s: Tensor) -> Tensor:
        return self.foot(s, s / self.speed)[0]

    def along(self, p: Tensor) -> Tensor:
        return (p[:, 2] * (self.speed / self.rise)).clamp(0, self.length)

    def closest(self, p: Tensor) -> Tensor:
        return self.foot(p, closest(self, p))[0]

    def forward(self, p: Tensor) -> Tensor:
        return self.foot(p, p[:, 2] / self.rise)[1] / self.speed
