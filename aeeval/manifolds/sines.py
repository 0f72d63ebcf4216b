"""Heights h(z) = a sin(ω W z) of a graph: values, slopes, metric, and a bound on how fast slopes turn."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

_SWEEPS = 100
_SMALL = 0.2


@dataclass(frozen=True)
class Sines:
    """q sine rows over R^d: `weights` W (q, d), `amplitude` a of one row, `frequency` ω."""

    weights: Tensor
    amplitude: float
    frequency: float

    def phase(self, z: Tensor) -> Tensor:
        """(..., d) -> (..., q): ω W z."""
        return self.frequency * (z @ self.weights.T)

    def height(self, z: Tensor) -> Tensor:
        """(..., d) -> (..., q): h(z)."""
        return self.amplitude * self.phase(z).sin()

    def slope(self, z: Tensor) -> Tensor:
        """(..., d) -> (..., q): the slope of each row along its own direction; Dh = diag(slope) W."""
        return self.amplitude * self.frequency * self.phase(z).cos()

    def metric(self, z: Tensor) -> Tensor:
        """(n, d) -> (n, d, d): I + Dhᵀ Dh, what the graph measures lengths with."""
        return self.gram(self.slope(z).square())

    def gram(self, row_weights: Tensor) -> Tensor:
        """(n, q) -> (n, d, d): I + Wᵀ diag(row weights) W."""
        dim = self.weights.shape[1]
        outer = (self.weights[:, :, None] * self.weights[:, None, :]).reshape(-1, dim * dim)
        return (row_weights @ outer).reshape(-1, dim, dim) + torch.eye(dim, dtype=row_weights.dtype)

    def area_element(self, z: Tensor) -> Tensor:
        """(n, d) -> (n,): √det(I + Dhᵀ Dh)."""
        return torch.linalg.cholesky(self.metric(z)).diagonal(dim1=1, dim2=2).prod(dim=1)

    @property
    def greatest_area_element(self) -> float:
        """(1 + a²ω²‖W‖_F²/d)^(d/2), by the inequality of the arithmetic and geometric mean of eigenvalues."""
        dim = self.weights.shape[1]
        slope = (self.amplitude * self.frequency) ** 2 * self.weights.square().sum().item()
        return (1 + slope / dim) ** (dim / 2)

    def least_distance(self, aside: Tensor, heights: Tensor) -> Tensor:
        """(n, d), (n, q) -> (n,): a lower bound of the distance from the graph; its own heights are no more than a√q.

        `aside` is what a point is off the domain, `heights` are its coordinates above.
        """
        above = torch.linalg.vector_norm(heights, dim=1) - self.amplitude * math.sqrt(len(self.weights))
        return torch.hypot(torch.linalg.vector_norm(aside, dim=1), above.clamp_min(0))

    def flat(self, gap: Tensor) -> Tensor:
        """(n, q) -> (n,): where points lie so far from the heights, second derivatives of ½ distance² below are small.

        A fifth of 1 + aω² |gap|: what waves of equal size and random sign bend it by is of that order.
        """
        return _SMALL * (1 + self.amplitude * self.frequency**2 * torch.linalg.vector_norm(gap, dim=1))

    @property
    def bend(self) -> float:
        """H = a ω² ‖W‖₂ max‖w_j‖, so that |h(z') - h(z) - Dh(z)(z' - z)| <= H |z' - z|²/2 for all z, z'."""
        longest = torch.linalg.vector_norm(self.weights, dim=1).max().item()
        return self.amplitude * self.frequency**2 * torch.linalg.matrix_norm(self.weights, 2).item() * longest


def spread_directions(count: int, dim: int, seed: int) -> Tensor:
    """(q, d): seeded rows of unit length, spread so evenly that ‖W‖₂ = √(q/d) whatever the seed (1 for q <= d).

    In one dimension all unit rows would be the same sine; there their lengths fall from 1 to 1/2 instead.
    """
    draw = torch.randn(count, dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    for _ in range(_SWEEPS):  # in turn the nearest tight frame, and the nearest rows of unit length
        left, _, right = torch.linalg.svd(torch.nn.functional.normalize(draw, dim=1), full_matrices=False)
        draw = left @ right
    rows = torch.nn.functional.normalize(draw, dim=1)
    if dim > 1:
        return rows
    return rows * (1 - torch.arange(count, dtype=torch.float64) / (2 * count))[:, None]


def row_amplitude(amplitude: float, count: int) -> float:
    """The amplitude of one of `count` rows whose heights together have the given amplitude: |h|² <= amplitude²."""
    return amplitude / math.sqrt(count)
