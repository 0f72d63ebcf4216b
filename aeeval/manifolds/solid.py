"""Solid balls of every dimension, segments and discs among them: flat parts that unions are made of."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, Skipped, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.shape import Shape, Whole, within
from aeeval.manifolds.sphere import directions
from aeeval.manifolds.validate import ON, positive


class Solid(Shape):
    """{x : |x| <= R} in R^d: a segment for d = 1, a disc for d = 2."""

    name, topology = "solid-ball", "ball"
    has_boundary, reach, reach_is_exact = True, math.inf, True

    def __init__(self, dim: int, radius: float):
        self.dim = self.ambient_dim = self.span_dim = dim
        self.radius = self.unit = radius
        self.embedding_dim = (dim, dim)
        self.log_volume = _log_ball(dim, radius)
        self.absent = {}

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.between(0.0, self.radius, n, generator)

    def between(self, inner: float, outer: float, n: int, generator: Generator) -> Tensor:
        """(n, d) uniform points with inner <= |x| <= outer: |x|^d is uniform."""
        share = torch.rand(n, generator=generator, dtype=torch.float64)
        power = (inner / outer) ** self.dim
        return self.at(outer * (power + (1 - power) * share) ** (1 / self.dim), generator)

    def at(self, radius: Tensor, generator: Generator) -> Tensor:
        """(n,) -> (n, d): points at these radii, in uniform directions."""
        return radius[:, None] * directions(len(radius), self.dim, generator)

    def project(self, x: Tensor) -> Tensor:
        norm = torch.linalg.vector_norm(x, dim=1, keepdim=True)
        return torch.where(norm > self.radius, self.radius * x / norm, x)

    def tangent(self, m: Tensor) -> Tensor:
        return torch.eye(self.dim, dtype=m.dtype).expand(len(m), -1, -1)

    def normal(self, m: Tensor) -> Tensor:
        return m.new_zeros(len(m), 0, self.dim)

    def boundary_distance(self, m: Tensor) -> Tensor:
        return (self.radius - torch.linalg.vector_norm(m, dim=1)).clamp_min(0)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "shell": self._shell}

    def _all(self) -> Support:
        return Whole(self, torch.zeros(self.dim, dtype=torch.float64), _shell_scale(self.dim, 0.0, self.radius))

    def _shell(self, inner: float = 0.0, outer: float = 0.6) -> "Shell":
        return Shell(self, inner, positive("outer", outer, high=self.radius))

    def mesh(self, resolution: int = 40) -> Tensor:
        steps = torch.linspace(-self.radius, self.radius, resolution, dtype=torch.float64)
        if self.dim == 1:
            return steps[:, None]
        if self.dim > 2:
            raise Skipped(f"a ball of dim {self.dim} has no mesh: only d <= 2 is drawn")
        turn = torch.linspace(0, 2 * math.pi, resolution, dtype=torch.float64)
        circle = torch.stack([turn.cos(), turn.sin()], dim=-1)
        return torch.linspace(0, self.radius, resolution, dtype=torch.float64)[:, None, None] * circle


class Shell(Support):
    """The points of a ball with inner <= |x| <= outer; all that lies beyond is reached along rays, as the ball is flat.

    With inner = 0 it is a smaller ball; of a segment, with inner > 0, it is two pieces with a gap between them.
    """

    name = "shell"
    manifold: Solid

    def __init__(self, ball: Solid, inner: float, outer: float):
        if not 0 <= inner < outer:
            raise GeometryError(message("0 <= inner < outer", f"{inner:g}, {outer:g}", "leave something between them"))
        self.manifold, self.inner, self.outer = ball, inner, outer
        self.log_volume = _log_ball(ball.dim, outer) + math.log1p(-((inner / outer) ** ball.dim))
        self.embedding_dim = ball.embedding_dim
        self.centroid = torch.zeros(ball.dim, dtype=torch.float64)
        self.scale = _shell_scale(ball.dim, inner, outer)
        self.farthest = max(inner, ball.radius - outer)

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.manifold.between(self.inner, self.outer, n, generator)

    def log_prob(self, m: Tensor) -> Tensor:
        return within(self.support_distance(m) <= ON * self.manifold.unit, self.log_volume)

    def support_distance(self, m: Tensor) -> Tensor:
        radius = torch.linalg.vector_norm(m, dim=1)
        return (radius - radius.clamp(self.inner, self.outer)).abs()

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        """Inside and outside, each by the length that the ball has there."""
        inward, outward = (min(farthest, room) for room in (self.inner, self.manifold.radius - self.outer))
        step = outward - (inward + outward) * torch.rand(n, generator=generator, dtype=torch.float64)
        return self.manifold.at(torch.where(step > 0, self.outer + step, self.inner + step), generator)


def _log_ball(dim: int, radius: float) -> float:
    """log of π^(d/2) R^d / Γ(d/2 + 1)."""
    return dim / 2 * math.log(math.pi) - math.lgamma(dim / 2 + 1) + dim * math.log(radius)


def _shell_scale(dim: int, inner: float, outer: float) -> float:
    """E|x|² = d/(d+2) · (outer^(d+2) - inner^(d+2)) / (outer^d - inner^d)."""
    ratio = inner / outer
    return outer * math.sqrt(dim / (dim + 2) * (1 - ratio ** (dim + 2)) / (1 - ratio**dim))
