"""Closest points of shapes that are given by a chart: Newton's method from the points of a grid, with a certificate."""

from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from aeeval.manifolds.descent import View, descend
from aeeval.manifolds.validate import ON

SETTLED = 1e-13
_CACHED = 2**18  # distances to grid points that fit in a processor's cache


class Mapped(Protocol):
    """{X(u) : low <= u <= high}; `Parametrised` says what its parts are."""

    dim: int
    low: Tensor
    high: Tensor
    closed: tuple[bool, ...]
    resolution: tuple[int, ...]
    reach: float
    unit: float

    def point(self, u: Tensor) -> Tensor:
        """(..., d) -> (..., m)."""

    def first(self, u: Tensor) -> Tensor:
        """(n, d) -> (n, d, m)."""

    def second(self, u: Tensor) -> Tensor:
        """(n, d) -> (n, d, d, m)."""


class Search:
    """Closest points on one shape, its grid evaluated once."""

    chunk = 2**14  # rows solved at once

    def __init__(self, shape: Mapped):
        self.shape = shape
        axes = zip(shape.low, shape.high, shape.resolution, strict=True)
        lines = [torch.linspace(low, high, size, dtype=torch.float64) for low, high, size in axes]
        self.grid = torch.stack(torch.meshgrid(*lines, indexing="ij"), dim=-1).reshape(-1, shape.dim)
        self.points = shape.point(self.grid)

    def problem(self, x: Tensor) -> "Distance":
        """What is descended on; to be replaced where a shape has more to offer than its derivatives."""
        return Distance(self.shape, x)

    def nearest(self, x: Tensor) -> Tensor:
        """(n, m) -> (n, d): the u of the closest point; beyond [low, high] along axes that close."""
        return torch.cat([self._nearest(part) for part in x.split(self.chunk)])

    def proven(self, x: Tensor, u: Tensor) -> Tensor:
        """(n, m), (n, d) -> (n,) bool: whether X(u) is critical and nearer than the reach, which makes it closest.

        A small slope of the distance means a small error there, larger near the reach.
        """
        problem = self.problem(x)
        view = problem.look(torch.arange(len(x)), u.clamp(problem.low, problem.high))
        room = 1 - (2 * view.value).sqrt() / self.shape.reach
        return problem.residual(view) < ON * self.shape.unit * room

    def _nearest(self, x: Tensor) -> Tensor:
        """Downhill from the nearest point of the grid; where that proves nothing, from all that can lead lower."""
        cells = torch.cat([self._gaps(part).argmin(dim=1) for part in self._split(x)])
        u = self._downhill(x, cells)
        left = (~self.proven(x, u)).nonzero().squeeze(1)
        if len(left) > 0:
            u[left] = self._best(x[left], u[left])
        return u

    def _best(self, x: Tensor, u: Tensor) -> Tensor:
        """(n, m), (n, d) -> (n, d): the best of u and of the descents from `_starts`."""
        rows, cells = self._starts(x, torch.linalg.vector_norm(self.shape.point(u) - x, dim=1))
        found = torch.cat([u, self._downhill(x[rows], cells)])
        rows = torch.cat([torch.arange(len(x)), rows])
        return found[first_least(rows, (self.shape.point(found) - x[rows]).square().sum(dim=1), len(x))]

    def _downhill(self, x: Tensor, cells: Tensor) -> Tensor:
        tolerance = SETTLED * (self.shape.unit + torch.linalg.vector_norm(x, dim=1))
        return descend(self.problem(x), self.grid[cells], tolerance)

    def _starts(self, x: Tensor, distance: Tensor) -> Tensor:
        """(n, m), (n,) -> (2, k): rows of x, each with grid points to start from: the local minima of the distance.

        Every point of 𝓜 has a grid point within half the way across a cell, so what is farther by that than the
        distance reached so far leads to nothing nearer.
        """
        found, before = [], 0
        for part in self._split(x):
            gaps = self._gaps(part)
            promising = gaps <= distance[before : before + len(part), None] + self._across / 2
            promising &= lowest(gaps.reshape(-1, *self.shape.resolution)).flatten(1)
            rows, cells = promising.nonzero(as_tuple=True)
            found.append(torch.stack([rows + before, cells]))
            before += len(part)
        return torch.cat(found, dim=1)

    def _split(self, x: Tensor) -> tuple[Tensor, ...]:
        return x.split(1 + _CACHED // len(self.points))

    def _gaps(self, x: Tensor) -> Tensor:
        """(n, m) -> (n, g): distances from all points of the grid."""
        squares = torch.addmm(self.points.square().sum(dim=1), x, self.points.T, alpha=-2)
        return (squares + x.square().sum(dim=1, keepdim=True)).clamp_min(0).sqrt()

    @cached_property
    def _across(self) -> float:
        """The longest way across a cell of the grid."""
        points = self.points.reshape(*self.shape.resolution, -1)
        steps = (torch.linalg.vector_norm(points.diff(dim=axis), dim=-1).max() for axis in range(self.shape.dim))
        return float(sum(steps))


class Distance:
    """Half the squared distances of targets (n, m) from X(u), as functions of u."""

    def __init__(self, shape: Mapped, target: Tensor):
        closed = torch.tensor(shape.closed)
        self.shape, self.target = shape, target
        self.low, self.high = shape.low.masked_fill(closed, -torch.inf), shape.high.masked_fill(closed, torch.inf)

    def look(self, rows: Tensor, u: Tensor) -> View:
        offset, frame = self.shape.point(u) - self.target[rows], self.shape.first(u)
        bend = torch.einsum("nm,nijm->nij", offset, self.shape.second(u))
        gradient = (frame @ offset[:, :, None]).squeeze(2)
        return View(u, offset.square().sum(dim=1) / 2, gradient, torch.stack([frame @ frame.mT, bend], dim=1))

    def hessian(self, view: View) -> Tensor:
        return view.bends.sum(dim=1)

    def stiffness(self, view: View) -> Tensor:
        """Of the metric, the Hessian without what 𝓜 bends."""
        return view.bends[:, 0].diagonal(dim1=1, dim2=2)

    def residual(self, view: View) -> Tensor:
        """Length of the gradient step along each axis that the ends of the chart allow."""
        stiffness = self.stiffness(view)
        moved = (view.u - view.gradient / stiffness).clamp(self.low, self.high)
        return torch.linalg.vector_norm(stiffness.sqrt() * (moved - view.u), dim=1)


def lowest(values: Tensor) -> Tensor:
    """(n, r_1, ..., r_d) -> the same, bool: neither neighbour along any axis is lower.

    Across the first and the last step of an axis nothing is compared: a minimum at the end of a chart and one next to
    it can lie in one cell.
    """
    found = torch.ones_like(values, dtype=torch.bool)
    for axis in range(1, values.ndim):
        steps = values.shape[axis] - 3
        if steps > 0:
            before, after = values.narrow(axis, 1, steps), values.narrow(axis, 2, steps)
            found.narrow(axis, 1, steps).logical_and_(before <= after)
            found.narrow(axis, 2, steps).logical_and_(after <= before)
    return found


def first_least(rows: Tensor, values: Tensor, n: int) -> Tensor:
    """(k,), (k,) -> (n,): for each row the index of its least value, the first of several."""
    least = values.new_full((n,), torch.inf).scatter_reduce(0, rows, values, "amin")
    winners = (values == least[rows]).nonzero().squeeze(1)
    first = torch.full((n,), len(values))
    return first.scatter_reduce(0, rows[winners], winners, "amin")
