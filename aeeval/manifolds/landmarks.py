"""Landmarks: fixed points of a set, among which a search for the closest point finds where to start."""

import math

import torch
from torch import Tensor

from aeeval.manifolds.shape import Shape

COUNT = 1024  # of a set of dim <= 2; twice that of others
_NEIGHBOURS, _STARTS, _SPARSE = 8, 8, 4
_PROPOSALS = 4096
_CACHED = 2**18  # values that fit in a processor's cache
_ROUNDING = 1e-5  # of a value, in float32


class Landmarks:
    """Points (k, D) that leave no point of the set without one within `gap` in its chart, where they are (k, m).

    Neighbours are the 8 nearest within `beside` in the chart. `face` (k,) tells pieces of the boundary from each other
    and from the inside: a minimum on one and another beside it can be so close that no landmark stands between, so
    neighbours are only compared within a face.
    """

    def __init__(self, chart: Tensor, points: Tensor, gap: float, beside: float, face: Tensor):
        self.chart, self.points, self.gap = chart, points, gap
        self.lines = torch.cat([points, points.square().sum(dim=1, keepdim=True) / 2], dim=1).float()
        apart = torch.cdist(chart, chart)
        nearest = apart.topk(min(_NEIGHBOURS + 1, len(chart)), dim=1, largest=False)
        near = (nearest.values <= beside) & (face[nearest.indices] == face[:, None])
        self.neighbours = torch.where(near, nearest.indices, torch.arange(len(chart))[:, None])

    def starts(self, x: Tensor, slack: Tensor, every: bool = False) -> tuple[Tensor, Tensor]:
        """(n, D), (n,) -> (c,), (c,): rows of x, and for each a landmark from which the closest point lies downhill.

        They are those whose ½ distance² is at most `slack` above the least, and at most that of any neighbour: one for
        every row at least, 8 at most, the nearest. If no closest point lies lower than its landmark by more than the
        slack, what is left out leads nowhere nearer. With `every`, whatever their neighbours are: two minima can
        be so close that they share a landmark. Landmarks too few to tell, of infinite gap: the 4 nearest.
        """
        if math.isinf(self.gap):
            return self._nearest(x)
        found, before = [], 0
        for part, room in zip(*(rows.split(max(1, _CACHED // len(self.points))) for rows in (x, slack)), strict=True):
            rows, marks = self._starts(part, room, every)
            found.append(torch.stack([rows + before, marks]))
            before += len(part)
        rows, marks = torch.cat(found, dim=1)
        return rows, marks

    def _nearest(self, x: Tensor) -> tuple[Tensor, Tensor]:
        marks = torch.cdist(x, self.points).topk(_SPARSE, dim=1, largest=False).indices
        return torch.arange(len(x)).repeat_interleave(_SPARSE), marks.flatten()

    def _starts(self, x: Tensor, slack: Tensor, every: bool) -> tuple[Tensor, Tensor]:
        # ½|p|² - x·p orders as ½|x - p|² does; divided by the size of x, no float32 overflows.
        size = 1 + torch.linalg.vector_norm(x, dim=1, keepdim=True)
        value = self.lines @ (torch.cat([-x, torch.ones_like(size)], dim=1) / size).float().T
        least = value.amin(dim=0)
        limit = least + _ROUNDING * (1 + least.abs()) + (slack / size[:, 0]).float()
        marks, rows = (value <= limit).nonzero(as_tuple=True)
        own = value[marks, rows]
        if every:
            return _nearest_few(rows, marks, own)
        lowest = own <= value[self.neighbours[marks], rows[:, None]].amin(dim=1)
        return _nearest_few(rows[lowest], marks[lowest], own[lowest])


def _nearest_few(rows: Tensor, marks: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """(c,) each, rows in any order -> the same in order of rows and values, without those beyond 8 of a row."""
    order = value.argsort(stable=True)
    order = order[rows[order].argsort(stable=True)]
    rows, marks = rows[order], marks[order]
    counts = torch.bincount(rows)
    place = torch.arange(len(rows)) - (counts.cumsum(dim=0) - counts)[rows]
    return rows[place < _STARTS], marks[place < _STARTS]


def spread_points(shape: Shape) -> tuple[Tensor, float]:
    """(k, m) fixed points of a shape, each in turn the farthest from those before, and how far they leave any other.

    Taken from uniform ones, and as many closest to points around it: there are its edges.
    """
    generator = torch.Generator().manual_seed(0)
    points = shape.sample(2 * _PROPOSALS, generator)
    shifts = torch.randn(_PROPOSALS, points.shape[1], generator=generator, dtype=torch.float64)
    points[_PROPOSALS:] += shape.support().scale * shifts
    points = shape.project(points)
    count = COUNT if shape.dim <= 2 else 2 * COUNT
    chosen, apart = torch.empty(count, dtype=torch.int64), torch.full((len(points),), torch.inf, dtype=torch.float64)
    chosen[0] = 0
    for k in range(1, count):
        apart = torch.minimum(apart, torch.linalg.vector_norm(points - points[chosen[k - 1]], dim=1))
        chosen[k] = apart.argmax()
    return points[chosen], apart.max().item()
