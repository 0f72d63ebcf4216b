"""Shapes that are known by a chart u -> X(u) with two derivatives: closest points, frames, areas and moments."""

import math
from abc import abstractmethod
from functools import cached_property

import torch
from torch import Generator, Tensor

from aeeval.manifolds.base import Interval
from aeeval.manifolds.chart_axis import Chart, UnitAxis
from aeeval.manifolds.coordinate import Moments
from aeeval.manifolds.law import Curve, Range
from aeeval.manifolds.parts import cut
from aeeval.manifolds.rejection import accepted
from aeeval.manifolds.search import Search
from aeeval.manifolds.shape import Shape, Whole, grid

_CELL = 0.5  # of the radius of curvature, between grid points; with 1.0 no point of 10^5 has been missed


class Parametrised(Shape):
    """{X(u) : low <= u <= high} in R^m, X regular and, but for axes that close, one to one.

    A shape gives: `low`, `high` (d,), the ends of the chart; `closed`, whether an axis returns to where it began;
    `unit_axis`, the axis of unit speed that is orthogonal to the others, and `parts_dim`, the least Euclidean
    dimension, (low, high), that holds a part between two of its values; `knots`, values of it that quadrature is not
    to step over; `resolution`, grid points an axis, so fine that the closest point lies downhill from a local minimum
    on the grid; `greatest_area_element`, a proven bound; and its `reach`, proven too: on it rest the certificates.
    """

    low: Tensor
    high: Tensor
    closed: tuple[bool, ...]
    unit_axis: int
    parts_dim: Interval
    knots: tuple[float, ...] = ()
    resolution: tuple[int, ...]
    greatest_area_element: float

    @abstractmethod
    def point(self, u: Tensor) -> Tensor:
        """(..., d) -> (..., m): X(u), also beyond the ends of an axis that closes."""

    @abstractmethod
    def first(self, u: Tensor) -> Tensor:
        """(n, d) -> (n, d, m): ∂X/∂u_i, one row a direction."""

    @abstractmethod
    def second(self, u: Tensor) -> Tensor:
        """(n, d) -> (n, d, d, m): ∂²X/∂u_i∂u_j."""

    def chart(self, m: Tensor) -> Tensor:
        """(n, m) -> (n, d): the u of points of 𝓜; to be replaced where it has a closed form."""
        return self.nearest(m)

    def project(self, x: Tensor) -> Tensor:
        return self.point(self.nearest(x))

    def nearest(self, x: Tensor) -> Tensor:
        """(n, m) -> (n, d): the u of the closest point, within [low, high]."""
        return self.wrap(self.search.nearest(x))

    @cached_property
    def search(self) -> Search:
        return Search(self)

    def wrap(self, u: Tensor) -> Tensor:
        """(n, d) -> (n, d): into [low, high] along axes that close; to be replaced where closing turns other axes."""
        turned = self.low + torch.remainder(u - self.low, self.high - self.low)
        return torch.where(torch.tensor(self.closed), turned, u)

    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        u = self.chart(m)
        return self.search.proven(x, u) & self.same(m, self.point(u))

    def tangent(self, m: Tensor) -> Tensor:
        return torch.linalg.qr(self.first(self.chart(m)).mT).Q.mT

    def normal(self, m: Tensor) -> Tensor:
        return torch.linalg.qr(self.first(self.chart(m)).mT, mode="complete").Q.mT[:, self.dim :]

    def area_element(self, u: Tensor) -> Tensor:
        """(n, d) -> (n,): √det of the metric."""
        frame = self.first(u)
        return torch.linalg.cholesky(frame @ frame.mT).diagonal(dim1=1, dim2=2).prod(dim=1)

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.sample_over(self.low, self.high, n, generator)

    def sample_over(self, low: Tensor, high: Tensor, n: int, generator: Generator) -> Tensor:
        """(n, m) uniform points over a box of the chart: u is kept with probability area element / its bound."""

        def propose(count: int) -> tuple[Tensor, Tensor]:
            share = torch.rand(self.dim + 1, count, generator=generator, dtype=torch.float64)
            u = low + (high - low) * share[:-1].T
            return u, self.greatest_area_element * share[-1] <= self.area_element(u)

        return self.point(accepted(n, propose))

    def slices(self, low: Tensor, high: Tensor) -> "ChartLength":
        """The coordinate along `unit_axis` of a box of the chart."""
        corners = torch.stack([low, high])
        chart = Chart(self.chart, self.point, self.area_element, self.greatest_area_element, corners)
        period = (self.high - self.low)[self.unit_axis].item() if self.closed[self.unit_axis] else math.inf
        return ChartLength(chart, self.unit_axis, self.parts_dim, period, self.knots)

    def coordinate(self) -> "ChartLength":
        return self.slices(self.low, self.high)

    @cached_property
    def size(self) -> Moments:
        """Logarithm of the volume, centroid and scale, by quadrature to 1e-9."""
        return self.coordinate().uniform_moments()

    def whole(self) -> Whole:
        return Whole(self, self.size.centroid, self.size.scale)

    def mesh(self, resolution: int = 40) -> Tensor:
        return self.point(grid(tuple(self.low.tolist()), tuple(self.high.tolist()), resolution))


class ChartLength(UnitAxis):
    """The axis of unit speed of a shape, its quadrature cut at knots."""

    def __init__(self, chart: Chart, axis: int, parts_dim: Interval, period: float, knots: tuple[float, ...]):
        super().__init__(chart, axis, parts_dim, period)
        self.knots = knots

    def moments(self, log_weight: Curve, intervals: tuple[Range, ...]) -> Moments:
        return super().moments(log_weight, cut(intervals, self.knots))


def resolve(*axes: tuple[float, float]) -> tuple[int, ...]:
    """A `resolution` for axes of at most that length and at least that radius of curvature."""
    return tuple(2 + math.ceil(length / (_CELL * radius)) for length, radius in axes)
