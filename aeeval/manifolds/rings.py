"""Surfaces of rings, closed curves at equal distance from a middle one: tori, Klein bottles and Möbius bands."""

import math
from abc import abstractmethod

import torch
from torch import Generator, Tensor

from aeeval.manifolds.base import Interval
from aeeval.manifolds.parts import Lengths, Sliced
from aeeval.manifolds.rejection import accepted


class Rings(Sliced):
    """{X(u, v) : 0 <= u <= 2π, |v| <= length} in R^m with the metric width² du² + dv².

    As v has unit speed and is orthogonal to u, the distance along the surface to the part |v| <= t is |v| - t, also
    where the ends u = 0 and u = 2π are joined with v turned into -v. `parts_dim` is the least dimension that holds a
    part low <= |v| <= high, itself an interval.
    """

    dim = 2
    parts_dim: Interval

    @abstractmethod
    def point(self, u: Tensor, v: Tensor) -> Tensor:
        """(...), (...) -> (..., m): X, for all real u."""

    @abstractmethod
    def coordinates(self, m: Tensor) -> tuple[Tensor, Tensor]:
        """(n, m) -> (n,), (n,): u and v of points of 𝓜."""

    @abstractmethod
    def velocities(self, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """(...), (...) -> (..., m), (..., m): ∂X/∂u and ∂X/∂v."""

    @abstractmethod
    def width(self, u: Tensor, v: Tensor) -> Tensor:
        """(...), (...) -> (...): |∂X/∂u|, the area element."""

    @abstractmethod
    def widest(self, high: float) -> float:
        """A bound of the width where |v| <= high."""

    def slices(self, low: float, high: float) -> "Ring":
        return Ring(self, low, high)

    def sample_between(self, low: float, high: float, n: int, generator: Generator) -> Tensor:
        """u and v are kept with probability width / its bound."""

        def propose(k: int) -> tuple[Tensor, Tensor]:
            share = torch.rand(4, k, generator=generator, dtype=torch.float64)
            u, v = 2 * math.pi * share[0], (low + (high - low) * share[1]) * torch.where(share[2] < 0.5, -1.0, 1.0)
            return torch.stack([u, v], dim=1), self.widest(high) * share[3] <= self.width(u, v)

        return self.point(*accepted(n, propose).T)

    def tangent(self, m: Tensor) -> Tensor:
        frame = torch.stack(self.velocities(*self.coordinates(m)), dim=1)
        return torch.nn.functional.normalize(frame, dim=2)

    def normal(self, m: Tensor) -> Tensor:
        return torch.linalg.qr(self.tangent(m).mT, mode="complete").Q.mT[:, 2:]

    def mesh(self, resolution: int = 40) -> Tensor:
        u = torch.linspace(0, 2 * math.pi, resolution, dtype=torch.float64)[:, None]
        v = torch.linspace(-self.length, self.length, resolution, dtype=torch.float64)
        return self.point(*torch.broadcast_tensors(u, v))


class Ring(Lengths):
    """Distance |v| from the middle curve; its slices are the two rings ±v, or the one ring that they form.

    Written for surfaces that turn into themselves along u, about an origin to which no direction is special.
    """

    name = "distance from the middle curve"

    def __init__(self, shape: Rings, low: float, high: float):
        self.shape, self.low, self.high = shape, low, high
        self.parts_dim = shape.parts_dim

    def of(self, m: Tensor) -> Tensor:
        return self.shape.coordinates(m)[1].abs()

    def log_slice(self, t: Tensor) -> Tensor:
        return (4 * math.pi * self.shape.width(torch.zeros_like(t), t)).log()

    def mean(self, t: Tensor) -> Tensor:
        return t.new_zeros(len(t), self.shape.ambient_dim)

    def spread(self, t: Tensor) -> Tensor:
        return self.shape.point(torch.zeros_like(t), t).square().sum(dim=1)

    def draw(self, t: Tensor, generator: Generator) -> Tensor:
        share, side = torch.rand(2, len(t), generator=generator, dtype=torch.float64)
        return self.shape.point(2 * math.pi * share, torch.where(side < 0.5, -t, t))
