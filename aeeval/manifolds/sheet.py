"""Sheets: a plane curve times an interval, isometric to a rectangle, so that their geodesics are straight."""

import math
from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from torch import Generator, Tensor

from aeeval.manifolds.base import Support
from aeeval.manifolds.coordinate import Moments
from aeeval.manifolds.curve import Path
from aeeval.manifolds.law import Curve, Range
from aeeval.manifolds.parts import Lengths, Part, Sliced, cut, shares
from aeeval.manifolds.shape import grid


class Profile(Path, Protocol):
    """A plane curve of unit speed; `knots` are the arc lengths between which it is smooth."""

    knots: tuple[float, ...]


class Sheet(Sliced):
    """γ × [0, width] in R^3. The interval is convex and takes nothing away from the reach of the curve."""

    topology, dim, ambient_dim, span_dim = "rectangle", 2, 3, 3
    embedding_dim = (2, 2)
    has_boundary, reach_is_exact = True, True

    def __init__(self, name: str, profile: Profile, width: float):
        self.name, self.profile, self.width = name, profile, width
        self.length, self.reach, self.unit = profile.length, profile.reach, profile.unit
        self.log_volume = math.log(self.length) + math.log(width)
        self.absent = {}

    def sample_between(self, low: float, high: float, n: int, generator: Generator) -> Tensor:
        along, across = torch.rand(2, n, generator=generator, dtype=torch.float64)
        return self.at((low + (high - low) * along) / self.length, across)

    def at(self, along: Tensor, across: Tensor) -> Tensor:
        """(n,), (n,) -> (n, 3): the point at these shares, in [0, 1], of length and width."""
        return torch.cat([self.profile.at(self.length * along), self.width * across[:, None]], dim=1)

    def along(self, m: Tensor) -> Tensor:
        """(n, 3) -> (n,): arc length from the start of the curve, in [0, length]."""
        return self.profile.along(m[:, :2])

    def project(self, x: Tensor) -> Tensor:
        return torch.cat([self.profile.closest(x[:, :2]), x[:, 2:].clamp(0, self.width)], dim=1)

    def tangent(self, m: Tensor) -> Tensor:
        frame = m.new_zeros(len(m), 2, 3)
        frame[:, 0, :2] = self.profile.forward(m[:, :2])
        frame[:, 1, 2] = 1
        return frame

    def normal(self, m: Tensor) -> Tensor:
        frame = m.new_zeros(len(m), 1, 3)
        forward = self.profile.forward(m[:, :2])
        frame[:, 0, 0], frame[:, 0, 1] = -forward[:, 1], forward[:, 0]
        return frame

    def boundary_distance(self, m: Tensor) -> Tensor:
        along, across = self.along(m), m[:, 2]
        edges = torch.stack([along, self.length - along, across, self.width - across])
        return edges.amin(dim=0).clamp_min(0)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self.whole, "box": self._box}

    def _box(self, lo: float = 0.25, hi: float = 0.75) -> Part:
        low, high = shares(lo, hi)
        return Part(self, "box", low * self.length, high * self.length)

    def slices(self, low: float, high: float) -> "SheetLength":
        return SheetLength(self, low, high)

    def mesh(self, resolution: int = 40) -> Tensor:
        ends = grid((0.0, 0.0), (1.0, 1.0), resolution)
        return self.at(*ends.reshape(-1, 2).T).reshape(resolution, resolution, 3)


class SheetLength(Lengths):
    """Arc length of the curve; its slices are segments across the sheet."""

    name, parts_dim = "arc length", (2, 2)

    def __init__(self, sheet: Sheet, low: float, high: float):
        self.sheet, self.low, self.high = sheet, low, high

    def of(self, m: Tensor) -> Tensor:
        return self.sheet.along(m)

    def log_slice(self, t: Tensor) -> Tensor:
        return torch.full_like(t, math.log(self.sheet.width))

    def mean(self, t: Tensor) -> Tensor:
        return self.sheet.at(t / self.sheet.length, torch.full_like(t, 0.5))

    def spread(self, t: Tensor) -> Tensor:
        return torch.full_like(t, self.sheet.width**2 / 12)

    def draw(self, t: Tensor, generator: Generator) -> Tensor:
        return self.sheet.at(t / self.sheet.length, torch.rand(len(t), generator=generator, dtype=torch.float64))

    def moments(self, log_weight: Curve, intervals: tuple[Range, ...]) -> Moments:
        """Quadrature converges on pieces that are smooth."""
        return super().moments(log_weight, cut(intervals, self.sheet.profile.knots))
