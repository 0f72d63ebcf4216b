"""Supports whose points are drawn by a density along their coordinate, and supports with a gap."""

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.coordinate import Coordinate, Length
from aeeval.manifolds.law import Curve, Law, Range
from aeeval.manifolds.validate import ON

_LEAST, _CHUNK = 64, 2**14  # proposals at once: few rounds where most are thinned out, and bounded memory


class Graded(Support):
    """S with density p(m) = exp(log_weight(t(m))) / ∫ over S, t the coordinate of S; log_weight > -inf on S.

    As a set it is S: distances to it and points beyond it are those of S. Its centroid and scale are those of p.
    """

    def __init__(
        self, support: Support, coordinate: Coordinate, density: str, log_weight: Curve, intervals: tuple[Range, ...]
    ):
        self.uniform, self.axis, self.log_weight, self.intervals = support, coordinate, log_weight, intervals
        self.manifold, self.name, self.density = support.manifold, support.name, density
        self.log_volume, self.embedding_dim, self.farthest = support.log_volume, support.embedding_dim, support.farthest
        moments = coordinate.moments(log_weight, intervals)
        self.log_mass, self.centroid, self.scale = moments.log_mass, moments.centroid, moments.scale
        self.law = Law(lambda t: log_weight(t) + coordinate.log_slice(t), intervals)

    def coordinate(self) -> Coordinate:
        raise GeometryError(
            message("one density a support", f"one more on top of {self.density}", "start from the support itself")
        )

    def sample(self, n: int, generator: Generator) -> Tensor:
        """First t by its law, then a point with that t."""
        kept: list[Tensor] = []
        while (missing := n - sum(map(len, kept))) > 0:
            share = torch.rand(max(missing, _LEAST), generator=generator, dtype=torch.float64)
            for part in share.split(_CHUNK):
                points, keep = self.axis.propose(self.law.quantile(part), generator)
                kept.append(points[keep])
        return torch.cat(kept)[:n]

    def log_prob(self, m: Tensor) -> Tensor:
        outside = self.uniform.log_prob(m) == -torch.inf
        return (self.log_weight(self.axis.of(m)) - self.log_mass).masked_fill(outside, -torch.inf)

    def support_distance(self, m: Tensor) -> Tensor:
        return self.uniform.support_distance(m)

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        return self.uniform.propose_beyond(n, farthest, generator)


class Gapped(Graded):
    """S without the part between shares lo and hi of its coordinate, uniform on what is left.

    A set of two pieces: it needs the dimension of the worse of them, distances are to the nearer of them, and the gap
    lies beyond it.
    """

    def __init__(self, support: Support, length: Length, lo: float, hi: float):
        start, stop = (length.low + share * length.length for share in (lo, hi))
        intervals = ((length.low, start), (stop, length.high))
        super().__init__(support, length, "gap", torch.zeros_like, intervals)
        self.along, self.start, self.stop = length, start, stop
        self.log_volume, self.embedding_dim = self.log_mass, length.parts_dim
        self.farthest = max(support.farthest, (stop - start) / 2)

    def log_prob(self, m: Tensor) -> Tensor:
        t, slack = self.along.of(m), ON * self.along.length
        inside = (t > self.start + slack) & (t < self.stop - slack)
        return super().log_prob(m).masked_fill(inside, -torch.inf)

    def support_distance(self, m: Tensor) -> Tensor:
        return torch.stack([self.along.distance(m, *interval) for interval in self.intervals]).amin(dim=0)

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        """In the gap, from both of its sides, and as many beyond S where there is something."""
        outside = n // 2 if self.uniform.farthest > 0 else 0
        depth = min(farthest, (self.stop - self.start) / 2)
        step = depth * (1 - torch.rand(n - outside, generator=generator, dtype=torch.float64))
        side = torch.rand(n - outside, generator=generator) < 0.5
        points, _ = self.along.propose(torch.where(side, self.start + step, self.stop - step), generator)
        if outside == 0:
            return points
        return torch.cat([points, self.uniform.propose_beyond(outside, farthest, generator)])
