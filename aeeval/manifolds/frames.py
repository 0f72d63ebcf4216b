"""Frames: batches (n, k, m) of k rows in R^m, one frame a point."""

from collections.abc import Sequence

import torch
from torch import Tensor


def orthonormal(frames: Tensor) -> Tensor:
    """(n, k, m) -> (n, k, m): orthonormal rows with the same span, by the Cholesky factor of the products of rows."""
    factor = torch.linalg.cholesky(frames @ frames.mT)
    return torch.linalg.solve_triangular(factor, frames, upper=False)


def block_diagonal(frames: Sequence[Tensor]) -> Tensor:
    """(n, k_i, m_i) each -> (n, Σ k_i, Σ m_i): the frames side by side, in coordinates of their own."""
    total, before, padded = sum(frame.shape[2] for frame in frames), 0, []
    for frame in frames:
        after = total - before - frame.shape[2]
        padded.append(torch.nn.functional.pad(frame, (before, after)))
        before += frame.shape[2]
    return torch.cat(padded, dim=1)
