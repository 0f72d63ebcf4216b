"""Held-out places and scales: the pictures of a family whose pose lies in a box."""

from typing import Protocol

import torch
from torch import Generator, Tensor

from aeeval.manifolds.base import Interval, Support
from aeeval.manifolds.boxes import vector_of_length
from aeeval.manifolds.shape import Shape, within
from aeeval.manifolds.validate import ON


class Posed(Protocol):
    """A shape by a chart; an axis that is held out has this constant speed and is orthogonal to all others."""

    low: Tensor
    high: Tensor
    speeds: Tensor
    unit: float
    ambient_dim: int
    dim: int
    embedding_dim: Interval

    def chart(self, m: Tensor) -> Tensor: ...

    def point(self, u: Tensor) -> Tensor: ...

    def sample_over(self, low: Tensor, high: Tensor, n: int, generator: Generator) -> Tensor: ...

    def log_volume_between(self, low: Tensor, high: Tensor) -> float: ...

    def centroid_and_scale(self, low: Tensor, high: Tensor) -> tuple[Tensor, float]: ...


class PoseBox(Support):
    """The pictures whose pose lies in low <= u <= high, which leaves out something along `axes` alone.

    No path to S is shorter than what it changes of these axes, and the straight one is as short.
    """

    def __init__(self, shape: Posed, name: str, axes: tuple[int, ...], low: Tensor, high: Tensor):
        assert isinstance(shape, Shape)
        self.shape, self.name, self.axes, self.low, self.high = shape, name, list(axes), low, high
        self.manifold = shape
        self.embedding_dim = shape.embedding_dim
        self.log_volume = shape.log_volume_between(low, high)
        self.centroid, self.scale = shape.centroid_and_scale(low, high)
        self.room = ((shape.high - high) * shape.speeds)[self.axes].amin().item()
        self.farthest = len(axes) ** 0.5 * self.room

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.shape.sample_over(self.low, self.high, n, generator)

    def log_prob(self, m: Tensor) -> Tensor:
        return within(self.support_distance(m) <= ON * self.shape.unit, self.log_volume)

    def support_distance(self, m: Tensor) -> Tensor:
        u = self.shape.chart(m)
        excess = (u - u.clamp(self.low, self.high)) * self.shape.speeds
        return torch.linalg.vector_norm(excess[:, self.axes], dim=1)

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        """Poses of S pushed out along some of the axes: as often one as several."""
        low, high, count = self.low, self.high, len(self.axes)
        u = low + (high - low) * torch.rand(n, len(low), generator=generator, dtype=torch.float64)
        out = torch.rand(n, count, generator=generator) < torch.rand(n, 1, generator=generator)
        out[torch.arange(n), torch.randint(count, (n,), generator=generator)] = True
        most = (self.room * out.sum(dim=1).double().sqrt()).clamp(max=farthest)
        length = most * (1 - torch.rand(n, generator=generator, dtype=torch.float64))
        weights = out * torch.rand(n, count, generator=generator, dtype=torch.float64)
        step = vector_of_length(weights, length, self.room) / self.shape.speeds[self.axes]
        side = torch.randint(2, (n, count), generator=generator).bool() & (self.low > self.shape.low)[self.axes]
        pushed = torch.where(side, low[self.axes] - step, high[self.axes] + step)
        u[:, self.axes] = torch.where(out, pushed, u[:, self.axes])
        return self.shape.point(u)
