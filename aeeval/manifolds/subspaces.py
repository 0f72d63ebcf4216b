"""Linear algebra and topology of the spaces of subspaces: bases, uniform frames, volumes, embedding dimensions."""

import math

import torch
from torch import Generator, Tensor

from aeeval.manifolds.base import Interval

SPEED = math.sqrt(2)
"""Of a subspace that turns by one radian, in the Frobenius norm of its projection matrix."""


def symmetric_basis(size: int) -> tuple[Tensor, Tensor]:
    """An orthonormal basis (m, n, n) of the traceless symmetric matrices, and the axes (m, 2) that each one joins.

    Off-diagonal ones join two axes; diagonal ones, Helmert's contrasts, are listed with an axis twice.
    """
    rows, pairs = [], []
    for i in range(size):
        for j in range(i + 1, size):
            joined = torch.zeros(size, size, dtype=torch.float64)
            joined[i, j] = joined[j, i] = 1 / SPEED
            rows.append(joined)
            pairs.append((i, j))
    for i in range(1, size):
        contrast = torch.zeros(size, dtype=torch.float64)
        contrast[:i], contrast[i] = 1.0, -float(i)
        rows.append(torch.diag(contrast / math.sqrt(i * (i + 1))))
        pairs.append((i, i))
    return torch.stack(rows), torch.tensor(pairs)


def orthonormal(n: int, size: int, count: int, generator: Generator) -> Tensor:
    """(n, size, count): orthonormal columns, uniform: those of Gaussian matrices, with signs that make R positive.

    Source: F. Mezzadri, How to generate random matrices from the classical compact groups, 2007.
    """
    factors = torch.linalg.qr(torch.randn(n, size, count, generator=generator, dtype=torch.float64))
    return factors.Q * factors.R.diagonal(dim1=1, dim2=2).sign()[:, None]


def embedding_dim(inner: int, outer: int) -> Interval:
    """What is known of the least dimension that holds Gr(k, n)."""
    dim, spans = inner * (outer - inner), outer * (outer + 1) // 2 - 1
    if dim == 1:
        return 2, 2
    if min(inner, outer - inner) > 1:
        return dim + 1 + outer % 2, min(2 * dim, spans)
    low = max(dim + 2, dim + 1 + _dual_class(dim))
    return low, 2 * dim if dim & (dim - 1) == 0 else 2 * dim - 1


def _dual_class(dim: int) -> int:
    """The degree of (1 + a)^-(d+1) mod 2, the dual Stiefel-Whitney class of projective d-space."""
    return max(j for j in range(dim) if math.comb(dim + j, j) % 2 == 1)


def log_sphere(dim: int) -> float:
    """log |S^d|; 2 for the two points of S^0."""
    return math.log(2) + (dim + 1) / 2 * math.log(math.pi) - math.lgamma((dim + 1) / 2)
