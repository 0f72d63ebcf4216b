"""What shapes share: a manifold written in its natural space R^m, its table of supports, and the whole as a support."""

import inspect
from abc import abstractmethod
from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, UnknownName, message
from aeeval.manifolds.base import Manifold, Support
from aeeval.manifolds.coordinate import Coordinate
from aeeval.manifolds.validate import ON


class Shape(Manifold):
    """A manifold in its natural space R^m, m = span_dim; `Embedded` places it in R^D and checks what comes in.

    `unit` is the length that tolerances are relative to.
    """

    unit: float

    @abstractmethod
    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        """Name of a support -> what builds it; the builder's parameters are those of the support."""

    def support_names(self) -> tuple[str, ...]:
        return tuple(self.pieces())

    def support(self, name: str = "all", **params: float) -> Support:
        pieces = self.pieces()
        if name not in pieces:
            raise UnknownName(f"support of {self.name}", name, pieces)
        known = inspect.signature(pieces[name]).parameters
        for param in params:
            if param not in known:
                raise UnknownName(f"parameter of support {name!r} of {self.name}", param, known)
        return pieces[name](**params)

    def coordinate(self) -> Coordinate | None:
        """The coordinate of the whole of the shape; None where there is none."""
        return None

    def log_prob(self, m: Tensor) -> Tensor:
        return m.new_full((len(m),), -self.log_volume)

    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        """Nearer than the reach, the closest point is unique and `project` finds it."""
        return self.same(m, self.project(x)) & (torch.linalg.vector_norm(x - m, dim=1) < self.reach)

    def same(self, a: Tensor, b: Tensor) -> Tensor:
        """(n, m), (n, m) -> (n,) bool: equal up to what float32 rows can resolve."""
        return torch.linalg.vector_norm(a - b, dim=1) <= ON * self.unit


class Whole(Support):
    """All of a shape as the support: nothing lies beyond it."""

    name = "all"
    farthest = 0.0

    def __init__(self, shape: Shape, centroid: Tensor, scale: float):
        self.manifold: Shape = shape
        self.centroid, self.scale = centroid, scale
        self.log_volume, self.embedding_dim = shape.log_volume, shape.embedding_dim

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.manifold.sample(n, generator)

    def log_prob(self, m: Tensor) -> Tensor:
        return self.manifold.log_prob(m)

    def support_distance(self, m: Tensor) -> Tensor:
        return m.new_zeros(len(m))

    def coordinate(self) -> Coordinate:
        return self.manifold.coordinate() or super().coordinate()

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        known = ", ".join(name for name in self.manifold.support_names() if name != self.name)
        raise GeometryError(message("a support smaller than the manifold", "all of it", f"choose one of {known}"))


def within(inside: Tensor, log_volume: float) -> Tensor:
    """(n,) bool -> (n,): the log density that is uniform on a piece of that volume, and -inf outside."""
    density = torch.full(inside.shape, -log_volume, dtype=torch.float64)
    return density.masked_fill(~inside, -torch.inf)


def grid(lows: tuple[float, ...], highs: tuple[float, ...], resolution: int) -> Tensor:
    """(r,) * p + (p,) points of a regular grid of p parameters, ends included."""
    axes = [torch.linspace(low, high, resolution, dtype=torch.float64) for low, high in zip(lows, highs, strict=True)]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
