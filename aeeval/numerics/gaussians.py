"""Fréchet distance: the transport distance of the Gaussians with the moments of two samples."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Moments:
    """Mean and covariance of a sample, the covariance as C = Rᵀ R."""

    mean: Tensor
    """(D,)."""
    root: Tensor
    """(min(n, D), D) R, triangular: squares of small deviations are never formed."""


def moments(rows: Tensor) -> Moments:
    """Those of rows (n, D), n ≥ 2, the covariance with divisor n − 1."""
    if len(rows) < 2:
        raise ValueError(f"expected two rows or more; got {len(rows)}; one row has no covariance")
    rows = rows.double()
    mean = rows.mean(dim=0)
    return Moments(mean, torch.linalg.qr((rows - mean) / (len(rows) - 1) ** 0.5, mode="r").R)


def frechet(x: Moments, y: Moments) -> float:
    """|m₁ − m₂|² + tr(C₁ + C₂ − 2 (C₁ C₂)^½), in the squared unit of the rows; range [0, ∞).

    tr (C₁ C₂)^½ is the sum of the singular values of R₁ R₂ᵀ: no root of a matrix, so neither NaN nor an imaginary
    part, and covariances may be singular. Of two samples of N(0, I) about D (D + 5)(1/N + 1/M)/4, not 0.
    Source: Dowson and Landau, J. Multivar. Anal. 12, 1982; Heusel et al., NeurIPS 2017.
    """
    overlap = torch.linalg.svdvals(x.root @ y.root.T).sum()
    spread = x.root.square().sum() + y.root.square().sum()
    return max(0.0, ((x.mean - y.mean).square().sum() + spread - 2 * overlap).item())


def frechet_null(dim: int, n: int, m: int) -> float:
    """About E[frechet] of samples of n and m rows of N(0, I_D): D (D + 5)(1/n + 1/m)/4, the first order in 1/n.

    >>> frechet_null(50, 500, 500)
    2.75
    """
    return dim * (dim + 5) * (1 / n + 1 / m) / 4
