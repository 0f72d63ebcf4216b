"""Gaussian balls: flat, but seen ever more rarely away from the middle."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor

from aeeval.manifolds.base import Support
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.graded import Graded
from aeeval.manifolds.parts import Lengths
from aeeval.manifolds.solid import Shell, Solid
from aeeval.manifolds.sphere import directions
from aeeval.manifolds.subspaces import log_sphere
from aeeval.manifolds.validate import integer, positive

_TAIL = 3.0  # spreads beyond √d of them, where most points are


def gaussian_ball(
    *, dim: int = 2, ambient_dim: int | None = None, spread: float = 1.0, radius: float | None = None, seed: int = 0
) -> Embedded:
    """A flat ball whose rows are Gaussian: dense in the middle, thin at the rim, and no edge to the data.

    {Q z : |z| <= radius} in a d-plane, Q by `seed`; D defaults to d + 1, radius to (√d + 3) spread. Its supports are
    drawn with density p ∝ exp(-|z|²/(2 spread²)), truncated to them; the ball itself uniformly. Reach inf (flat and
    convex). Volume π^(d/2) radius^d / Γ(d/2 + 1). embedding_dim d. Support "ball" (radius=√d spread): the smaller ball.
    Source: none needed; |z|²/spread² has the law χ² with d degrees of freedom, truncated.
    """
    scale = positive("spread", spread)
    typical = math.sqrt(integer("dim", dim, 1)) * scale
    farthest = typical + _TAIL * scale if radius is None else positive("radius", radius)
    return place(GaussianBall(dim, farthest, scale), dim + 1 if ambient_dim is None else ambient_dim, seed)


class GaussianBall(Solid):
    """{|z| <= R} in R^d, its supports with the Gaussian density of standard deviation `spread` in each coordinate."""

    name = "gaussian-ball"

    def __init__(self, dim: int, radius: float, spread: float):
        super().__init__(dim, radius)
        self.spread = spread

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "ball": self._ball}

    def _all(self) -> Graded:
        return self._graded("all", super()._all(), self.radius)

    def _ball(self, radius: float | None = None) -> Graded:
        default = min(math.sqrt(self.dim) * self.spread, self.radius)
        outer = default if radius is None else positive("radius", radius, high=self.radius)
        return self._graded("ball", Shell(self, 0.0, outer), outer)

    def _graded(self, name: str, support: Support, radius: float) -> Graded:
        def log_weight(t: Tensor) -> Tensor:
            return -(t / self.spread).square() / 2

        graded = Graded(support, Radius(self, radius), "gaussian", log_weight, ((0.0, radius),))
        graded.name = name
        return graded


class Radius(Lengths):
    """Distance from the middle of a ball; its slices are spheres of dimension d-1."""

    name, low = "distance from the middle", 0.0

    def __init__(self, ball: Solid, radius: float):
        self.ball, self.high, self.parts_dim = ball, radius, ball.embedding_dim

    def of(self, m: Tensor) -> Tensor:
        return torch.linalg.vector_norm(m, dim=1)

    def log_slice(self, t: Tensor) -> Tensor:
        return log_sphere(self.ball.dim - 1) + torch.special.xlogy(self.ball.dim - 1, t)

    def mean(self, t: Tensor) -> Tensor:
        return t.new_zeros(len(t), self.ball.dim)

    def spread(self, t: Tensor) -> Tensor:
        return t.square()

    def draw(self, t: Tensor, generator: Generator) -> Tensor:
        return t[:, None] * directions(len(t), self.ball.dim, generator)
