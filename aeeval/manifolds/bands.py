"""Bands: the part of a parametrised shape between two values of its axis of unit speed."""

import math

import torch
from torch import Generator, Tensor

from aeeval.manifolds.base import Support
from aeeval.manifolds.charted import ChartLength, Parametrised
from aeeval.manifolds.shape import within
from aeeval.manifolds.validate import ON


class Band(Support):
    """{X(u) : lo <= u_axis <= hi}: distances to it are changes of u_axis, the short way round where the axis closes."""

    name = "band"

    def __init__(self, shape: Parametrised, lo: float, hi: float):
        self.manifold: Parametrised = shape
        self.lo, self.hi = lo, hi
        self.low, self.high = shape.low.clone(), shape.high.clone()
        self.low[shape.unit_axis], self.high[shape.unit_axis] = lo, hi
        self.slices = shape.slices(self.low, self.high)
        moments = self.slices.uniform_moments()
        self.log_volume, self.centroid, self.scale = moments.log_mass, moments.centroid, moments.scale
        self.embedding_dim = shape.parts_dim
        self.farthest = max(self._rooms())

    def _rooms(self) -> tuple[float, float]:
        """How far the axis goes on below and above the band."""
        if self.slices.period < math.inf:
            return ((self.slices.period - (self.hi - self.lo)) / 2,) * 2
        whole = self.manifold.coordinate()
        return self.lo - whole.low, whole.high - self.hi

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.manifold.sample_over(self.low, self.high, n, generator)

    def log_prob(self, m: Tensor) -> Tensor:
        return within(self.support_distance(m) <= ON * self.manifold.unit, self.log_volume)

    def support_distance(self, m: Tensor) -> Tensor:
        return self.slices.distance(m, self.lo, self.hi)

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        """On both sides of S, each by the length that the axis has there; uniform in the rest of the chart."""
        below, above = (min(farthest, room) for room in self._rooms())
        shape = self.manifold
        share = torch.rand(shape.dim + 1, n, generator=generator, dtype=torch.float64)
        u = shape.low + (shape.high - shape.low) * share[:-1].T
        step = (below + above) * share[-1] - below
        u[:, shape.unit_axis] = torch.where(step < 0, self.lo + step, self.hi + step)
        return shape.point(u)

    def coordinate(self) -> ChartLength:
        return self.slices
