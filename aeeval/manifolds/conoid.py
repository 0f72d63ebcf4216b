"""Right conoids: surfaces of straight lines that meet an axis at right angles. The helicoid and the saddle are two."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from aeeval.manifolds.bands import Band
from aeeval.manifolds.base import Support
from aeeval.manifolds.charted import Parametrised, resolve
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.validate import positive

Turn = Callable[[Tensor], Tensor]


def helicoid(
    *, ambient_dim: int = 3, turns: float = 1.0, half_width: float = 2.0, radius: float = 1.0, seed: int = 0
) -> Embedded:
    """A spiral staircase: a minimal surface, negatively curved, that turns over itself without touching.

    {(cθ, s cos θ, s sin θ) : |θ| <= π turns, |s| <= w}, c = radius, w = half_width, rotated into R^D by `seed`. Reach
    c, the radius of curvature on the axis; neither turns nor edges come nearer. Volume 2π turns · (w √(c² + w²) +
    c² asinh(w/c)). embedding_dim 2. Support "band" (half_width=w/2): |s| <= half_width; distances to it run along the
    straight lines.
    Source: M. P. do Carmo, Differential Geometry of Curves and Surfaces, 1976, section 3-5.
    """
    c = positive("radius", radius)
    angle = Angle(lambda u: u / c, lambda u: torch.full_like(u, 1 / c), torch.zeros_like)
    half_length = math.pi * positive("turns", turns) * c
    return place(Conoid("helicoid", angle, half_length, positive("half_width", half_width), c), ambient_dim, seed)


def saddle(
    *, ambient_dim: int = 3, half_length: float = 1.5, half_width: float = 1.5, radius: float = 1.0, seed: int = 0
) -> Embedded:
    """The hyperbolic paraboloid z = xy/c: curved one way along one diagonal, the other way along the other.

    {(x, y, xy/c) : |x| <= half_length, |s| <= half_width}, s = y √(1 + x²/c²) the length along its straight lines,
    c = radius, rotated into R^D by `seed`. Reach c, the radius of curvature in the middle. Volume by quadrature.
    embedding_dim 2. Support "band" (half of half_width): |s| <= half_width; distances to it run along the straight
    lines.
    Source: M. P. do Carmo, Differential Geometry of Curves and Surfaces, 1976, section 3-3.
    """
    c = positive("radius", radius)
    angle = Angle(
        lambda u: torch.atan2(u, torch.full_like(u, c)),
        lambda u: c / (c * c + u * u),
        lambda u: -2 * c * u / (c * c + u * u).square(),
    )
    half_length, half_width = positive("half_length", half_length), positive("half_width", half_width)
    return place(Conoid("saddle", angle, half_length, half_width, c), ambient_dim, seed)


@dataclass(frozen=True)
class Angle:
    """The angle φ(u) of the line through (u, 0, 0), with its first two derivatives; |φ'| is greatest at 0."""

    value: Turn
    speed: Turn
    turn: Turn


class Conoid(Parametrised):
    """{(u, s cos φ(u), s sin φ(u)) : |u| <= U, |s| <= w} in R^3, of reach c = 1/φ'(0).

    The metric is (1 + s² φ'²) du² + ds². Reach: K = -φ'²/(1 + s² φ'²)² and mean curvature 0 on the axis give radii of
    curvature c there. No pair of points has a smaller quotient |y - x|² / (2 dist(y - x, T_x)): for the saddle, whose
    height over the plane has second derivatives of norm 1/c, by Taylor's formula; for the helicoid by computing the
    least quotient over s and angle. Beyond an edge |s| = w lies no point of the surface; beyond an end |u| = U none
    that is nearer than 2c.
    """

    topology, dim, has_boundary, reach_is_exact = "rectangle", 2, True, True
    closed, unit_axis, parts_dim = (False, False), 1, (2, 2)

    def __init__(self, name: str, angle: Angle, half_length: float, half_width: float, reach: float):
        self.name, self.angle, self.reach = name, angle, reach
        self.ambient_dim = self.span_dim = 3
        self.embedding_dim = (2, 2)
        self.unit = half_width
        self.high = torch.tensor([half_length, half_width], dtype=torch.float64)
        self.low = -self.high
        self.greatest_area_element = math.hypot(1, half_width / reach)
        self.resolution = resolve((2 * half_length * self.greatest_area_element, reach), (2 * half_width, reach))
        self.log_volume = self.size.log_mass
        self.absent = {}

    def point(self, u: Tensor) -> Tensor:
        phi, s = self.angle.value(u[..., 0]), u[..., 1]
        return torch.stack([u[..., 0], s * phi.cos(), s * phi.sin()], dim=-1)

    def first(self, u: Tensor) -> Tensor:
        line, across = self._line(u[:, 0])
        along = u[:, 1:] * self.angle.speed(u[:, :1]) * across
        along[:, 0] = 1
        return torch.stack([along, line], dim=1)

    def second(self, u: Tensor) -> Tensor:
        line, across = self._line(u[:, 0])
        speed, turn = self.angle.speed(u[:, :1]), self.angle.turn(u[:, :1])
        straight = u[:, 1:] * (turn * across - speed.square() * line)
        mixed = speed * across
        rows = torch.stack([straight, mixed, mixed, torch.zeros_like(mixed)], dim=1)
        return rows.reshape(-1, 2, 2, 3)

    def _line(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """(n,) -> (n, 3), (n, 3): the direction of the line at u, and the direction into which it turns."""
        cosine, sine = self.angle.value(u).cos(), self.angle.value(u).sin()
        zero = torch.zeros_like(u)
        return torch.stack([zero, cosine, sine], dim=1), torch.stack([zero, -sine, cosine], dim=1)

    def chart(self, m: Tensor) -> Tensor:
        line, _ = self._line(m[:, 0])
        return torch.stack([m[:, 0], (line * m).sum(dim=1)], dim=1)

    def boundary_distance(self, m: Tensor) -> Tensor:
        """Lengths are no shorter than their shadows on either axis of the chart."""
        return (self.high - self.chart(m).abs()).amin(dim=1).clamp_min(0)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self.whole, "band": self._band}

    def _band(self, half_width: float | None = None) -> Band:
        widest = self.high[1].item()
        b = widest / 2 if half_width is None else positive("half_width", half_width, high=widest)
        return Band(self, -b, b)
