"""What a manifold answers: the interface of every oracle, and of the pieces of it that hold the data."""

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Generator, Tensor

Interval = tuple[int, int]


class Manifold(ABC):
    """A clean oracle: a d-dimensional 𝓜 in R^D with exact answers, all in float64, batched over rows.

    Attributes, constant for an instance:
    `name`; `dim` d; `ambient_dim` D; `span_dim` dimension of the affine hull; `embedding_dim` (low, high), the least
    Euclidean dimension that holds 𝓜 without tearing, as an interval; `reach`, exact or a certified lower bound (inf
    when flat and convex); `reach_is_exact`; `volume` d-dimensional volume; `has_boundary`; `topology`, a word for the
    card; `absent`, the oracles that this instance does not have, each with the reason.
    """

    name: str
    dim: int
    ambient_dim: int
    span_dim: int
    embedding_dim: Interval
    reach: float
    reach_is_exact: bool
    volume: float
    has_boundary: bool
    topology: str
    version: ClassVar[int] = 1
    absent: dict[str, str]

    @abstractmethod
    def sample(self, n: int, generator: Generator) -> Tensor:
        """(n, D) points, uniform in Riemannian volume on the whole of 𝓜."""

    @abstractmethod
    def project(self, x: Tensor) -> Tensor:
        """(n, D) -> (n, D): the closest point π(x) on 𝓜."""

    def distance(self, x: Tensor) -> Tensor:
        """(n, D) -> (n,): Euclidean distance to 𝓜."""
        return torch.linalg.vector_norm(x - self.project(x), dim=-1)

    @abstractmethod
    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        """(n, D), (n, D) -> (n,) bool: whether m = π(x) is proven to be the closest point of 𝓜 to x."""

    @abstractmethod
    def tangent(self, m: Tensor) -> Tensor:
        """(n, D) -> (n, d, D): orthonormal tangent frames at points of 𝓜, one row a direction."""

    @abstractmethod
    def normal(self, m: Tensor) -> Tensor:
        """(n, D) -> (n, D-d, D): orthonormal normal frames at points of 𝓜, one row a direction."""

    @abstractmethod
    def log_prob(self, m: Tensor) -> Tensor:
        """(n, D) -> (n,): log density, against Riemannian volume, of what `sample` draws."""

    @abstractmethod
    def boundary_distance(self, m: Tensor) -> Tensor:
        """(n, D) -> (n,): a lower bound on the distance along 𝓜 to its boundary; inf where there is none."""

    @abstractmethod
    def support_names(self) -> tuple[str, ...]:
        """The names that `support` takes; "all" is always among them."""

    @abstractmethod
    def support(self, name: str = "all", **params: float) -> "Support":
        """A named piece S of 𝓜; unknown names and parameters raise with the known ones."""

    @abstractmethod
    def mesh(self, resolution: int = 40) -> Tensor:
        """(r, D) for d = 1, (r, r, D) for d = 2: a grid of points that draws 𝓜; raises `Skipped` for d > 2."""


class Support(ABC):
    """A named piece S ⊂ 𝓜 that holds the training data.

    Attributes: `manifold`; `name`; `volume` of S; `embedding_dim` of S (low, high); `centroid` (D,) mean of the uniform
    density on S; `scale` RMS distance of S from its centroid; `farthest` the largest `support_distance` on 𝓜 (0 for the
    whole of 𝓜).
    """

    manifold: Manifold
    name: str
    volume: float
    embedding_dim: Interval
    centroid: Tensor
    scale: float
    farthest: float

    @abstractmethod
    def sample(self, n: int, generator: Generator) -> Tensor:
        """(n, D) points, uniform in Riemannian volume on S."""

    @abstractmethod
    def log_prob(self, m: Tensor) -> Tensor:
        """(n, D) -> (n,): log density of `sample`; -inf outside S."""

    @abstractmethod
    def support_distance(self, m: Tensor) -> Tensor:
        """(n, D) -> (n,): geodesic distance along 𝓜 from points of 𝓜 to S, 0 inside."""

    @abstractmethod
    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        """(n, D) points of 𝓜 outside S, their support distances spread over about (0, farthest]."""
