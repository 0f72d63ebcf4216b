"""The solid cube: flat, and as full-dimensional as its space."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor

from aeeval.manifolds.base import Support
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.plane import Plane, PlaneBox
from aeeval.manifolds.shape import within
from aeeval.manifolds.validate import ON, integer, positive


def cube(*, dim: int = 3, ambient_dim: int | None = None, half_width: float = 2.0, seed: int = 0) -> Embedded:
    """A solid cube that fills its space: nothing to compress, and the identity is right at k = d.

    {Q z : z in [-w, w]^d}, w = half_width, Q by `seed`; unlike `plane`, D defaults to d, so that no direction is normal
    and noise must be Gaussian. Reach inf (flat and convex). Volume (2w)^d. embedding_dim d. Supports "box"
    (half_width=1.0), in the centre; "corner" (side=2.0): [-w, side - w]^d, with more of the cube on one side only.
    Source: none needed; the closest point is the clamped one.
    """
    return place(Cube(integer("dim", dim, 1), positive("half_width", half_width)), ambient_dim, seed)


class Cube(Plane):
    """[-w, w]^d in R^d."""

    name = "cube"

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {**super().pieces(), "corner": self._corner}

    def _corner(self, side: float = 2.0) -> "Corner":
        return Corner(self, positive("side", side, high=2 * self.half_width))


class Corner(Support):
    """[-w, a - w]^d in the cube [-w, w]^d: seen from there, an orthant of the box [-a, a]^d in a cube twice as wide."""

    name = "corner"

    def __init__(self, cube: Cube, side: float):
        self.manifold: Cube = cube
        self.side = side
        self.around = PlaneBox(Plane(cube.dim, 2 * cube.half_width), side)
        self.log_volume = cube.dim * math.log(side)
        self.embedding_dim = cube.embedding_dim
        self.centroid = torch.full((cube.dim,), side / 2 - cube.half_width, dtype=torch.float64)
        self.scale = side * math.sqrt(cube.dim / 12)
        self.farthest = self.around.farthest

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.around.sample(n, generator).abs() - self.manifold.half_width

    def log_prob(self, m: Tensor) -> Tensor:
        inside = (m + self.manifold.half_width).amax(dim=1) <= self.side + ON * self.manifold.unit
        return within(inside, self.log_volume)

    def support_distance(self, m: Tensor) -> Tensor:
        return self.around.support_distance((m + self.manifold.half_width).clamp_min(0))

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        return self.around.propose_beyond(n, farthest, generator).abs() - self.manifold.half_width
