"""Soft pictures by their pose: what rendered families share, above all a fast search for the closest picture."""

from abc import abstractmethod
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from aeeval.errors import Skipped
from aeeval.manifolds.charted import Parametrised
from aeeval.manifolds.descent import View
from aeeval.manifolds.search import Distance, Search, first_least

_STARTS = 4  # minima on the grid to go downhill from, while nothing is proven


class Gap(NamedTuple):
    """Pictures minus targets, `picture` (n, size, size), and its products with both derivatives by the pose."""

    picture: Tensor
    first: Tensor
    """(n, d)."""
    second: Tensor
    """(n, d, d)."""


class Pictures(Parametrised):
    """{picture at the pose u} in R^(size²), soft at its edges: products with its derivatives cost a few renderings."""

    pixels: int

    @abstractmethod
    def gap(self, u: Tensor, target: Tensor) -> Gap:
        """(n, d), (n, size²): how pictures at u differ from targets."""

    @abstractmethod
    def metric(self, u: Tensor) -> Tensor:
        """(n, d) -> (n, d, d): products of the derivatives by the pose, as integrals."""

    def second(self, u: Tensor) -> Tensor:
        """(n, d) -> (n, d, d, size²), pixel by pixel: for few poses. Closest points need one product: see `gap`."""
        rows = u.repeat_interleave(self.ambient_dim, dim=0)
        pixel = torch.eye(self.ambient_dim, dtype=torch.float64).repeat(len(u), 1)
        curved = self.gap(rows, self.point(rows) - pixel).second
        return curved.unflatten(0, (len(u), self.ambient_dim)).movedim(1, -1)

    @cached_property
    def search(self) -> Search:
        return PoseSearch(self)

    def coordinate(self) -> None:  # type: ignore[override]
        return None

    def mesh(self, resolution: int = 40) -> Tensor:
        if self.dim <= 2:
            return super().mesh(resolution)
        raise Skipped(f"{self.name} has no mesh: it is of dim {self.dim}, and only d <= 2 is drawn")


class PoseSearch(Search):
    """The closest picture: from a grid of poses downhill; where that proves nothing, from the lowest minima on it.

    Of 8,000 rows beside sprites, between two or eight of them and far from all, the answer was the best of 60 descents
    a row, 30 from the nearest of the grid and 30 from anywhere, but for one between two: that is 4e-3 of the scale
    nearer than what was found.
    """

    chunk = 2**11
    shape: Pictures

    def problem(self, x: Tensor) -> Distance:
        return Match(self.shape, x)

    def _best(self, x: Tensor, u: Tensor) -> Tensor:
        found, before = [], 0
        for part in self._split(x):
            rows, cells = self._lowest(part)
            found.append(torch.stack([rows + before, cells]))
            before += len(part)
        rows, cells = torch.cat(found, dim=1)
        tried = torch.cat([u, self._downhill(x[rows], cells)])
        rows = torch.cat([torch.arange(len(x)), rows])
        return tried[first_least(rows, (self.shape.point(tried) - x[rows]).square().sum(dim=1), len(x))]

    def _lowest(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(n, m) -> (c,), (c,): rows, and grid points lower than their neighbours along every axis, at most 4 a row."""
        gaps = self._gaps(x)
        low = minima(gaps.reshape(-1, *self.shape.resolution), self.shape.closed).flatten(1)
        least = gaps.masked_fill(~low, torch.inf).topk(min(_STARTS, gaps.shape[1]), dim=1, largest=False)
        rows, place = least.values.isfinite().nonzero(as_tuple=True)
        return rows, least.indices[rows, place]


class Match(Distance):
    """Half the squared distances of pictures (n, size²) from a family, as functions of its pose."""

    shape: Pictures

    def look(self, rows: Tensor, u: Tensor) -> View:
        gap = self.shape.gap(u, self.target[rows])
        bends = torch.stack([self.shape.metric(u), gap.second], dim=1)
        return View(u, gap.picture.square().sum(dim=(1, 2)) / 2, gap.first, bends)


def minima(values: Tensor, closed: tuple[bool, ...]) -> Tensor:
    """(n, r_1, ..., r_d) -> the same, bool: no neighbour along any axis is lower; the last of a closed axis is none."""
    found = torch.ones_like(values, dtype=torch.bool)
    for axis, around in enumerate(closed, start=1):
        count = values.shape[axis] - 1
        before, after = values.narrow(axis, 0, count), values.narrow(axis, 1, count)
        found.narrow(axis, 0, count).logical_and_(before <= after)
        found.narrow(axis, 1, count).logical_and_(after <= before)
        if around:
            found.narrow(axis, 0, 1).logical_and_(before.narrow(axis, 0, 1) <= before.narrow(axis, count - 1, 1))
            found.narrow(axis, count, 1).fill_(False)
    return found
