"""The Möbius band: a strip joined to itself after half a turn, so that it has one side and one edge."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.mobius_reach import on_band, unit_reach
from aeeval.manifolds.parts import Part
from aeeval.manifolds.rings import Ring, Rings
from aeeval.manifolds.sweep import closest
from aeeval.manifolds.validate import positive

_NODES, _AROUND = 64, 128


def mobius(*, ambient_dim: int | None = None, radius: float = 1.0, half_width: float = 0.6, seed: int = 0) -> Embedded:
    """A strip joined to itself after half a turn: one side, one edge, and no way to lay it in a plane.

    {((R + v cos(u/2)) cos u, (R + v cos(u/2)) sin u, v sin(u/2)) : |v| <= half_width}, R = radius > half_width, rotated
    into R^D by `seed`; (u + 2π, v) = (u, -v). Metric ((R + v cos(u/2))² + v²/4) du² + dv². Reach: a certified lower
    bound from the largest curvature and from pairs of points, 0.376 with the defaults, where curvature alone gives
    0.442. Volume by quadrature, 7.6648 with the defaults. embedding_dim 3. Support "band" (half_width=0.3): the
    narrower Möbius band |v| <= b; distances to it run along the straight lines. It is not the strip with ten half turns
    that goes by this name in benchmarks: that one is an annulus, with two sides.
    Source: A. F. Möbius, 1858; M. P. do Carmo, Differential Geometry of Curves and Surfaces, 1976, section 2-6.
    """
    around, across = positive("radius", radius), positive("half_width", half_width)
    if across >= around:
        raise GeometryError(
            message(f"half_width < {around:g}, the radius", f"{across:g}", "narrow the band or enlarge radius")
        )
    return place(Mobius(around, across), ambient_dim, seed)


class Mobius(Rings):
    """The Möbius band in R^3: straight lines of direction (cos(u/2) cos u, cos(u/2) sin u, sin(u/2)) along a circle."""

    name, topology = "mobius", "Möbius band"
    ambient_dim, span_dim, embedding_dim, parts_dim = 3, 3, (3, 3), (3, 3)
    has_boundary, reach_is_exact, closed = True, False, True

    def __init__(self, radius: float, half_width: float):
        self.radius = self.unit = radius
        self.length = half_width
        self.reach = radius * unit_reach(half_width / radius)
        self.speed = self.widest(half_width)
        self.nodes = 2 * math.pi / _NODES * torch.arange(_NODES, dtype=torch.float64)
        self.log_volume = self.coordinate().uniform_moments().log_mass
        self.absent = {}

    def point(self, u: Tensor, v: Tensor) -> Tensor:
        return on_band(self.radius, u, v)

    def coordinates(self, m: Tensor) -> tuple[Tensor, Tensor]:
        u = torch.atan2(m[:, 1], m[:, 0])
        return u, self.on_line(m, u)

    def on_line(self, x: Tensor, u: Tensor) -> Tensor:
        """(..., 3), (...) -> (...): the v of the closest point of the segment at u."""
        out = x[..., 0] * u.cos() + x[..., 1] * u.sin() - self.radius
        return (out * (u / 2).cos() + x[..., 2] * (u / 2).sin()).clamp(-self.length, self.length)

    def velocities(self, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        rho, cosine, sine = self.radius + v * (u / 2).cos(), (u / 2).cos(), (u / 2).sin()
        inward = v * sine / 2
        along = [-rho * u.sin() - inward * u.cos(), rho * u.cos() - inward * u.sin(), v * cosine / 2]
        return torch.stack(along, dim=-1), torch.stack([cosine * u.cos(), cosine * u.sin(), sine], dim=-1)

    def width(self, u: Tensor, v: Tensor) -> Tensor:
        return torch.hypot(self.radius + v * (u / 2).cos(), v / 2)

    def widest(self, high: float) -> float:
        return math.hypot(self.radius + high, high / 2)

    def foot(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        v = self.on_line(x, t)
        return self.point(t, v), self.velocities(t, v)[0]

    def project(self, x: Tensor) -> Tensor:
        u = closest(self, x)
        return self.point(u, self.on_line(x, u))

    def slices(self, low: float, high: float) -> "EdgeLike":
        return EdgeLike(self, low, high)

    def boundary_distance(self, m: Tensor) -> Tensor:
        return (self.length - self.coordinates(m)[1].abs()).clamp_min(0)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self.whole, "band": self._band}

    def _band(self, half_width: float | None = None) -> Part:
        b = self.length / 2 if half_width is None else positive("half_width", half_width, high=self.length)
        return Part(self, "band", 0.0, b)


class EdgeLike(Ring):
    """The closed curves that v and -v form together; nodes all around give means along them to rounding."""

    def __init__(self, band: Mobius, low: float, high: float):
        super().__init__(band, low, high)
        self._u = 4 * math.pi / _AROUND * torch.arange(_AROUND, dtype=torch.float64)

    def log_slice(self, t: Tensor) -> Tensor:
        return (4 * math.pi * self.shape.width(self._u, t[..., None]).mean(dim=-1)).log()

    def mean(self, t: Tensor) -> Tensor:
        return self._along(t, self._points(t))

    def spread(self, t: Tensor) -> Tensor:
        offset = self._points(t) - self.mean(t)[:, None]
        return self._along(t, offset.square().sum(dim=2, keepdim=True)).squeeze(1)

    def _along(self, t: Tensor, values: Tensor) -> Tensor:
        """(k,), (k, g, p) values at the nodes -> (k, p): their mean in arc length."""
        width = self.shape.width(self._u, t[:, None])
        return torch.einsum("kg,kgp->kp", width / width.sum(dim=1, keepdim=True), values)

    def _points(self, t: Tensor) -> Tensor:
        return self.shape.point(*torch.broadcast_tensors(self._u, t[:, None]))

    def draw(self, t: Tensor, generator: Generator) -> Tensor:
        """u is drawn again until a uniform number is below width / its bound."""
        u, left, bound = torch.empty_like(t), torch.arange(len(t)), self.shape.widest(self.shape.length)
        while len(left) > 0:
            share = torch.rand(2, len(left), generator=generator, dtype=torch.float64)
            u[left] = 4 * math.pi * share[0]
            left = left[bound * share[1] > self.shape.width(u[left], t[left])]
        return self.shape.point(u, t)
