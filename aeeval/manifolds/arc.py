"""Arcs of a circle, with their middle or without it: bent parts that unions are made of."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.shape import Shape, Whole, within
from aeeval.manifolds.validate import ON


class Arc(Shape):
    """{R (sin t, cos t) : |t| <= opening} in R², opening <= π/2: at most half a circle, its middle on the second axis.

    Up to the half circle nothing comes nearer to itself than the circle does: reach R.
    """

    name, topology = "arc", "interval"
    dim, ambient_dim, span_dim = 1, 2, 2
    embedding_dim = (1, 1)
    has_boundary, reach_is_exact = True, True

    def __init__(self, opening: float, radius: float):
        self.opening, self.radius = opening, radius
        self.reach = self.unit = radius
        self.log_volume = math.log(2 * opening * radius)
        self.absent = {}

    def at(self, t: Tensor) -> Tensor:
        """(...,) -> (..., 2)."""
        return self.radius * torch.stack([t.sin(), t.cos()], dim=-1)

    def angle(self, m: Tensor) -> Tensor:
        """(n, 2) -> (n,): t in [-π, π]."""
        return torch.atan2(m[:, 0], m[:, 1])

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.at(self.opening * (2 * torch.rand(n, generator=generator, dtype=torch.float64) - 1))

    def project(self, x: Tensor) -> Tensor:
        return self.at(self.angle(x).clamp(-self.opening, self.opening))

    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        """Only on the ray through the centre, away from the arc, are there two closest points."""
        tied = (x[:, 0].abs() <= ON * self.radius) & (x[:, 1] <= ON * self.radius)
        return self.same(m, self.project(x)) & ~tied

    def tangent(self, m: Tensor) -> Tensor:
        t = self.angle(m)
        return torch.stack([t.cos(), -t.sin()], dim=-1)[:, None, :]

    def normal(self, m: Tensor) -> Tensor:
        t = self.angle(m)
        return torch.stack([t.sin(), t.cos()], dim=-1)[:, None, :]

    def boundary_distance(self, m: Tensor) -> Tensor:
        return self.radius * (self.opening - self.angle(m).abs()).clamp_min(0)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "band": self._band}

    def _all(self) -> Whole:
        return Whole(self, *self.moments(0.0, self.opening))

    def _band(self, inner: float = 0.0, outer: float = 1.0) -> "Band":
        return Band(self, inner, outer)

    def moments(self, inner: float, outer: float) -> tuple[Tensor, float]:
        """Centroid (2,) and scale of the part inner <= |t| <= outer: its mean is (0, h), and |x|² is R² everywhere."""
        height = self.radius * (math.sin(outer) - math.sin(inner)) / (outer - inner)
        centroid = torch.tensor([0.0, height], dtype=torch.float64)
        return centroid, math.sqrt(self.radius**2 - height**2)

    def mesh(self, resolution: int = 40) -> Tensor:
        return self.at(torch.linspace(-self.opening, self.opening, resolution, dtype=torch.float64))


class Band(Support):
    """The part inner <= |t| <= outer of an arc, in radians: its middle, or with inner > 0 all but its middle."""

    name = "band"
    manifold: Arc

    def __init__(self, arc: Arc, inner: float, outer: float):
        if not 0 <= inner < outer <= arc.opening:
            raise GeometryError(
                message(f"0 <= inner < outer <= {arc.opening:.4g}", f"{inner:g}, {outer:g}", "leave something between")
            )
        self.manifold, self.inner, self.outer = arc, inner, outer
        self.log_volume = math.log(2 * arc.radius * (outer - inner))
        self.embedding_dim = (1, 1)
        self.centroid, self.scale = arc.moments(inner, outer)
        self.farthest = arc.radius * max(inner, arc.opening - outer)

    def sample(self, n: int, generator: Generator) -> Tensor:
        draw = 2 * torch.rand(n, generator=generator, dtype=torch.float64) - 1
        return self.manifold.at(draw.sign() * (self.inner + (self.outer - self.inner) * draw.abs()))

    def log_prob(self, m: Tensor) -> Tensor:
        return within(self.support_distance(m) <= ON * self.manifold.unit, self.log_volume)

    def support_distance(self, m: Tensor) -> Tensor:
        angle = self.manifold.angle(m).abs()
        return self.manifold.radius * (angle - angle.clamp(self.inner, self.outer)).abs()

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        """In the middle and at the ends, each by the length that the arc has there."""
        arc, share = self.manifold, torch.rand(2, n, generator=generator, dtype=torch.float64)
        inward, outward = (min(farthest / arc.radius, room) for room in (self.inner, arc.opening - self.outer))
        step = outward - (inward + outward) * share[0]
        angle = torch.where(step > 0, self.outer + step, self.inner + step)
        return arc.at(angle * torch.where(share[1] < 0.5, -1.0, 1.0))
