"""Flat tori: products of circles, locally like the plane, so that distances along them are straight."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, Skipped, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.boxes import ChartBox, Charted, excess, uniform
from aeeval.manifolds.chart_axis import distance_to_range
from aeeval.manifolds.coordinate import Slices
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.shape import Whole, grid
from aeeval.manifolds.validate import ON, integer, positive


def flat_torus(*, dim: int = 2, ambient_dim: int | None = None, radius: float = 1.0, seed: int = 0) -> Embedded:
    """A product of d circles: flat everywhere, yet closed in every direction; what periodic parameters span.

    {R (cos θ_1, sin θ_1, ..., cos θ_d, sin θ_d)} in R^(2d), rotated into R^D by `seed`. Reach R, that of each circle.
    Volume (2πR)^d. embedding_dim d + 1: a torus bounds a thickened torus of one dimension less, and no closed
    d-manifold lies in R^d. Support "box" (angle=1.5 rad): all |θ_i| <= angle, of embedding_dim d.
    Source: M. P. do Carmo, Riemannian Geometry, 1992, chapter 1 (the metric); H. Federer, Curvature measures, 1959.
    """
    return place(FlatTorus(integer("dim", dim, 1), positive("radius", radius)), ambient_dim, seed)


class FlatTorus(Charted):
    """(S^1(R))^d in R^(2d), one circle after the other; z = R θ, so that the chart is an isometry."""

    name, topology = "flat-torus", "torus"
    has_boundary, reach_is_exact = False, True

    def __init__(self, dim: int, radius: float):
        self.dim, self.radius = dim, radius
        self.ambient_dim = self.span_dim = 2 * dim
        self.embedding_dim = (dim + 1, dim + 1)
        self.half_width = math.pi * radius
        self.reach = self.unit = radius
        self.log_volume = dim * math.log(2 * self.half_width)
        self.absent = {}

    def circles(self, x: Tensor) -> Tensor:
        """(n, 2d) -> (n, d, 2): the plane of each circle."""
        return x.reshape(len(x), self.dim, 2)

    def chart(self, m: Tensor) -> Tensor:
        pairs = self.circles(m)
        return self.radius * torch.atan2(pairs[..., 1], pairs[..., 0])

    def above(self, z: Tensor) -> Tensor:
        angle = z / self.radius
        return self.radius * torch.stack([angle.cos(), angle.sin()], dim=-1).flatten(-2)

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.above(uniform(n, self.dim, self.half_width, generator))

    def project(self, x: Tensor) -> Tensor:
        """Each circle by itself; its centre, as near to every point, goes to angle 0."""
        return self.above(self.chart(x))

    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        """Only the centre of a circle has no unique closest point on it."""
        off_centre = torch.linalg.vector_norm(self.circles(x), dim=2).amin(dim=1) > ON * self.radius
        return self.same(m, self.project(x)) & off_centre

    def tangent(self, m: Tensor) -> Tensor:
        turned = torch.stack([-self.circles(m)[..., 1], self.circles(m)[..., 0]], dim=-1)
        return self._frame(turned)

    def normal(self, m: Tensor) -> Tensor:
        return self._frame(self.circles(m))

    def _frame(self, pairs: Tensor) -> Tensor:
        """(n, d, 2) -> (n, d, 2d): one unit vector in the plane of each circle."""
        unit = torch.nn.functional.normalize(pairs, dim=2)
        return torch.einsum("ncp,ce->ncep", unit, torch.eye(self.dim, dtype=unit.dtype)).flatten(2)

    def boundary_distance(self, m: Tensor) -> Tensor:
        return m.new_full((len(m),), math.inf)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "box": self._box}

    def _all(self) -> Whole:
        return Whole(self, torch.zeros(self.ambient_dim, dtype=torch.float64), self.radius * math.sqrt(self.dim))

    def _box(self, angle: float = 1.5) -> "TorusBox":
        if positive("angle", angle, high=math.pi) == math.pi:
            raise GeometryError(message("angle < π", "π, the whole torus", 'use the support "all"'))
        return TorusBox(self, angle)

    def coordinate(self) -> "FirstAngle":
        return FirstAngle(self, math.pi)

    def mesh(self, resolution: int = 40) -> Tensor:
        if self.dim > 2:
            raise Skipped(f"a flat torus of dim {self.dim} has no mesh: only d <= 2 is drawn")
        return self.above(grid((-self.half_width,) * self.dim, (self.half_width,) * self.dim, resolution))


class TorusBox(ChartBox):
    """The part |θ_i| <= angle of a flat torus: a product of arcs."""

    def __init__(self, torus: FlatTorus, angle: float):
        across = torus.radius * math.sqrt(torus.dim * arc_variance(angle))
        super().__init__(torus, torus.radius * angle, torus.dim * math.log(2 * torus.radius * angle), across)
        self.torus, self.angle = torus, angle
        self.centroid = torus.radius * math.sin(angle) / angle * torch.tensor([1.0, 0.0] * torus.dim).double()
        self.farthest = math.sqrt(torus.dim) * (torus.half_width - self.half_width)

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.torus.above(uniform(n, self.torus.dim, self.half_width, generator))

    def support_distance(self, m: Tensor) -> Tensor:
        """|θ_i| is at most π, so that the nearer end of each arc is the one on the same side."""
        return torch.linalg.vector_norm(excess(self.torus.chart(m), self.half_width), dim=1)

    def coordinate(self) -> "FirstAngle":
        return FirstAngle(self.torus, self.angle)


class FirstAngle(Slices):
    """z_1 = R θ_1 of the part |θ_i| <= angle; its slices are products of d - 1 arcs."""

    name = "length along the first circle"

    def __init__(self, torus: FlatTorus, angle: float):
        self.torus, self.angle, self.high = torus, angle, torus.radius * angle
        self.low = -self.high
        self.parts_dim = (torus.dim, torus.dim)

    def of(self, m: Tensor) -> Tensor:
        return self.torus.chart(m)[:, 0]

    def log_slice(self, t: Tensor) -> Tensor:
        return torch.full_like(t, (self.torus.dim - 1) * math.log(2 * self.high))

    def mean(self, t: Tensor) -> Tensor:
        others = self.torus.radius * math.sin(self.angle) / self.angle
        rest = torch.tensor([others, 0.0], dtype=t.dtype).repeat(self.torus.dim - 1)
        return torch.cat([self.torus.above(t[:, None])[:, :2], rest.expand(len(t), -1)], dim=1)

    def spread(self, t: Tensor) -> Tensor:
        return torch.full_like(t, (self.torus.dim - 1) * self.torus.radius**2 * arc_variance(self.angle))

    def draw(self, t: Tensor, generator: Generator) -> Tensor:
        return self.torus.above(torch.cat([t[:, None], uniform(len(t), self.torus.dim - 1, self.high, generator)], 1))

    def distance(self, m: Tensor, low: float, high: float) -> Tensor:
        z = self.torus.chart(m)
        along = distance_to_range(z[:, 0], low, high, 2 * self.torus.half_width)
        return torch.hypot(along, torch.linalg.vector_norm(excess(z[:, 1:], self.high), dim=1))


def arc_variance(angle: float) -> float:
    """Mean squared distance of the unit arc |θ| <= angle from its mean (sin(angle)/angle, 0)."""
    return 1 - (math.sin(angle) / angle) ** 2
