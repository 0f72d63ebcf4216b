"""The S-curve: a sheet bent along two arcs of a circle, first one way and then the other."""

import math

import torch
from torch import Tensor

from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.sheet import Sheet
from aeeval.manifolds.validate import positive

_ARC, _MIDDLE_OF_GAP = 1.5 * math.pi, 1.75 * math.pi
_NARROW = (math.sqrt(5) - 1) / 2


def s_curve(*, ambient_dim: int = 3, width: float = 2.0, radius: float = 1.0, seed: int = 0) -> Embedded:
    """A sheet bent into an S: flat, but its curvature changes sign, and its ends come near its middle.

    {(R sin t, R sgn(t)(cos t - 1), h) : |t| <= 1.5π, 0 <= h <= width}, R = radius, rotated into R^D by `seed`. Reach
    R (√5-1)/2: half the distance of each end from the other arc. Volume 3π R · width. embedding_dim 2. Support "box"
    (lo=0.25, hi=0.75): that part of the length, over the full width.
    Source: Pedregosa et al., Scikit-learn: machine learning in Python, 2011, make_s_curve.
    """
    profile = SProfile(positive("radius", radius))
    return place(Sheet("s-curve", profile, positive("width", width)), ambient_dim, seed)


class SProfile:
    """γ(t) = R (sin t, sgn(t)(cos t - 1)): for t >= 0 an arc about (0, -R), and for t <= 0 its image under p -> -p."""

    def __init__(self, radius: float):
        self.radius = self.unit = radius
        self.length = 2 * _ARC * radius
        self.knots: tuple[float, ...] = (_ARC * radius,)
        self.reach = _NARROW * radius

    def at(self, s: Tensor) -> Tensor:
        t = (s / self.radius - _ARC).clamp(-_ARC, _ARC)
        return self.radius * torch.stack([t.sin(), -2 * t.sign() * (t / 2).sin().square()], dim=1)

    def along(self, p: Tensor) -> Tensor:
        return self.radius * (_ARC + self._turn(p))

    def closest(self, p: Tensor) -> Tensor:
        """The nearer of the closest points of the two arcs."""
        first, second = self._on_arc(p), -self._on_arc(-p)
        nearer = torch.linalg.vector_norm(p - first, dim=1) <= torch.linalg.vector_norm(p - second, dim=1)
        return torch.where(nearer[:, None], first, second)

    def forward(self, p: Tensor) -> Tensor:
        t = self._turn(p)
        return torch.stack([t.cos(), -t.abs().sin()], dim=1)

    def _turn(self, p: Tensor) -> Tensor:
        """(n, 2) points of the curve -> (n,): t."""
        side = torch.where(p[:, 1] <= 0, 1.0, -1.0)
        return side * self._angle(side[:, None] * p)

    def _on_arc(self, p: Tensor) -> Tensor:
        return self.at(self.radius * (_ARC + self._angle(p)))

    def _angle(self, p: Tensor) -> Tensor:
        """(n, 2) -> (n,): the t in [0, 1.5π] of the closest point of the arc about (0, -R)."""
        t = torch.atan2(p[:, 0], p[:, 1] + self.radius).remainder(2 * math.pi)
        return torch.where(t > _MIDDLE_OF_GAP, 0.0, t.clamp(max=_ARC))
