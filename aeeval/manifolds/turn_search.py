"""The closest pose of a body: from a grid of rotations downhill, in a chart about the rotation that each starts at."""

import math
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from aeeval.manifolds import blobs
from aeeval.manifolds.descent import View, descend
from aeeval.manifolds.search import SETTLED, Distance, first_least
from aeeval.manifolds.so3 import from_quaternion, matrices
from aeeval.manifolds.validate import ON

_GRID, _NEIGHBOURS, _STARTS = 2048, 10, 8
_FAR = 3.0  # how far a descent may leave its start, in the chart: 143 degrees
_CACHED = 2**18


class Body(Protocol):
    """What is turned: `Splats` says what its parts are."""

    pixels: int
    reach: float
    unit: float
    weight: Tensor

    def point(self, turn: Tensor) -> Tensor: ...

    def turned(self, turn: Tensor) -> Tensor: ...

    def moves(self, change: Tensor) -> Tensor: ...

    def spots(self, body: Tensor) -> blobs.Profiles: ...


class TurnSearch:
    """Closest pictures of one body, its grid evaluated once."""

    chunk = 2**11

    def __init__(self, shape: Body):
        self.shape = shape
        self.grid = even_rotations(_GRID)
        self.points = shape.point(self.grid)

    @cached_property
    def neighbours(self) -> Tensor:
        """(g, 10): the grid points that are turned least from each."""
        closeness = self.grid @ self.grid.T
        return closeness.topk(_NEIGHBOURS + 1, dim=1).indices[:, 1:]

    def nearest(self, x: Tensor) -> Tensor:
        """(n, m) -> (n, 9): the rotation of the closest picture."""
        return torch.cat([self._nearest(part) for part in x.split(self.chunk)])

    def proven(self, x: Tensor, turn: Tensor) -> Tensor:
        """(n, m), (n, 9) -> (n,) bool: whether the picture is critical and nearer than the reach."""
        problem = Turning(self.shape, x, turn)
        view = problem.look(torch.arange(len(x)), x.new_zeros(len(x), 3))
        room = 1 - (2 * view.value).sqrt() / self.shape.reach
        return problem.residual(view) < ON * self.shape.unit * room

    def _nearest(self, x: Tensor) -> Tensor:
        """Downhill from the nearest of the grid; where that proves nothing, from the lowest minima on it."""
        parts = x.split(1 + _CACHED // len(self.grid))
        turn = self._downhill(x, torch.cat([self._gaps(part).argmin(dim=1) for part in parts]))
        left = (~self.proven(x, turn)).nonzero().squeeze(1)
        if len(left) > 0:
            turn[left] = self._best(x[left], turn[left])
        return turn

    def _best(self, x: Tensor, turn: Tensor) -> Tensor:
        found, before = [], 0
        for part in x.split(1 + _CACHED // len(self.grid)):
            rows, cells = self._lowest(part)
            found.append(torch.stack([rows + before, cells]))
            before += len(part)
        rows, cells = torch.cat(found, dim=1)
        tried = torch.cat([turn, self._downhill(x[rows], cells)])
        rows = torch.cat([torch.arange(len(x)), rows])
        return tried[first_least(rows, (self.shape.point(tried) - x[rows]).square().sum(dim=1), len(x))]

    def _lowest(self, x: Tensor) -> tuple[Tensor, Tensor]:
        gaps = self._gaps(x)
        low = gaps <= gaps[:, self.neighbours].amin(dim=2)
        least = gaps.masked_fill(~low, torch.inf).topk(_STARTS, dim=1, largest=False)
        rows, place = least.values.isfinite().nonzero(as_tuple=True)
        return rows, least.indices[rows, place]

    def _gaps(self, x: Tensor) -> Tensor:
        """(n, m) -> (n, g): half the squared distances from all pictures of the grid, less |x|²/2."""
        return torch.addmm(self.points.square().sum(dim=1) / 2, x, self.points.T, alpha=-1)

    def _downhill(self, x: Tensor, cells: Tensor) -> Tensor:
        tolerance = SETTLED * (self.shape.unit + torch.linalg.vector_norm(x, dim=1))
        start = self.grid[cells]
        step = descend(Turning(self.shape, x, start), x.new_zeros(len(x), 3), tolerance)
        return (matrices(turn_by(step)) @ matrices(start)).flatten(1)


class Turning(Distance):
    """Half the squared distances of pictures (n, m) from those of a body, by v (n, 3) about rotations of their own.

    v is the axis times the tangent of half the angle: the body is at (1 - |v|²) r + 2 v (v·r) + 2 v × r, over 1 + |v|².
    """

    def __init__(self, shape: Body, target: Tensor, start: Tensor):
        self.body, self.target, self.start = shape, target, shape.turned(start)
        self.high = torch.full((3,), _FAR, dtype=torch.float64)
        self.low = -self.high

    def look(self, rows: Tensor, u: Tensor) -> View:
        body = self.body
        place, change, bend = moved(self.start[rows], u)
        shown, first = body.spots(place), body.moves(change)
        gap = blobs.rendered(body.weight, shown) - self.target[rows].unflatten(1, (body.pixels, -1))
        gradient, curved = blobs.pulled(body.weight, gap, shown, first, body.moves(bend))
        frame = blobs.slopes(body.weight, first, shown).flatten(2)
        return View(u, gap.square().sum(dim=(1, 2)) / 2, gradient, torch.stack([frame @ frame.mT, curved], dim=1))


def moved(r: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(n, J, 3), (n, 3) -> (n, J, 3), (n, 3, J, 3), (n, 3, 3, J, 3): the body turned, and its derivatives by v."""
    one = torch.eye(3, dtype=torch.float64)
    total = 1 + v.square().sum(dim=1)
    along = r @ v[:, :, None]  # (n, J, 1)
    turned = (
        (2 - total)[:, None, None] * r + 2 * along * v[:, None] + 2 * torch.linalg.cross(v[:, None].expand_as(r), r)
    )
    place = turned / total[:, None, None]
    axes = one[:, None].expand(len(r), 3, r.shape[1], 3)
    rows = r[:, None].expand_as(axes)
    change = 2 * (axes * along[:, None] + v[:, None, None] * r.mT[..., None] - v[:, :, None, None] * rows)
    change = (change + 2 * torch.linalg.cross(axes, rows) - 2 * v[:, :, None, None] * place[:, None]) / total[
        :, None, None, None
    ]
    mixed = one[:, None, None, :] * r.mT[:, None, :, :, None]  # e_a r_b
    bend = 2 * (mixed + mixed.transpose(1, 2)) - 2 * one[:, :, None, None] * (r + place)[:, None, None]
    lag = 2 * v[:, None, :, None, None] * change[:, :, None]
    return place, change, (bend - lag - lag.transpose(1, 2)) / total[:, None, None, None, None]


def turn_by(v: Tensor) -> Tensor:
    """(n, 3) -> (n, 9)."""
    return from_quaternion(torch.nn.functional.normalize(torch.cat([torch.ones_like(v[:, :1]), v], dim=1), dim=1))


def even_rotations(count: int) -> Tensor:
    """(count, 9): evenly spread, by the super-Fibonacci spirals of M. Alexa, CVPR 2022."""
    s = torch.arange(count, dtype=torch.float64) + 0.5
    inner, outer = (s / count).sqrt(), (1 - s / count).sqrt()
    a, b = 2 * math.pi * s / math.sqrt(2), 2 * math.pi * s / 1.533751168755204288118041
    return from_quaternion(torch.stack([inner * a.sin(), inner * a.cos(), outer * b.sin(), outer * b.cos()], dim=1))
