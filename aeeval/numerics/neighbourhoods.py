"""Precision, recall, density and coverage: which samples lie in the neighbourhoods of which, in memory of O(n)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from aeeval.numerics.neighbours import k_nearest

_PAIRS = 400_000  # pairs held at once: 3 MB, what a cache holds


@dataclass(frozen=True)
class Balls:
    """Rows, and around each the ball that reaches to its k-th nearest other row."""

    rows: Tensor
    """(n, D) centres."""
    radii: Tensor
    """(n,) float64 distances, 0 around a row that is repeated more than k times."""
    neighbours: int
    """k."""


@dataclass(frozen=True)
class Scores:
    """What neighbourhoods say of fake rows against real ones."""

    precision: float
    """Share of fakes inside some ball of a real row; [0, 1]. Source: Kynkäänniemi et al., NeurIPS 2019."""
    recall: float
    """Share of real rows inside some ball of a fake; [0, 1]. Source: the same."""
    density: float
    """Mean number of balls of real rows that a fake lies in, over k; [0, ∞), 1 in the mean for fakes of the same law.
    Source: Naeem et al., ICML 2020."""
    coverage: float
    """Share of real rows whose ball holds a fake; [0, 1]. Source: the same."""


def balls(rows: Tensor, neighbours: int = 5) -> Balls:
    """The balls of rows (n, D), n > k, to their k-th nearest neighbours; ‖x − y‖ from differences, exact for copies."""
    if not 1 <= neighbours < len(rows):
        raise ValueError(f"expected 1 <= k < n; got k={neighbours}, n={len(rows)}; take fewer neighbours or more rows")
    found = k_nearest(rows, rows, neighbours, own=torch.arange(len(rows), device=rows.device))
    return Balls(rows, found.distance[:, -1], neighbours)


def neighbourhood_scores(real: Balls, fake: Balls) -> Scores:
    """Precision, recall, density and coverage of fake rows (m, D) against real ones (n, D), with open balls.

    Equal to those of the package prdc, but for rows exactly on the edge of a ball (a fake that is a copy of a real row
    may be): there they are outside, and rounding decides in prdc. Time O(n m D).
    """
    pairs, step = _Pairs(real, fake), max(1, _PAIRS // len(real.rows))
    inside, hits = 0, 0
    to_real, to_fake = (real.radii.new_full((len(real.rows),), math.inf, dtype=torch.float64) for _ in range(2))
    for start in range(0, len(fake.rows), step):
        part = slice(start, start + step)
        beyond = pairs.beyond_real(part)
        inside += int((beyond.amin(dim=1) < 0).sum())
        hits += int((beyond < 0).count_nonzero())
        to_real = torch.minimum(to_real, beyond.amin(dim=0))
        to_fake = torch.minimum(to_fake, pairs.beyond_fake(part).amin(dim=0))
    return Scores(
        precision=inside / len(fake.rows),
        recall=(to_fake < 0).double().mean().item(),
        density=hits / (real.neighbours * len(fake.rows)),
        coverage=(to_real < 0).double().mean().item(),
    )


def coverage_null(real: int, fake: int, neighbours: int = 5) -> float:
    """E[coverage] of `fake` rows of the same continuous law as the `real` ones: 1 − Π_{j<k} (N−1−j) / (N+M−1−j).

    Exact, whatever the law: of N + M − 1 exchangeable rows the k nearest ones are all real.

    >>> round(coverage_null(500, 500), 4)
    0.9692
    """
    return 1 - math.prod((real - 1 - j) / (real + fake - 1 - j) for j in range(neighbours))


class _Pairs:
    """Squared distances of pairs less a squared radius: negative exactly for a row inside a ball."""

    def __init__(self, real: Balls, fake: Balls):
        self.real, self.fake = real, fake
        self.left, right = _left(fake.rows, real.rows), _right(real.rows, real.rows)
        self.right, self.shrunk = right.T, right.clone().T
        self.shrunk[-2] -= real.radii.square()
        self.table = self.left.new_empty(0)
        rounding = 8 * self.left.shape[1] * torch.finfo(torch.float64).eps  # of the squared norms: D + 2 sums, and more
        self.tolerance = rounding * (self.left[:, -1] + right[:, -2].max())

    def beyond_real(self, part: slice) -> Tensor:
        """(c, n): from the edges of the balls of real rows to a part of the fakes."""
        return self._settled(self._products(self.left[part], self.shrunk), part, self.real.radii)

    def beyond_fake(self, part: slice) -> Tensor:
        """(c, n): from the edges of the balls of a part of the fakes to the real rows."""
        left = self.left[part].clone()
        left[:, -1] -= self.fake.radii[part].square()
        return self._settled(self._products(left, self.right), part, self.fake.radii[part, None])

    def _products(self, left: Tensor, right: Tensor) -> Tensor:
        """left · right, in one piece of memory that all parts use: fresh pages cost more than the product."""
        if len(self.table) < len(left):
            self.table = left.new_empty(len(left), right.shape[1])
        return torch.mm(left, right, out=self.table[: len(left)])

    def _settled(self, beyond: Tensor, part: slice, radii: Tensor) -> Tensor:
        """Pairs within rounding of the edge are looked at again, ‖x − y‖ from differences; radii (n,) or (c, 1)."""
        tolerance = self.tolerance[part]
        doubtful = beyond.abs().amin(dim=1) <= tolerance
        if doubtful.any():
            rows = doubtful.nonzero().squeeze(1)
            pairs = (beyond[rows].abs() <= tolerance[rows, None]).nonzero()
            for near in pairs.split(_PAIRS // 50):
                i, j = rows[near[:, 0]], near[:, 1]
                distance = torch.linalg.vector_norm(self.fake.rows[part][i].double() - self.real.rows[j], dim=1)
                beyond[i, j] = distance - radii.expand(beyond.shape)[i, j]
        return beyond


def _left(rows: Tensor, centred_at: Tensor) -> Tensor:
    """(n, D) -> (n, D + 2), so that left · right = |x|² + |y|² − 2⟨x, y⟩, about a point that far rows do not move."""
    x = (rows - centred_at.median(dim=0).values).double()
    return torch.cat([-2 * x, torch.ones_like(x[:, :1]), x.square().sum(dim=1, keepdim=True)], dim=1)


def _right(rows: Tensor, centred_at: Tensor) -> Tensor:
    y = (rows - centred_at.median(dim=0).values).double()
    return torch.cat([y, y.square().sum(dim=1, keepdim=True), torch.ones_like(y[:, :1])], dim=1)
