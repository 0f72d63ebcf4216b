"""Unions of manifolds in one space, of one dimension or of several: the nearest wins."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, Skipped, message
from aeeval.manifolds.base import Interval, Support, lacked_by
from aeeval.manifolds.embedded import Embedded
from aeeval.manifolds.shape import Shape, Whole
from aeeval.manifolds.validate import ON

Ask = Callable[[int, Tensor], Tensor]


class Union(Shape):
    """𝓜 = ∪ 𝓜_j in R^m, each component drawn by its weight, and on it uniformly; `gap` is the least distance of two.

    Where gap > 0 the reach is min(reach_j, gap/2). Components that meet (gap 0) have reach 0 there, and `local_reach`
    tells how much room there is elsewhere. `dim` and `log_volume` are those of the components of largest dimension.
    """

    def __init__(self, components: Sequence[Embedded], weights: Sequence[float], gap: float):
        self._components, self.gap = tuple(components), gap
        self.weights = torch.tensor(weights, dtype=torch.float64) / sum(weights)
        self.dim = max(component.dim for component in components)
        self.ambient_dim = self.span_dim = components[0].ambient_dim
        self.embedding_dim = self.embedding([component.embedding_dim for component in components])
        limits = [(gap / 2, True), *((component.reach, component.reach_is_exact) for component in components)]
        self.reach, self.reach_is_exact = min(limits, key=lambda limit: (limit[0], not limit[1]))
        self.unit = min(component.support().scale for component in components)
        self.log_volume = _logsumexp(component.log_volume for component in components if component.dim == self.dim)
        self.has_boundary = any(component.has_boundary for component in components)
        self.topology = " ∪ ".join(dict.fromkeys(component.topology for component in components))
        self.absent = lacked_by(components)
        if len({component.dim for component in components}) > 1:
            self.absent["frames of one size"] = "d differs between components: each of `components` has its own"

    @property
    def components(self) -> tuple[Embedded, ...]:
        return self._components

    def embedding(self, intervals: Sequence[Interval]) -> Interval:
        """Compact components that do not meet can be moved apart: only the worst counts. Others lie in R^m at least."""
        lows, highs = zip(*intervals, strict=True)
        return max(lows), max(highs) if self.gap > 0 else self.ambient_dim

    def component_of(self, m: Tensor) -> Tensor:
        return self.distances(m).argmin(dim=0)

    def distances(self, x: Tensor) -> Tensor:
        """(n, m) -> (components, n): Euclidean distance to every component."""
        return torch.stack([component.distance(x) for component in self.components])

    def local_reach(self, m: Tensor) -> Tensor:
        """The reach of the component that holds m, but at most half the distance from m to the other components."""
        distances = self.distances(m)
        index = distances.argmin(dim=0)
        own = torch.tensor([component.reach for component in self.components], dtype=torch.float64)[index]
        return torch.minimum(own, _apart_from(index, distances) / 2)

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.mixture(self.weights, [component.sample for component in self.components], n, generator)

    def mixture(
        self, weights: Tensor, draws: Sequence[Callable[[int, Generator], Tensor]], n: int, generator: Generator
    ) -> Tensor:
        """(n, m) points, each from one of the draws, chosen by these weights."""
        index = torch.multinomial(weights, n, replacement=True, generator=generator)
        counts = torch.bincount(index, minlength=len(draws)).tolist()
        points = [draw(count, generator) for draw, count in zip(draws, counts, strict=True) if count > 0]
        return _in_order(index, torch.cat(points))

    def ask(self, m: Tensor, answer: Ask) -> Tensor:
        """(n, m) -> (n, ...): for every point the answer for its component, from answer(j, (n_j, m)) -> (n_j, ...)."""
        index = self.component_of(m)
        return _in_order(index, torch.cat([answer(j, m[index == j]) for j in range(len(self.components))]))

    def project(self, x: Tensor) -> Tensor:
        closest = torch.stack([component.project(x) for component in self.components])
        index = torch.linalg.vector_norm(closest - x, dim=2).argmin(dim=0)
        return closest[index, torch.arange(len(x))]

    def distance(self, x: Tensor) -> Tensor:
        return self.distances(x).amin(dim=0)

    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        """The distances to all components must be proven, and that to the component of m the least."""
        index = self.component_of(m)
        proven = torch.stack([component.certified(x, component.project(x)) for component in self.components]).all(dim=0)
        own = torch.stack([component.certified(x, m) for component in self.components]).gather(0, index[None])[0]
        others = _apart_from(index, self.distances(x))
        return proven & own & (torch.linalg.vector_norm(x - m, dim=1) + ON * self.unit < others)

    def tangent(self, m: Tensor) -> Tensor:
        self._check_one_dim()
        return self.ask(m, lambda j, rows: self.components[j].tangent(rows))

    def normal(self, m: Tensor) -> Tensor:
        self._check_one_dim()
        return self.ask(m, lambda j, rows: self.components[j].normal(rows))

    def _check_one_dim(self) -> None:
        dims = sorted({component.dim for component in self.components})
        if len(dims) > 1:
            raise GeometryError(
                message(
                    f"frames at points of one dimension for {self.name}", f"dimensions {dims}", "go by `by_component`"
                )
            )

    def log_prob(self, m: Tensor) -> Tensor:
        """Against the d-dimensional volume of the component that holds m."""
        return self.ask(m, lambda j, rows: self.weights[j].log() + self.components[j].log_prob(rows))

    def boundary_distance(self, m: Tensor) -> Tensor:
        return self.ask(m, lambda j, rows: self.components[j].boundary_distance(rows))

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all}

    def _all(self) -> Whole:
        return Whole(self, *_moments(self.weights, [component.support() for component in self.components]))

    def over(self, name: str, supports: Sequence[Support]) -> "UnionSupport":
        """The support ∪ S_j, one of every component, drawn as `sample` draws where it falls into S."""
        return UnionSupport(self, name, supports)

    def mesh(self, resolution: int = 40) -> Tensor:
        raise Skipped(f"{self.name} has no mesh in one piece: draw each of its `components`")


class UnionSupport(Support):
    """∪ S_j with S_j in component j; distances run along the component.

    They are those along 𝓜 where no way through another component is shorter: components do not meet, or meet inside S.
    """

    manifold: Union

    def __init__(self, union: Union, name: str, supports: Sequence[Support]):
        self.manifold, self.name, self.supports = union, name, tuple(supports)
        pairs = list(zip(self.supports, union.components, strict=True))
        share = torch.tensor([s.log_volume - component.log_volume for s, component in pairs], dtype=torch.float64).exp()
        self.weights = union.weights * share / (union.weights @ share)
        self.log_volume = _logsumexp(s.log_volume for s, component in pairs if component.dim == union.dim)
        self.embedding_dim = union.embedding([support.embedding_dim for support in supports])
        self.centroid, self.scale = _moments(self.weights, self.supports)
        self.farthest = max(support.farthest for support in supports)

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.manifold.mixture(self.weights, [s.sample for s in self.supports], n, generator)

    def log_prob(self, m: Tensor) -> Tensor:
        return self.manifold.ask(m, lambda j, rows: self.weights[j].log() + self.supports[j].log_prob(rows))

    def support_distance(self, m: Tensor) -> Tensor:
        return self.manifold.ask(m, lambda j, rows: self.supports[j].support_distance(rows))

    def distance_bounds(self, m: Tensor) -> tuple[Tensor, Tensor]:
        both = self.manifold.ask(m, lambda j, rows: torch.stack(self.supports[j].distance_bounds(rows), dim=1))
        return both[:, 0], both[:, 1]

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        """In every component that S does not fill, as far as the component goes."""
        lengths = torch.tensor([min(farthest, s.farthest) for s in self.supports], dtype=torch.float64)

        def outside(support: Support) -> Callable[[int, Generator], Tensor]:
            return lambda count, g: support.propose_beyond(count, min(farthest, support.farthest), g)

        return self.manifold.mixture(lengths, [outside(s) for s in self.supports], n, generator)


def _apart_from(index: Tensor, distances: Tensor) -> Tensor:
    """(n,), (components, n) -> (n,): the least distance to a component other than the one of that index."""
    return distances.scatter(0, index[None], torch.inf).amin(dim=0)


def _in_order(index: Tensor, by_component: Tensor) -> Tensor:
    """Rows that stand component after component -> the order of `index` (n,), the component of every row."""
    order = index.argsort(stable=True)
    return torch.empty_like(by_component).index_copy_(0, order, by_component)


def _moments(weights: Tensor, supports: Sequence[Support]) -> tuple[Tensor, float]:
    """Centroid and scale of a mixture: variance within the components and between them."""
    centres = torch.stack([support.centroid for support in supports])
    centroid = weights @ centres
    within = torch.tensor([support.scale**2 for support in supports], dtype=torch.float64)
    between = (centres - centroid).square().sum(dim=1)
    return centroid, math.sqrt(weights @ (within + between))


def _logsumexp(logs: Iterable[float]) -> float:
    return torch.tensor(list(logs), dtype=torch.float64).logsumexp(dim=0).item()
