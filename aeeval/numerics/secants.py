"""Derivatives by central secants: forward passes only, so they mean the same for every kind of model."""

from collections.abc import Callable

import torch
from torch import Tensor

from aeeval.numerics.batches import NUMBERS

Map = Callable[[Tensor], Tensor]


def secants(function: Map, points: Tensor, directions: Tensor, step: float) -> Tensor:
    """Directional derivatives (F(x + s v) − F(x − s v)) / 2s; even errors, curvature among them, cancel exactly.

    Args:
        function: (rows, D) -> (rows, E), evaluated on 2 n p rows, as many points at once as a batch holds.
        points: (n, D).
        directions: (n, p, D), or (p, D) for the same directions at every point.
        step: s > 0, a length in the units of the points.

    Returns:
        (n, p, E), one row a direction: J(x) v up to O(s²).

    >>> square = lambda x: x**2
    >>> secants(square, torch.tensor([[3.0]]), torch.tensor([[1.0]]), 0.5)
    tensor([[[6.]]])
    """
    n, dim, p = *points.shape, directions.shape[-2]
    each = directions if directions.ndim == 3 else directions.expand(n, p, dim)
    size = max(1, NUMBERS // max(1, 2 * p * dim))
    parts = zip(points.split(size), each.split(size), strict=True)
    return torch.cat([_secants(function, *part, step) for part in parts])


def _secants(function: Map, points: Tensor, directions: Tensor, step: float) -> Tensor:
    """Of so few points that what is asked of the function is a batch."""
    offsets = step * directions
    ahead, behind = points[:, None] + offsets, points[:, None] - offsets
    n, p, dim = ahead.shape
    values = function(torch.cat([ahead.reshape(-1, dim), behind.reshape(-1, dim)]))
    forward, backward = values.reshape(2, n, p, values.shape[1])
    return (forward - backward) / (2 * step)


def bounded_rank(matrices: Tensor, most: int | None = None) -> Tensor:
    """Σ min(1, σ_i) of a batch of matrices (n, a, b) -> (n,): the number of directions that survive, in [0, min(a, b)].

    A projection, oblique ones too, reads its rank; a stretched direction counts once. `most`: the rank that the
    matrices cannot pass; only so many of the largest σ_i are summed, as the others are rounding, which adds up.

    >>> bounded_rank(torch.diag(torch.tensor([3.0, 0.5, 0.0]))[None])
    tensor([1.5000])
    """
    return torch.linalg.svdvals(matrices)[..., :most].clamp(max=1).sum(dim=-1)
