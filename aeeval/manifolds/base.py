"""What a manifold answers: the interface of every oracle, and of the pieces of it that hold the data."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds.coordinate import Coordinate

Interval = tuple[int, int]
GEODESICS = "geodesics"
"""The key in `absent` where distances along 𝓜 are not known: there `support_distance` raises `Skipped`."""


class Manifold(ABC):
    """A clean oracle: a d-dimensional 𝓜 in R^D with exact answers, all in float64, batched over rows.

    Rows come in any floating dtype, as models hold them in float32, and are taken as the points that they are: every
    answer is the one to `x.double()`, bit for bit. Where any x may be asked about (`project`, `distance`, `certified`),
    a rounded row is a point like any other, and rounding costs nothing. Where points m of 𝓜 are asked about, rounding
    leaves a row beside 𝓜, by at most 2⁻²⁴ |m| in float32, and the answer is that of a point of 𝓜 about as near: a frame
    turned by no more than that over the reach, a length along 𝓜 changed by no more than that, up to a small factor (7)
    where a chart stretches it. Rows that rounding has taken out of S or off 𝓜 still count as in it.

    Attributes, constant for an instance:
    `name`; `dim` d; `ambient_dim` D; `span_dim` dimension of the affine hull; `embedding_dim` (low, high), the least
    Euclidean dimension that holds 𝓜 without tearing, as an interval; `reach`, exact or a certified lower bound (inf
    when flat and convex); `reach_is_exact`; `log_volume`, natural logarithm of the d-dimensional volume;
    `has_boundary`; `topology`, a word for the card; `absent`, what this instance does not have, or knows only to a
    stated error, each with the reason. A union of manifolds has `components`, and frames per component; its `dim`
    and `log_volume` are those of the components of largest dimension.
    """

    name: str
    dim: int
    ambient_dim: int
    span_dim: int
    embedding_dim: Interval
    reach: float
    reach_is_exact: bool
    log_volume: float
    has_boundary: bool
    topology: str
    version: int = 1
    absent: dict[str, str]

    @property
    def volume(self) -> float:
        """d-dimensional volume; 0 or inf where a float cannot hold it (d of some hundreds)."""
        return _exp(self.log_volume)

    @property
    def components(self) -> "tuple[Manifold, ...]":
        """The manifolds of one dimension each that 𝓜 is the union of; 𝓜 alone unless it is a union."""
        return (self,)

    def component_of(self, m: Tensor) -> Tensor:
        """(n, D) -> (n,): index in `components` of the one that holds a point of 𝓜; the first where several do."""
        return torch.zeros(len(m), dtype=torch.long)

    def by_component(self, m: Tensor) -> "Iterator[tuple[Manifold, Tensor]]":
        """(n, D) -> every component that holds some of these points of 𝓜, with their row numbers (n_j,)."""
        index = self.component_of(m)
        for number, component in enumerate(self.components):
            rows = (index == number).nonzero().squeeze(1)
            if len(rows) > 0:
                yield component, rows

    def local_dim(self, m: Tensor) -> Tensor:
        """(n, D) -> (n,): the dimension of 𝓜 at its points; d everywhere unless 𝓜 is a union."""
        return torch.tensor([component.dim for component in self.components])[self.component_of(m)]

    def local_reach(self, m: Tensor) -> Tensor:
        """(n, D) -> (n,): a lower bound of the radius of the ball at m in which closest points are unique (Federer)."""
        return torch.full((len(m),), self.reach, dtype=torch.float64)

    @abstractmethod
    def sample(self, n: int, generator: Generator) -> Tensor:
        """(n, D) points, uniform in Riemannian volume on 𝓜; on each component of a union, drawn by its weight."""

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

    Attributes: `manifold`; `name`; `density`, the name of the law of `sample`; `log_volume` of S; `embedding_dim` of S
    (low, high); `centroid` (D,) mean of that law; `scale` RMS distance from the centroid under it; `farthest` the
    largest `support_distance` on 𝓜, or a lower bound of it up to which every distance occurs (0 for the whole of 𝓜).
    """

    manifold: Manifold
    name: str
    density: str = "uniform"
    log_volume: float
    embedding_dim: Interval
    centroid: Tensor
    scale: float
    farthest: float

    @property
    def volume(self) -> float:
        """d-dimensional volume of S; 0 or inf where a float cannot hold it."""
        return _exp(self.log_volume)

    @abstractmethod
    def sample(self, n: int, generator: Generator) -> Tensor:
        """(n, D) points of S by its density: uniform in Riemannian volume unless it has been given another."""

    @abstractmethod
    def log_prob(self, m: Tensor) -> Tensor:
        """(n, D) -> (n,): log density of `sample`; -inf outside S."""

    @abstractmethod
    def support_distance(self, m: Tensor) -> Tensor:
        """(n, D) -> (n,): geodesic distance along 𝓜 from points of 𝓜 to S, 0 inside; `Skipped` where it is absent."""

    def distance_bounds(self, m: Tensor) -> tuple[Tensor, Tensor]:
        """(n, D) -> (n,), (n,): what the support distance lies between; both are equal to it where it is known."""
        distance = self.support_distance(m)
        return distance, distance

    @abstractmethod
    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        """(n, D) points of 𝓜 outside S, their support distances spread over about (0, farthest]."""

    def coordinate(self) -> Coordinate:
        """The function along which densities on S can be graded; `GeometryError` where none has known slices."""
        what = f"support {self.name!r} of {self.manifold.name}"
        raise GeometryError(
            message("a support with a coordinate", f"{what}, which has none", 'use density = "uniform"')
        )


def lacked_by(parts: Iterable[Manifold]) -> dict[str, str]:
    """The `absent` of what is composed of these manifolds: without the distances along one, there are none at all."""
    lacks = [(oracle, part.name, reason) for part in parts for oracle, reason in part.absent.items()]
    return {oracle if oracle == GEODESICS else f"{oracle} of {name}": reason for oracle, name, reason in lacks}


def _exp(exponent: float) -> float:
    return torch.tensor(exponent, dtype=torch.float64).exp().item()
