"""The coordinate of one factor as a coordinate of a product: along it densities are graded, across it they are not."""

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from aeeval.manifolds.base import Support
from aeeval.manifolds.coordinate import Coordinate, Length, Moments
from aeeval.manifolds.law import Curve, Range


class FactorAxis(Coordinate):
    """t of the first factor's support; the others are drawn as they draw themselves, independently."""

    def __init__(self, supports: Sequence[Support], axis: Coordinate):
        self.supports, self.axis = tuple(supports), axis
        self.name, self.low, self.high, self.radius = axis.name, axis.low, axis.high, axis.radius
        self._others = sum(support.log_volume for support in self.supports[1:])

    def split(self, m: Tensor) -> tuple[Tensor, ...]:
        """(n, m) -> one (n, m_i) for each factor."""
        return m.split([support.manifold.ambient_dim for support in self.supports], dim=1)

    def of(self, m: Tensor) -> Tensor:
        return self.axis.of(self.split(m)[0])

    def log_slice(self, t: Tensor) -> Tensor:
        return self.axis.log_slice(t) + self._others

    def propose(self, t: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        points, kept = self.axis.propose(t, generator)
        return torch.cat([points, *(support.sample(len(t), generator) for support in self.supports[1:])], dim=1), kept

    def moments(self, log_weight: Curve, intervals: tuple[Range, ...]) -> Moments:
        """Squares add, as the factors are independent and in spaces of their own."""
        own = self.axis.moments(log_weight, intervals)
        centroid = torch.cat([own.centroid, *(support.centroid for support in self.supports[1:])])
        scale = math.hypot(own.scale, *(support.scale for support in self.supports[1:]))
        return Moments(own.log_mass + self._others, centroid, scale)


class FactorLength(FactorAxis, Length):
    """The same where t is a length: a path to a part is a path to a part of the first factor and to the other S_i."""

    axis: Length

    def __init__(self, supports: Sequence[Support], axis: Length, parts_dim: tuple[int, int]):
        super().__init__(supports, axis)
        self.parts_dim = parts_dim

    def distance(self, m: Tensor, low: float, high: float) -> Tensor:
        first, *rest = self.split(m)
        others = [support.support_distance(y) for support, y in zip(self.supports[1:], rest, strict=True)]
        return torch.linalg.vector_norm(torch.stack([self.axis.distance(first, low, high), *others]), dim=0)


def first_factor_axis(supports: Sequence[Support], parts_dim: tuple[int, int]) -> FactorAxis:
    """The coordinate of S₁ × S₂ × ..., that of S₁; `GeometryError` where S₁ has none."""
    axis = supports[0].coordinate()
    return FactorLength(supports, axis, parts_dim) if isinstance(axis, Length) else FactorAxis(supports, axis)
