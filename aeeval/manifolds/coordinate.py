"""Functions along a support that graded densities are written in: lengths, and axes of charts."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aeeval.manifolds.law import Curve, Law, Range


@dataclass(frozen=True)
class Moments:
    """Of a density on a support: `log_mass` of its integral, `centroid` (m,), and `scale`, RMS distance from it."""

    log_mass: float
    centroid: Tensor
    scale: float


class Coordinate(ABC):
    """A function t of the points of a support, from `low` to `high`, along which densities can be graded.

    `radius` is R where t = R θ with the polar angle θ of a sphere, None elsewhere.
    """

    name: str
    low: float
    high: float
    radius: float | None = None

    @property
    def length(self) -> float:
        return self.high - self.low

    @abstractmethod
    def of(self, m: Tensor) -> Tensor:
        """(n, m) -> (n,): t of points of the manifold."""

    @abstractmethod
    def log_slice(self, t: Tensor) -> Tensor:
        """Any shape to the same: log of the volume of the support for a unit of t, or of what `propose` thins to it."""

    @abstractmethod
    def propose(self, t: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """(n,) -> points (n, m) at these t, kept (n,) bool: with t by `log_slice`, those kept are uniform in volume."""

    @abstractmethod
    def moments(self, log_weight: Curve, intervals: tuple[Range, ...]) -> Moments:
        """Moments of the density exp(log_weight(t)), against volume, over these intervals of t."""

    def uniform_moments(self) -> Moments:
        """Those of the uniform density; `log_mass` is the logarithm of the volume."""
        return self.moments(torch.zeros_like, ((self.low, self.high),))


class Length(Coordinate):
    """A coordinate that is a length, |∇t| = 1, so that distances to parts low <= t <= high of S are known.

    `parts_dim` is the least Euclidean dimension, (low, high), that holds such a part, S itself aside.
    """

    parts_dim: tuple[int, int]

    @abstractmethod
    def distance(self, m: Tensor, low: float, high: float) -> Tensor:
        """(n, m) -> (n,): geodesic distance from points of 𝓜 to the part low <= t <= high of S."""


class Slices(Length):
    """A length whose slices are known in closed form, so that integrals over S are over t alone."""

    @abstractmethod
    def mean(self, t: Tensor) -> Tensor:
        """(k,) -> (k, m): the mean of each slice."""

    @abstractmethod
    def spread(self, t: Tensor) -> Tensor:
        """(k,) -> (k,): mean squared distance of each slice from its mean."""

    @abstractmethod
    def draw(self, t: Tensor, generator: Generator) -> Tensor:
        """(n,) -> (n, m): one point of each slice, uniform in its volume."""

    def propose(self, t: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        return self.draw(t, generator), t.isfinite()

    def moments(self, log_weight: Curve, intervals: tuple[Range, ...]) -> Moments:
        law = Law(lambda t: log_weight(t) + self.log_slice(t), intervals)
        centroid = law.mean(self.mean)

        def squares(t: Tensor) -> Tensor:
            return (self.spread(t) + (self.mean(t) - centroid).square().sum(dim=1))[:, None]

        return Moments(law.log_mass, centroid, math.sqrt(law.mean(squares).item()))
