"""Curves by their arc length, in spaces of any dimension."""

import math
from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from torch import Generator, Tensor

from aeeval.manifolds.base import Support
from aeeval.manifolds.parts import Lengths, Part, Sliced, shares


class Path(Protocol):
    """A curve γ of unit speed in R^m; `unit` is the length that tolerances are relative to."""

    length: float
    unit: float

    @property
    def reach(self) -> float:
        """The reach of the curve, or a certified lower bound."""

    def at(self, s: Tensor) -> Tensor:
        """(n,) arc lengths in [0, length] -> (n, m)."""

    def along(self, p: Tensor) -> Tensor:
        """(n, m) points of the curve -> (n,): their arc length in [0, length]."""

    def closest(self, p: Tensor) -> Tensor:
        """(n, m) -> (n, m): the closest point of the curve."""

    def forward(self, p: Tensor) -> Tensor:
        """(n, m) points of the curve -> (n, m): γ' there, of length 1."""


class Curve(Sliced):
    """A curve with two ends that spans R^m."""

    topology, dim, embedding_dim = "interval", 1, (1, 1)
    has_boundary, reach_is_exact = True, True

    def __init__(self, name: str, path: Path, span_dim: int):
        self.name, self.path = name, path
        self.ambient_dim = self.span_dim = span_dim
        self.length, self.reach, self.unit = path.length, path.reach, path.unit
        self.log_volume = math.log(path.length)
        self.absent = {}

    def sample_between(self, low: float, high: float, n: int, generator: Generator) -> Tensor:
        return self.path.at(low + (high - low) * torch.rand(n, generator=generator, dtype=torch.float64))

    def project(self, x: Tensor) -> Tensor:
        return self.path.closest(x)

    def tangent(self, m: Tensor) -> Tensor:
        return self.path.forward(m)[:, None]

    def normal(self, m: Tensor) -> Tensor:
        return torch.linalg.qr(self.path.forward(m)[:, :, None], mode="complete").Q.mT[:, 1:]

    def boundary_distance(self, m: Tensor) -> Tensor:
        s = self.path.along(m)
        return torch.minimum(s, self.length - s).clamp_min(0)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self.whole, "arc": self._arc}

    def _arc(self, lo: float = 0.25, hi: float = 0.75) -> Part:
        low, high = shares(lo, hi)
        return Part(self, "arc", low * self.length, high * self.length)

    def slices(self, low: float, high: float) -> "ArcLength":
        return ArcLength(self.path, low, high)

    def mesh(self, resolution: int = 40) -> Tensor:
        return self.path.at(torch.linspace(0, self.length, resolution, dtype=torch.float64))


class ArcLength(Lengths):
    """Arc length from the start of a curve; its slices are points."""

    name, parts_dim = "arc length", (1, 1)

    def __init__(self, path: Path, low: float, high: float):
        self.path, self.low, self.high = path, low, high

    def of(self, m: Tensor) -> Tensor:
        return self.path.along(m)

    def log_slice(self, t: Tensor) -> Tensor:
        return torch.zeros_like(t)

    def mean(self, t: Tensor) -> Tensor:
        return self.path.at(t)

    def spread(self, t: Tensor) -> Tensor:
        return torch.zeros_like(t)

    def draw(self, t: Tensor, generator: Generator) -> Tensor:
        return self.path.at(t)
