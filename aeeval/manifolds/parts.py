"""Parts of a shape between two values of a length along it: what bands, caps and boxes have in common."""

import itertools
from abc import abstractmethod

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.coordinate import Slices
from aeeval.manifolds.law import Range
from aeeval.manifolds.shape import Shape, Whole, within
from aeeval.manifolds.validate import ON, real


class Lengths(Slices):
    """Slices that curves along 𝓜 cross at right angles, all of them: distances are differences of t."""

    def distance(self, m: Tensor, low: float, high: float) -> Tensor:
        t = self.of(m)
        return (t - t.clamp(low, high)).abs()


class Sliced(Shape):
    """A shape along which a length t runs from 0 to `length`, by slices."""

    length: float

    @abstractmethod
    def slices(self, low: float, high: float) -> Lengths:
        """The coordinate t of the part low <= t <= high."""

    @abstractmethod
    def sample_between(self, low: float, high: float, n: int, generator: Generator) -> Tensor:
        """(n, m) points, uniform on the part low <= t <= high."""

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.sample_between(0.0, self.length, n, generator)

    def coordinate(self) -> Lengths:
        return self.slices(0.0, self.length)

    def whole(self) -> Whole:
        moments = self.coordinate().uniform_moments()
        return Whole(self, moments.centroid, moments.scale)


class Part(Support):
    """{low <= t <= high} of a sliced shape."""

    def __init__(self, shape: Sliced, name: str, low: float, high: float):
        self.manifold: Sliced = shape
        self.name, self.low, self.high = name, low, high
        self.slices = shape.slices(low, high)
        moments = self.slices.uniform_moments()
        self.log_volume, self.centroid, self.scale = moments.log_mass, moments.centroid, moments.scale
        self.embedding_dim = self.slices.parts_dim
        self.farthest = max(low, shape.length - high)

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.manifold.sample_between(self.low, self.high, n, generator)

    def log_prob(self, m: Tensor) -> Tensor:
        return within(self.support_distance(m) <= ON * self.manifold.unit, self.log_volume)

    def support_distance(self, m: Tensor) -> Tensor:
        return self.slices.distance(m, self.low, self.high)

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        """On both sides of S, each by the length that the shape has there."""
        before, after = (min(farthest, room) for room in (self.low, self.manifold.length - self.high))
        step = (before + after) * torch.rand(n, generator=generator, dtype=torch.float64) - before
        return self.slices.draw(torch.where(step < 0, self.low + step, self.high + step), generator)

    def coordinate(self) -> Lengths:
        return self.slices


def cut(intervals: tuple[Range, ...], knots: tuple[float, ...]) -> tuple[Range, ...]:
    """The same intervals, each in the pieces that the knots inside it make of it."""
    ends = ([low, *(knot for knot in knots if low < knot < high), high] for low, high in intervals)
    return tuple(piece for row in ends for piece in itertools.pairwise(row))


def shares(lo: float, hi: float) -> tuple[float, float]:
    """lo and hi as floats, if 0 <= lo < hi <= 1."""
    low, high = real("lo", lo, 0, 1), real("hi", hi, 0, 1)
    if low >= high:
        raise GeometryError(message("lo < hi", f"lo={low:g}, hi={high:g}", "leave a part of the length between"))
    return low, high
