"""An isometry plus scaling into R^D: every oracle of a shape, moved, with the directions it does not span added."""

import math
from functools import cached_property

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds.base import Manifold, Support
from aeeval.manifolds.validate import ON, integer, rows


class Embedded(Manifold):
    """The image of a shape in R^m under x = shift + factor · Q y, Q (D, m) with orthonormal columns.

    Squared distances split, dist²(x, 𝓜) = |out-of-span part|² + factor² · dist²(y, shape), so whatever the shape knows
    exactly stays exact. Points go in as (n, D) rows of any float dtype and device; answers are float64 on the CPU.
    Rows of another width or with entries that are not finite raise `GeometryError`.
    """

    def __init__(self, native: Manifold, frame: Tensor, shift: Tensor, factor: float = 1.0):
        self.native, self.frame, self.shift, self.factor = native, frame, shift, factor
        self.version = native.version  # a shape whose points change raises its own
        self.name, self.dim, self.span_dim = native.name, native.dim, native.span_dim
        self.ambient_dim = len(frame)
        self.embedding_dim, self.topology = native.embedding_dim, native.topology
        self.reach, self.reach_is_exact = factor * native.reach, native.reach_is_exact
        self.log_volume = native.log_volume + native.dim * math.log(factor)
        self.has_boundary, self.absent = native.has_boundary, native.absent

    @cached_property
    def components(self) -> tuple[Manifold, ...]:
        if self.native.components == (self.native,):
            return (self,)
        return tuple(Embedded(component, self.frame, self.shift, self.factor) for component in self.native.components)

    def component_of(self, m: Tensor) -> Tensor:
        return self.native.component_of(self.coordinates(m))

    def local_reach(self, m: Tensor) -> Tensor:
        return self.factor * self.native.local_reach(self.coordinates(m))

    def log_growth(self, y: Tensor) -> Tensor:
        """(n, m) -> (n,): logarithm of the factor by which volume grows, at points in natural coordinates."""
        return self.native.local_dim(y).double() * math.log(self.factor)

    @cached_property
    def complement(self) -> Tensor:
        """(D - m, D): an orthonormal basis of the directions that the shape does not span, one row a direction."""
        full = torch.linalg.qr(self.frame, mode="complete").Q
        return full[:, self.frame.shape[1] :].T

    def lift(self, y: Tensor) -> Tensor:
        """(n, m) -> (n, D): natural coordinates to ambient ones."""
        return (y @ self.frame.T).mul_(self.factor).add_(self.shift)

    def coordinates(self, x: Tensor) -> Tensor:
        """(n, D) -> (n, m): natural coordinates of the part of x in the span."""
        return (rows(x, self.ambient_dim) - self.shift) @ self.frame / self.factor

    def out_of_span(self, x: Tensor, y: Tensor) -> Tensor:
        """(n, D), (n, m) -> (n,): distance of x from the span, without the cancellation of |x|² - |y|²."""
        return torch.linalg.vector_norm(rows(x, self.ambient_dim) - self.lift(y), dim=1)

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.lift(self.native.sample(integer("n", n, 1), generator))

    def project(self, x: Tensor) -> Tensor:
        return self.lift(self.native.project(self.coordinates(x)))

    def distance(self, x: Tensor) -> Tensor:
        y = self.coordinates(x)
        return torch.hypot(self.out_of_span(x, y), self.factor * self.native.distance(y))

    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        """Closest within the span is closest in R^D; m itself must lie in the span."""
        y = self.coordinates(m)
        return self.native.certified(self.coordinates(x), y) & (self.out_of_span(m, y) <= ON * self.factor)

    def tangent(self, m: Tensor) -> Tensor:
        return self.native.tangent(self.coordinates(m)) @ self.frame.T

    def normal(self, m: Tensor) -> Tensor:
        lifted = self.native.normal(self.coordinates(m)) @ self.frame.T
        return torch.cat([lifted, self.complement.expand(len(lifted), *self.complement.shape)], dim=1)

    def log_prob(self, m: Tensor) -> Tensor:
        y = self.coordinates(m)
        return self.native.log_prob(y) - self.log_growth(y)

    def boundary_distance(self, m: Tensor) -> Tensor:
        return self.factor * self.native.boundary_distance(self.coordinates(m))

    def support_names(self) -> tuple[str, ...]:
        return self.native.support_names()

    def support(self, name: str = "all", **params: float) -> "EmbeddedSupport":
        return EmbeddedSupport(self, self.native.support(name, **params))

    def mesh(self, resolution: int = 40) -> Tensor:
        return self.lift(self.native.mesh(integer("resolution", resolution, 2)))

    def moved(self, shift: Tensor, factor: float) -> "Embedded":
        """The same shape elsewhere, and of another size."""
        return Embedded(self.native, self.frame, shift, factor)


class EmbeddedSupport(Support):
    """A support of a shape, moved with it."""

    def __init__(self, manifold: Embedded, native: Support):
        self.manifold: Embedded = manifold
        self.native, self.name, self.density = native, native.name, native.density
        self.embedding_dim = native.embedding_dim
        self.log_volume = native.log_volume + manifold.dim * math.log(manifold.factor)
        self.centroid = manifold.lift(native.centroid)
        self.scale, self.farthest = manifold.factor * native.scale, manifold.factor * native.farthest

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.manifold.lift(self.native.sample(integer("n", n, 1), generator))

    def log_prob(self, m: Tensor) -> Tensor:
        y = self.manifold.coordinates(m)
        return self.native.log_prob(y) - self.manifold.log_growth(y)

    def support_distance(self, m: Tensor) -> Tensor:
        return self.manifold.factor * self.native.support_distance(self.manifold.coordinates(m))

    def distance_bounds(self, m: Tensor) -> tuple[Tensor, Tensor]:
        low, high = self.native.distance_bounds(self.manifold.coordinates(m))
        return self.manifold.factor * low, self.manifold.factor * high

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        native_farthest = farthest / self.manifold.factor
        return self.manifold.lift(self.native.propose_beyond(integer("n", n, 1), native_farthest, generator))


def place(shape: Manifold, ambient_dim: int | None, seed: int) -> Embedded:
    """A shape in R^D under a seeded rotation, so that no axis is privileged; None means the least D.

    Raises `GeometryError` for D below the dimension of the shape's span.
    """
    least = shape.span_dim
    size = integer("ambient_dim", least if ambient_dim is None else ambient_dim, 1)
    if size < least:
        raise GeometryError(
            message(
                f"ambient_dim >= {least}, what {shape.name} of dim {shape.dim} spans",
                str(size),
                f"pass {least} or more",
            )
        )
    draw = torch.randn(size, least, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return Embedded(shape, torch.linalg.qr(draw).Q, torch.zeros(size, dtype=torch.float64))


def normalised(support: Support) -> Support:
    """The same support on the same manifold, moved and scaled to centroid 0 and scale 1."""
    manifold = support.manifold
    if isinstance(support, EmbeddedSupport) and isinstance(manifold, Embedded):
        shift, factor = (manifold.shift - support.centroid) / support.scale, manifold.factor / support.scale
        return EmbeddedSupport(manifold.moved(shift, factor), support.native)
    frame = torch.eye(manifold.ambient_dim, dtype=torch.float64)
    return EmbeddedSupport(Embedded(manifold, frame, -support.centroid / support.scale, 1 / support.scale), support)
