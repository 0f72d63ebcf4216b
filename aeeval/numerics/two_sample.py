"""Distances between two samples."""

import torch
from torch import Generator, Tensor


def random_directions(count: int, dim: int, generator: Generator) -> Tensor:
    """(count, D) directions, uniform on the unit sphere."""
    directions = torch.randn(count, dim, generator=generator, dtype=torch.float64)
    return directions / torch.linalg.vector_norm(directions, dim=1, keepdim=True)


def sliced_wasserstein(x: Tensor, y: Tensor, directions: Tensor) -> Tensor:
    """Sliced 2-Wasserstein distance of two equal-sized samples, (mean_θ W₂²(θᵀX, θᵀY))^½, in the unit of the rows.

    A shift by m gives |m| / √D over many directions. Range [0, ∞), 0 for equal samples; of two samples of one law it
    falls as n^-½. Source: Bonneel et al., J. Math. Imaging Vis. 2015.

    Args:
        x, y: (n, D) samples of the same size.
        directions: (p, D) unit vectors θ.
    """
    if x.shape != y.shape:
        raise ValueError(
            f"expected two samples of one shape; got {tuple(x.shape)} and {tuple(y.shape)}; cut the longer"
        )
    sorted_x, sorted_y = (torch.sort(rows @ directions.T, dim=0).values for rows in (x, y))
    return (sorted_x - sorted_y).square().mean().sqrt()
