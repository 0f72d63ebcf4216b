"""The pseudosphere: a surface on which triangles have less than two right angles, alike everywhere."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds.bands import Band
from aeeval.manifolds.base import Support
from aeeval.manifolds.charted import Parametrised, resolve
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.parts import shares
from aeeval.manifolds.validate import positive


def hyperbolic_patch(
    *,
    ambient_dim: int = 3,
    start: float = 0.2,
    stop: float = 1.6,
    half_angle: float = 1.5,
    radius: float = 1.0,
    seed: int = 0,
) -> Embedded:
    """A piece of the hyperbolic plane: Gaussian curvature -1/radius² everywhere, area that grows exponentially.

    {(r cos θ, r sin θ, z(v)) : start <= v <= stop, |θ| <= half_angle <= π/2}, r = e^(-v), z' = √(1-r²), times radius,
    rotated into R^D by `seed`; v is the length along a meridian. Reach min(√(e^(2 start) - 1), e^(-stop)) · radius: the
    bend of the meridian at the wide end, or the narrow end. Volume 2 half_angle (e^(-start) - e^(-stop)) · radius².
    embedding_dim 2. Support "band" (lo=0.0, hi=0.6): that part of the meridians, counted from the wide end; distances
    to it run along meridians.
    Source: E. Beltrami, Saggio di interpretazione della geometria non-euclidea, 1868.
    """
    first, last, scale = positive("start", start), positive("stop", stop), positive("radius", radius)
    if first >= last:
        raise GeometryError(message("start < stop", f"{first:g}, {last:g}", "leave a part of the meridian between"))
    return place(
        Pseudosphere(first, last, positive("half_angle", half_angle, high=math.pi / 2), scale), ambient_dim, seed
    )


class Pseudosphere(Parametrised):
    """X(v, θ) with the metric dv² + R² e^(-2v/R) dθ²; v, in units of length, from `start` R to `stop` R.

    Reach: a point off the axis and not opposite to the patch has one closest θ for all v, whose meridian turns by less
    than a right angle, so that nothing but its curvature r/(R √(R²-r²)) limits it. Points of the axis, and those
    opposite, are no nearer than the narrow end; the point of the axis at its height is as near to all of it.
    """

    name, topology, dim, has_boundary, reach_is_exact = "hyperbolic-patch", "rectangle", 2, True, True
    closed, unit_axis, parts_dim = (False, False), 0, (2, 2)

    def __init__(self, start: float, stop: float, half_angle: float, radius: float):
        self.radius = self.unit = radius
        self.ambient_dim = self.span_dim = 3
        self.embedding_dim = (2, 2)
        self.low = torch.tensor([start * radius, -half_angle], dtype=torch.float64)
        self.high = torch.tensor([stop * radius, half_angle], dtype=torch.float64)
        wide, narrow = math.exp(-start), math.exp(-stop)
        bend = math.sqrt(math.expm1(2 * start))
        self.reach = radius * min(bend, narrow)
        self.greatest_area_element = wide * radius
        self.resolution = resolve((stop - start, bend), (2 * half_angle, 1.0))
        self.log_volume = math.log(2 * half_angle * (wide - narrow)) + 2 * math.log(radius)
        self.absent = {}

    def share(self, v: Tensor) -> Tensor:
        """r/R = e^(-v/R)."""
        return (-v / self.radius).exp()

    def climb(self, v: Tensor) -> Tensor:
        """dz/dv = √(1 - (r/R)²)."""
        return (-torch.expm1(-2 * v / self.radius)).sqrt()

    def point(self, u: Tensor) -> Tensor:
        share, climb, angle = self.share(u[..., 0]), self.climb(u[..., 0]), u[..., 1]
        height = u[..., 0] / self.radius + climb.log1p() - climb
        return self.radius * torch.stack([share * angle.cos(), share * angle.sin(), height], dim=-1)

    def first(self, u: Tensor) -> Tensor:
        share, climb = self.share(u[:, :1]), self.climb(u[:, :1])
        outward, around, up = _axes(u[:, 1])
        return torch.stack([climb * up - share * outward, self.radius * share * around], dim=1)

    def second(self, u: Tensor) -> Tensor:
        share, climb = self.share(u[:, :1]), self.climb(u[:, :1])
        outward, around, up = _axes(u[:, 1])
        bend = (share * outward + share.square() / climb * up) / self.radius
        mixed = -share * around
        return torch.stack([bend, mixed, mixed, -self.radius * share * outward], dim=1).reshape(-1, 2, 2, 3)

    def area_element(self, u: Tensor) -> Tensor:
        return self.radius * self.share(u[:, 0])

    def chart(self, m: Tensor) -> Tensor:
        r = torch.linalg.vector_norm(m[:, :2], dim=1)
        return torch.stack([-self.radius * (r / self.radius).log(), torch.atan2(m[:, 1], m[:, 0])], dim=1)

    def boundary_distance(self, m: Tensor) -> Tensor:
        """Along the meridian, or to the straight line θ = ± half_angle of the hyperbolic plane: sinh(d/R) = Δθ r/R."""
        u = self.chart(m)
        ends = torch.minimum(u[:, 0] - self.low[0], self.high[0] - u[:, 0])
        side = self.radius * torch.asinh((self.high[1] - u[:, 1].abs()) * self.share(u[:, 0]))
        return torch.minimum(ends, side).clamp_min(0)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self.whole, "band": self._band}

    def _band(self, lo: float = 0.0, hi: float = 0.6) -> Band:
        low, high = shares(lo, hi)
        start, length = self.low[0].item(), (self.high - self.low)[0].item()
        return Band(self, start + low * length, start + high * length)


def _axes(angle: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(n,) -> three times (n, 3): away from the axis, around it, and along it."""
    cosine, sine, zero = angle.cos(), angle.sin(), torch.zeros_like(angle)
    outward, around = torch.stack([cosine, sine, zero], dim=1), torch.stack([-sine, cosine, zero], dim=1)
    return outward, around, torch.stack([zero, zero, zero + 1], dim=1)
