"""Products of shapes: every oracle of the product from those of its factors."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import torch
from torch import Generator, Tensor

from aeeval.errors import Skipped
from aeeval.manifolds.base import Interval, Manifold, Support, lacked_by
from aeeval.manifolds.frames import block_diagonal
from aeeval.manifolds.product_axis import FactorAxis, first_factor_axis
from aeeval.manifolds.shape import Shape, Whole

Oracle = Callable[[Manifold, Tensor], Tensor]


class Product(Shape):
    """𝓜₁ × 𝓜₂ × ... with the metric of R^(m₁ + m₂ + ...): lengths along the factors add as squares.

    So closest points are those of each factor, volume is the product, and reach the least (H. Federer, Curvature
    measures, 1959, section 4). A subclass names it and its supports.
    """

    def __init__(self, factors: Sequence[Shape]):
        self.factors = tuple(factors)
        self.dim = sum(factor.dim for factor in self.factors)
        self.ambient_dim = self.span_dim = sum(factor.span_dim for factor in self.factors)
        self.embedding_dim = embedding(factor.support() for factor in self.factors)
        least = min(self.factors, key=lambda factor: (factor.reach, not factor.reach_is_exact))
        self.reach, self.reach_is_exact = least.reach, least.reach_is_exact
        self.unit = min(factor.unit for factor in self.factors)
        self.log_volume = sum(factor.log_volume for factor in self.factors)
        self.has_boundary = any(factor.has_boundary for factor in self.factors)
        self.topology = " × ".join(factor.topology for factor in self.factors)
        self.absent = lacked_by(self.factors)

    def split(self, y: Tensor) -> tuple[Tensor, ...]:
        """(n, m) -> one (n, m_i) for each factor."""
        return y.split([factor.ambient_dim for factor in self.factors], dim=1)

    def each(self, oracle: Oracle, y: Tensor) -> list[Tensor]:
        """What every factor answers for its own coordinates."""
        return [oracle(factor, part) for factor, part in zip(self.factors, self.split(y), strict=True)]

    def sample(self, n: int, generator: Generator) -> Tensor:
        return torch.cat([factor.sample(n, generator) for factor in self.factors], dim=1)

    def project(self, x: Tensor) -> Tensor:
        return torch.cat(self.each(lambda factor, y: factor.project(y), x), dim=1)

    def distance(self, x: Tensor) -> Tensor:
        return _root_of_squares(self.each(lambda factor, y: factor.distance(y), x))

    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        parts = zip(self.factors, self.split(x), self.split(m), strict=True)
        return torch.stack([factor.certified(y, p) for factor, y, p in parts]).all(dim=0)

    def tangent(self, m: Tensor) -> Tensor:
        return block_diagonal(self.each(lambda factor, y: factor.tangent(y), m))

    def normal(self, m: Tensor) -> Tensor:
        return block_diagonal(self.each(lambda factor, y: factor.normal(y), m))

    def boundary_distance(self, m: Tensor) -> Tensor:
        return torch.stack(self.each(lambda factor, y: factor.boundary_distance(y), m)).amin(dim=0)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all}

    def _all(self) -> Whole:
        return Whole(self, *_moments([factor.support() for factor in self.factors]))

    def coordinate(self) -> FactorAxis:
        return first_factor_axis([factor.support() for factor in self.factors], (self.dim, self.embedding_dim[1]))

    def over(self, name: str, supports: Sequence[Support]) -> "ProductSupport":
        """The support S₁ × S₂ × ..., one of every factor."""
        return ProductSupport(self, name, supports)

    def mesh(self, resolution: int = 40) -> Tensor:
        """The one factor of dimension 1 along the first axis of the grid, the other along the second."""
        if self.dim > 2:
            raise Skipped(f"a product of dim {self.dim} has no mesh: only d <= 2 is drawn")
        first, second = (factor.mesh(resolution) for factor in self.factors)
        shape = (resolution, resolution, -1)
        return torch.cat([first[:, None].expand(shape), second[None, :].expand(shape)], dim=-1)


class ProductSupport(Support):
    """S₁ × S₂ × ...: a path to it is a path to each, so distances add as squares."""

    manifold: Product

    def __init__(self, product: Product, name: str, supports: Sequence[Support]):
        self.manifold, self.name, self.supports = product, name, tuple(supports)
        self.log_volume = sum(support.log_volume for support in supports)
        self.embedding_dim = embedding(supports)
        self.centroid, self.scale = _moments(supports)
        self.farthest = math.hypot(*(support.farthest for support in supports))

    def each(self, oracle: Callable[[Support, Tensor], Tensor], m: Tensor) -> Tensor:
        """(factors, n): what every S_i answers for the coordinates of its factor."""
        parts = zip(self.supports, self.manifold.split(m), strict=True)
        return torch.stack([oracle(support, y) for support, y in parts])

    def sample(self, n: int, generator: Generator) -> Tensor:
        return torch.cat([support.sample(n, generator) for support in self.supports], dim=1)

    def log_prob(self, m: Tensor) -> Tensor:
        return self.each(lambda support, y: support.log_prob(y), m).sum(dim=0)

    def support_distance(self, m: Tensor) -> Tensor:
        return _root_of_squares(self.each(lambda support, y: support.support_distance(y), m))

    def distance_bounds(self, m: Tensor) -> tuple[Tensor, Tensor]:
        parts = zip(self.supports, self.manifold.split(m), strict=True)
        low, high = zip(*(support.distance_bounds(y) for support, y in parts), strict=True)
        return _root_of_squares(low), _root_of_squares(high)

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        """Outside a random choice of the S_i, at least one of them, inside the others."""
        proper = [number for number, support in enumerate(self.supports) if support.farthest > 0]
        out = torch.rand(n, len(self.supports), generator=generator) < 0.5
        chosen = torch.tensor(proper)[torch.randint(len(proper), (n,), generator=generator)]
        out[torch.arange(n), chosen] = True
        columns = []
        for number, support in enumerate(self.supports):
            points = support.sample(n, generator)
            if number in proper:
                beyond = support.propose_beyond(n, min(farthest, support.farthest), generator)
                points = torch.where(out[:, number, None], beyond, points)
            columns.append(points)
        return torch.cat(columns, dim=1)

    def coordinate(self) -> FactorAxis:
        return first_factor_axis(self.supports, (self.manifold.dim, self.embedding_dim[1]))


def embedding(supports: Iterable[Support]) -> Interval:
    """An interval that holds the least Euclidean dimension of a product of supports.

    At least that of every factor, and more than d where all are closed (invariance of domain). At most the sum, where
    closed hypersurfaces N of R^(d+1) count d as N × R lies in R^(d+1); if there is nothing else, one more in total.
    """
    dim, low, high, all_closed, thin = 0, 0, 0, True, True
    for support in supports:
        own = support.manifold.dim
        closed = support.farthest == 0 and not support.manifold.has_boundary
        hypersurface = closed and support.embedding_dim[1] == own + 1
        dim, low = dim + own, max(low, support.embedding_dim[0])
        high += own if hypersurface else support.embedding_dim[1]
        all_closed, thin = all_closed and closed, thin and hypersurface
    return max(dim + all_closed, low), high + thin


def _moments(supports: Sequence[Support]) -> tuple[Tensor, float]:
    centroid = torch.cat([support.centroid for support in supports])
    return centroid, math.hypot(*(support.scale for support in supports))


def _root_of_squares(lengths: Sequence[Tensor] | Tensor) -> Tensor:
    stacked = lengths if isinstance(lengths, Tensor) else torch.stack(list(lengths))
    return torch.linalg.vector_norm(stacked, dim=0)
