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
from aeeval.manifolds.law import Curve
from aeeval.manifolds.validate import positive


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
    c, half_angle = positive("radius", radius), math.pi * positive("turns", turns)
    rise = Rise(lambda phi: c * phi, lambda x: x / c, lambda phi: torch.full_like(phi, c), torch.zeros_like)
    return place(Conoid("helicoid", rise, half_angle, positive("half_width", half_width), c), ambient_dim, seed)


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
    rise = Rise(
        lambda phi: c * phi.tan(),
        lambda x: torch.atan2(x, torch.full_like(x, c)),
        lambda phi: c / phi.cos().square(),
        lambda phi: 2 * c * phi.tan() / phi.cos().square(),
    )
    half_angle, half_width = math.atan2(positive("half_length", half_length), c), positive("half_width", half_width)
    return place(Conoid("saddle", rise, half_angle, half_width, c), ambient_dim, seed)


@dataclass(frozen=True)
class Rise:
    """Where on the axis the line at angle φ is: x(φ), odd and convex for φ >= 0, its inverse, and two derivatives."""

    value: Curve
    inverse: Curve
    speed: Curve
    bend: Curve


class Conoid(Parametrised):
    """{(x(φ), s cos φ, s sin φ) : |φ| <= Φ, |s| <= w} in R^3, of reach c = x'(0).

    The metric is (x'² + s²) dφ² + ds². Reach: on the axis the radii of curvature are ± x'(φ), c at least. No pair of
    points p, q has a smaller quotient |q - p|² / (2 dist(q - p, T_p)): for the saddle, whose height over the plane has
    second derivatives of norm 1/c, by Taylor's formula; for the helicoid see `chord_gap`. Beyond an edge |s| = w lies
    no point of the surface. Beyond an end |φ| = Φ none that is nearer than 2c: where its line is turned by α < 2 from
    that of p, it lies across the axis with |s t| sin α > c² α, so that |q - p|² > c² (α² + 2α cot(α/2)) >= 4c².
    """

    topology, dim, has_boundary, reach_is_exact = "rectangle", 2, True, True
    closed, unit_axis, parts_dim = (False, False), 1, (2, 2)
    knots = (0.0,)  # the area element √(x'² + s²) is singular near s = 0 where x' is small

    def __init__(self, name: str, rise: Rise, half_angle: float, half_width: float, reach: float):
        self.name, self.rise, self.reach = name, rise, reach
        self.ambient_dim = self.span_dim = 3
        self.embedding_dim = (2, 2)
        self.unit = half_width
        self.high = torch.tensor([half_angle, half_width], dtype=torch.float64)
        self.low = -self.high
        end = self.high[:1]
        self.half_length = rise.value(end).item()
        self.greatest_area_element = math.hypot(rise.speed(end).item(), half_width)
        self.resolution = resolve((2 * half_angle, 1.0), (2 * half_width, reach))  # a unit of φ is the radius at least
        self.log_volume = self.size.log_mass
        self.absent = {}

    def point(self, u: Tensor) -> Tensor:
        phi, s = u[..., 0], u[..., 1]
        return torch.stack([self.rise.value(phi), s * phi.cos(), s * phi.sin()], dim=-1)

    def first(self, u: Tensor) -> Tensor:
        line, across = _line(u[:, 0])
        along = u[:, 1:] * across
        along[:, 0] = self.rise.speed(u[:, 0])
        return torch.stack([along, line], dim=1)

    def second(self, u: Tensor) -> Tensor:
        line, across = _line(u[:, 0])
        turned = -u[:, 1:] * line
        turned[:, 0] = self.rise.bend(u[:, 0])
        return torch.stack([turned, across, across, torch.zeros_like(line)], dim=1).reshape(-1, 2, 2, 3)

    def area_element(self, u: Tensor) -> Tensor:
        return torch.hypot(self.rise.speed(u[:, 0]), u[:, 1])

    def chart(self, m: Tensor) -> Tensor:
        phi = self.rise.inverse(m[:, 0])
        return torch.stack([phi, (_line(phi)[0] * m).sum(dim=1)], dim=1)

    def boundary_distance(self, m: Tensor) -> Tensor:
        """Paths are no shorter than what x or s changes."""
        ends, edges = self.half_length - m[:, 0].abs(), self.high[1] - self.chart(m)[:, 1].abs()
        return torch.minimum(ends, edges).clamp_min(0)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self.whole, "band": self._band}

    def _band(self, half_width: float | None = None) -> Band:
        widest = self.high[1].item()
        b = widest / 2 if half_width is None else positive("half_width", half_width, high=widest)
        return Band(self, -b, b)


def chord_gap(theta: Tensor, b: Tensor) -> Tensor:
    """(...), (...) -> (...): the least |q - p|² - 2⟨q - p, N⟩ on a helicoid of c = 1; it is never below 0.

    p is at s = -b/√(1-b²), 0 <= b < 1, N its normal, and q anywhere on the line turned from that of p by θ >= 0, to the
    side on which less is left; the other side adds 2bP'. With P = θ² - sin² θ it is

        G = P - bP' + (b² + b²/(1-b²)) P''/4.

    For θ <= 1.8, G >= P - bP' + b² P''/2 >= 0, as E = 2PP'' - P'² >= 0: E is 0 at θ = 0, its slope is 2PP''' = 8P sin
    2θ, and what it loses from π/2 on leaves more than 1 at 1.8. Up to 2.28, b <= 1 - y/2 with y = 1-b² gives
    G >= P - P' + 2 sin θ √(P'/2 - sin² θ) > 0: P - P' rises from -1.752, while sin θ falls and the root rises, so that
    their product is above 0.94 both up to 2 and from there on. Beyond 2.28,
    G >= (θ-b)² - 1/2 - √(b⁴ + 1/4) >= (θ-1)² - (1+√5)/2 > 0.
    """
    gap, slope, bend = theta.square() - theta.sin().square(), 2 * theta - (2 * theta).sin(), 4 * theta.sin().square()
    return gap - b * slope + (b.square() + b.square() / (1 - b.square())) * bend / 4


def _line(phi: Tensor) -> tuple[Tensor, Tensor]:
    """(n,) -> (n, 3), (n, 3): the direction of the line at φ, and the direction into which it turns."""
    cosine, sine, zero = phi.cos(), phi.sin(), torch.zeros_like(phi)
    return torch.stack([zero, cosine, sine], dim=1), torch.stack([zero, -sine, cosine], dim=1)
