"""The Swiss roll: a flat rectangle, rolled up; isometric to the plane, so its geodesics are straight."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds import spiral
from aeeval.manifolds.base import Support
from aeeval.manifolds.coordinate import Slices
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.shape import Shape, Whole, grid, within
from aeeval.manifolds.validate import ON, positive, real


def swiss_roll(*, ambient_dim: int = 3, width: float = 21.0, seed: int = 0) -> Embedded:
    """A rectangle rolled into a spiral: near in space is not near along it, though nothing is stretched.

    {(t cos t, t sin t, h) : 1.5π <= t <= 4.5π, 0 <= h <= width}, rotated into R^D by `seed`; uniform in area, by
    inverting the arc length s(t) = (t √(1+t²) + asinh t)/2. Reach: half the distance between the two innermost turns,
    3.1113. Volume 89.3733 · width. embedding_dim 2. Support "box" (lo=0.25, hi=0.75): that part of the arc length,
    over the full width.
    Source: Tenenbaum, de Silva and Langford, A global geometric framework for nonlinear dimensionality reduction, 2000.
    """
    return place(SwissRoll(positive("width", width)), ambient_dim, seed)


class SwissRoll(Shape):
    """Spiral × interval in R^3; natural coordinates (x, y, h)."""

    name, topology = "swiss-roll", "rectangle"
    dim, has_boundary, reach_is_exact = 2, True, True

    def __init__(self, width: float):
        self.width = width
        self.ambient_dim = self.span_dim = 3
        self.embedding_dim = (2, 2)
        self.reach = spiral.reach()  # the interval is convex and takes nothing away from the reach of the product
        self.unit = spiral.START
        ends = spiral.arc_length(torch.tensor([spiral.START, spiral.END], dtype=torch.float64))
        self.first, self.length = ends[0].item(), (ends[1] - ends[0]).item()
        self.log_volume = math.log(self.length) + math.log(width)
        self.absent = {}

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.at(*torch.rand(2, n, generator=generator, dtype=torch.float64))

    def at(self, along: Tensor, across: Tensor) -> Tensor:
        """(n,), (n,) -> (n, 3): the point at these shares, in [0, 1], of arc length and width."""
        t = spiral.parameter(self.first + self.length * along).clamp(spiral.START, spiral.END)
        return torch.cat([spiral.curve(t), self.width * across[:, None]], dim=1)

    def along(self, m: Tensor) -> Tensor:
        """(n, 3) -> (n,): arc length from the inner end in [0, length]; |γ(t)| is t."""
        t = torch.linalg.vector_norm(m[:, :2], dim=1)
        return (spiral.arc_length(t) - self.first).clamp(0, self.length)

    def project(self, x: Tensor) -> Tensor:
        t = spiral.closest(x[:, :2])
        return torch.cat([spiral.curve(t), x[:, 2:].clamp(0, self.width)], dim=1)

    def tangent(self, m: Tensor) -> Tensor:
        forward = torch.nn.functional.normalize(spiral.velocity(torch.linalg.vector_norm(m[:, :2], dim=1)), dim=1)
        frame = m.new_zeros(len(m), 2, 3)
        frame[:, 0, :2] = forward
        frame[:, 1, 2] = 1
        return frame

    def normal(self, m: Tensor) -> Tensor:
        frame = m.new_zeros(len(m), 1, 3)
        forward = self.tangent(m)[:, 0]
        frame[:, 0, 0], frame[:, 0, 1] = -forward[:, 1], forward[:, 0]
        return frame

    def boundary_distance(self, m: Tensor) -> Tensor:
        along, across = self.along(m), m[:, 2]
        edges = torch.stack([along, self.length - along, across, self.width - across])
        return edges.amin(dim=0).clamp_min(0)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "box": self._box}

    def _all(self) -> Whole:
        return Whole(self, *self.moments(spiral.START, spiral.END))

    def _box(self, lo: float = 0.25, hi: float = 0.75) -> "RollBox":
        low, high = real("lo", lo, 0, 1), real("hi", hi, 0, 1)
        if low >= high:
            raise GeometryError(
                message("lo < hi", f"lo={low:g}, hi={high:g}", "leave a part of the arc length between")
            )
        return RollBox(self, low, high)

    def moments(self, low: float, high: float) -> tuple[Tensor, float]:
        """Centroid (3,) and scale of the part low <= t <= high over the full width."""
        mean, spread = spiral.moments(low, high)
        centroid = torch.cat([mean, mean.new_tensor([self.width / 2])])
        return centroid, math.sqrt(spread + self.width**2 / 12)

    def coordinate(self) -> "RollLength":
        return RollLength(self, 0.0, self.length)

    def mesh(self, resolution: int = 40) -> Tensor:
        shares = grid((0.0, 0.0), (1.0, 1.0), resolution)
        return self.at(*shares.reshape(-1, 2).T).reshape(resolution, resolution, 3)


class RollBox(Support):
    """The part lo..hi of the roll's arc length, over its full width."""

    name = "box"

    def __init__(self, roll: SwissRoll, lo: float, hi: float):
        self.manifold: SwissRoll = roll
        self.lo, self.hi = lo, hi
        self.low, self.high = lo * roll.length, hi * roll.length
        self.log_volume = roll.log_volume + math.log(hi - lo)
        self.embedding_dim = (2, 2)
        ends = spiral.parameter(torch.tensor([self.low, self.high], dtype=torch.float64) + roll.first)
        self.centroid, self.scale = roll.moments(ends[0].item(), ends[1].item())
        self.farthest = max(self.low, roll.length - self.high)

    def sample(self, n: int, generator: Generator) -> Tensor:
        along, across = torch.rand(2, n, generator=generator, dtype=torch.float64)
        return self.manifold.at(self.lo + (self.hi - self.lo) * along, across)

    def log_prob(self, m: Tensor) -> Tensor:
        return within(self.support_distance(m) <= ON * self.manifold.unit, self.log_volume)

    def support_distance(self, m: Tensor) -> Tensor:
        along = self.manifold.along(m)
        return (along - along.clamp(self.low, self.high)).abs()

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        """On both sides of S, each by the length that the roll has there."""
        inner, outer = (min(farthest, room) for room in (self.low, self.manifold.length - self.high))
        share, across = torch.rand(2, n, generator=generator, dtype=torch.float64)
        step = (inner + outer) * share - inner
        along = torch.where(step < 0, self.low + step, self.high + step)
        return self.manifold.at(along / self.manifold.length, across)

    def coordinate(self) -> "RollLength":
        return RollLength(self.manifold, self.low, self.high)


class RollLength(Slices):
    """Arc length of the spiral; its slices are segments across the roll."""

    name, parts_dim = "arc length", (2, 2)

    def __init__(self, roll: SwissRoll, low: float, high: float):
        self.roll, self.low, self.high = roll, low, high

    def of(self, m: Tensor) -> Tensor:
        return self.roll.along(m)

    def log_slice(self, t: Tensor) -> Tensor:
        return torch.full_like(t, math.log(self.roll.width))

    def mean(self, t: Tensor) -> Tensor:
        return self.roll.at(t / self.roll.length, torch.full_like(t, 0.5))

    def spread(self, t: Tensor) -> Tensor:
        return torch.full_like(t, self.roll.width**2 / 12)

    def draw(self, t: Tensor, generator: Generator) -> Tensor:
        return self.roll.at(t / self.roll.length, torch.rand(len(t), generator=generator, dtype=torch.float64))

    def distance(self, m: Tensor, low: float, high: float) -> Tensor:
        t = self.of(m)
        return (t - t.clamp(low, high)).abs()
