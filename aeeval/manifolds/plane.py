"""The flat case: a cube in a d-plane, where linear methods are right."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor

from aeeval.errors import Skipped
from aeeval.manifolds.base import Support
from aeeval.manifolds.boxes import ChartBox, Charted, excess, uniform
from aeeval.manifolds.coordinate import Slices
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.shape import Whole, grid
from aeeval.manifolds.validate import integer, positive


def plane(*, dim: int = 2, ambient_dim: int | None = None, half_width: float = 2.0, seed: int = 0) -> Embedded:
    """A flat d-dimensional cube: the case that principal components solve exactly, and the null of every other one.

    {Q z : z in [-w, w]^d}, Q (D, d) orthonormal by `seed`; D defaults to d + 1. Reach inf (flat and convex). Volume
    (2w)^d. embedding_dim d. Support "box" (half_width=1.0): the centred cube [-b, b]^d.
    Source: none needed; the closest point is the clamped one.
    """
    shape = Plane(integer("dim", dim, 1), positive("half_width", half_width))
    return place(shape, dim + 1 if ambient_dim is None else ambient_dim, seed)


class Plane(Charted):
    """[-w, w]^d in R^d."""

    name, topology = "plane", "cube"
    has_boundary, reach, reach_is_exact = True, math.inf, True

    def __init__(self, dim: int, half_width: float):
        self.dim = self.ambient_dim = self.span_dim = dim
        self.embedding_dim = (dim, dim)
        self.half_width = self.unit = half_width
        self.log_volume = dim * math.log(2 * half_width)
        self.absent = {}

    def chart(self, m: Tensor) -> Tensor:
        return m

    def above(self, z: Tensor) -> Tensor:
        return z

    def sample(self, n: int, generator: Generator) -> Tensor:
        return uniform(n, self.dim, self.half_width, generator)

    def project(self, x: Tensor) -> Tensor:
        return x.clamp(-self.half_width, self.half_width)

    def tangent(self, m: Tensor) -> Tensor:
        return torch.eye(self.dim, dtype=m.dtype).expand(len(m), -1, -1)

    def normal(self, m: Tensor) -> Tensor:
        return m.new_zeros(len(m), 0, self.dim)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "box": self._box}

    def _all(self) -> Whole:
        return Whole(self, torch.zeros(self.dim, dtype=torch.float64), _cube_scale(self.dim, self.half_width))

    def _box(self, half_width: float = 1.0) -> "PlaneBox":
        return PlaneBox(self, positive("half_width", half_width, high=self.half_width))

    def coordinate(self) -> "FirstAxis":
        return FirstAxis(self.dim, self.half_width)

    def mesh(self, resolution: int = 40) -> Tensor:
        if self.dim > 2:
            raise Skipped(f"a {self.name} of dim {self.dim} has no mesh: only d <= 2 is drawn")
        return grid((-self.half_width,) * self.dim, (self.half_width,) * self.dim, resolution)


class PlaneBox(ChartBox):
    """The centred cube [-b, b]^d of a plane."""

    def __init__(self, shape: Plane, half_width: float):
        log_volume = shape.dim * math.log(2 * half_width)
        super().__init__(shape, half_width, log_volume, _cube_scale(shape.dim, half_width))
        self.farthest = math.sqrt(shape.dim) * (shape.half_width - half_width)

    def sample(self, n: int, generator: Generator) -> Tensor:
        return uniform(n, self.manifold.dim, self.half_width, generator)

    def support_distance(self, m: Tensor) -> Tensor:
        return torch.linalg.vector_norm(excess(m, self.half_width), dim=1)

    def coordinate(self) -> "FirstAxis":
        return FirstAxis(self.manifold.dim, self.half_width)


class FirstAxis(Slices):
    """z_0 of the cube [-b, b]^d in a plane; its slices are cubes of dimension d-1."""

    name = "first axis"

    def __init__(self, dim: int, half_width: float):
        self.dim, self.half_width = dim, half_width
        self.low, self.high = -half_width, half_width
        self.parts_dim = (dim, dim)

    def of(self, m: Tensor) -> Tensor:
        return m[:, 0]

    def log_slice(self, t: Tensor) -> Tensor:
        return torch.full_like(t, (self.dim - 1) * math.log(2 * self.half_width))

    def mean(self, t: Tensor) -> Tensor:
        return torch.cat([t[:, None], t.new_zeros(len(t), self.dim - 1)], dim=1)

    def spread(self, t: Tensor) -> Tensor:
        return torch.full_like(t, _cube_scale(self.dim - 1, self.half_width) ** 2)

    def draw(self, t: Tensor, generator: Generator) -> Tensor:
        return torch.cat([t[:, None], uniform(len(t), self.dim - 1, self.half_width, generator)], dim=1)

    def distance(self, m: Tensor, low: float, high: float) -> Tensor:
        along, across = m[:, 0] - m[:, 0].clamp(low, high), excess(m[:, 1:], self.half_width)
        return torch.hypot(along, torch.linalg.vector_norm(across, dim=1))


def _cube_scale(dim: int, half_width: float) -> float:
    """A coordinate that is uniform on [-w, w] has variance w²/3."""
    return half_width * math.sqrt(dim / 3)
