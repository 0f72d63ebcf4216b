"""Distances between two samples."""

import numpy as np
import torch
from torch import Generator, Tensor


def random_directions(count: int, dim: int, generator: Generator) -> Tensor:
    """(count, D) directions, uniform on the unit sphere."""
    directions = torch.randn(count, dim, generator=generator, dtype=torch.float64)
    return directions / torch.linalg.vector_norm(directions, dim=1, keepdim=True)


def sorted_projections(rows: Tensor, directions: Tensor) -> Tensor:
    """(p, n): the rows (n, D) along each of the directions (p, D), sorted."""
    along = directions @ rows.T
    if along.device.type == "cpu":  # numpy's vectorised sort takes a third of the time of torch's
        return torch.from_numpy(np.sort(along.numpy(), axis=1))
    return along.sort(dim=1).values


def sliced_wasserstein(x: Tensor, y: Tensor, directions: Tensor) -> Tensor:
    """Sliced 2-Wasserstein distance of two equal-sized samples, (mean_θ W₂²(θᵀX, θᵀY))^½, in the unit of the rows.

    A shift by m gives |m| / √D over many directions. Range [0, ∞), 0 for equal samples; of two samples of one law it
    falls as n^-½. Source: Bonneel et al., J. Math. Imaging Vis. 2015.

    Args:
        x, y: (n, D) samples of the same size.
        directions: (p, D) unit vectors θ.
    """
    if x.shape != y.shape:
        raise ValueError(f"expected two samples of one shape; got {tuple(x.shape)}, {tuple(y.shape)}; cut the longer")
    return sorted_distance(sorted_projections(x, directions), sorted_projections(y, directions))


def sorted_distance(x: Tensor, y: Tensor) -> Tensor:
    """The sliced distance of two samples from their sorted projections (p, n)."""
    return (x - y).square().mean().sqrt()
