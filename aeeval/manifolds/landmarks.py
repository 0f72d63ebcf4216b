"""Landmarks: fixed points of a set, among which a search for the closest point finds where to start."""

import torch
from torch import Tensor

from aeeval.manifolds.shape import Shape

_POINTS, _NEIGHBOURS, _STARTS = 1024, 8, 6


def spread_points(shape: Shape) -> Tensor:
    """(2048, m) fixed points of a shape: uniform ones, and as many closest to points around it: there are its edges."""
    generator = torch.Generator().manual_seed(0)
    points = shape.sample(2 * _POINTS, generator)
    shifts = torch.randn(_POINTS, points.shape[1], generator=generator, dtype=torch.float64)
    points[_POINTS:] += shape.support().scale * shifts
    return shape.project(points)


class Landmarks:
    """Points (k, D), and the nearest others of each."""

    def __init__(self, points: Tensor):
        self.points = points
        nearest = torch.cdist(points, points).topk(_NEIGHBOURS + 1, dim=1, largest=False)
        self.neighbours = nearest.indices[:, 1:]

    def starts(self, x: Tensor) -> Tensor:
        """(n, D) -> (n, 6): the landmarks nearer to x than all their neighbours, nearest first; then -1."""
        gaps = torch.cdist(x, self.points)
        lowest = torch.ones_like(gaps, dtype=torch.bool)
        for neighbour in self.neighbours.T:
            lowest &= gaps <= gaps[:, neighbour]
        nearest = gaps.masked_fill(~lowest, torch.inf).topk(_STARTS, dim=1, largest=False)
        return nearest.indices.masked_fill(nearest.values.isinf(), -1)
