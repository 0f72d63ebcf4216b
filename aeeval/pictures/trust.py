"""How far a place of the learned surface is held by samples: the density of training codes around it."""

import math

import torch
from torch import Tensor

_IDLE = 1e-6  # of the largest spread: an axis of the codes that does not vary
_HELD = 0.1  # the tenth of the training codes that lie loneliest: their density is where trust is a half


def log_density(codes: Tensor, at: Tensor) -> Tensor:
    """(n, k) codes, (m, k) places -> (m,): log density of the codes by Gaussian kernels, up to a constant.

    In the coordinates in which the codes have unit covariance, with Scott's bandwidth n^(−1/(k+4)), k the number of
    axes along which they vary; along the others, a place beside the codes has no density.
    """
    centre = codes.mean(dim=0)
    _, spread, axes = torch.linalg.svd(codes - centre, full_matrices=False)
    widths = spread.clamp(min=_IDLE * spread[0]) / math.sqrt(len(codes) - 1)
    width = int((spread > _IDLE * spread[0]).sum())
    bandwidth = len(codes) ** (-1 / (width + 4))
    known, asked = ((rows - centre) @ axes.T / widths / bandwidth for rows in (codes, at))
    return torch.cat([torch.logsumexp(-torch.cdist(part, known).square() / 2, dim=1) for part in asked.split(512)])


def threshold(densities: Tensor) -> float:
    """(n,) log densities at the training codes -> the one at which trust is a half."""
    return torch.quantile(densities, _HELD).item()


def trust(densities: Tensor, half: float) -> Tensor:
    """p / (p + p₁₀) in [0, 1] of log densities: ½ where a tenth of the training codes lie lonelier; fades without edge.

    >>> trust(torch.tensor([0.0, 20.0, -20.0]), 0.0).round(decimals=3)
    tensor([0.5000, 1.0000, 0.0000])
    """
    return torch.sigmoid(densities - half)
