"""Closest points on what a curve sweeps out: its points, or a fibre at each of them that is solved in closed form."""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

_CHUNK = 2**11  # rows whose offsets from all nodes are held at once
_STEPS = 60
_SETTLED = 1e-15


class Sweep(Protocol):
    """A family of fibres over t; each may be a point.

    `nodes` (g,) of t at equal steps, so close that between two of them distances have one minimum; `closed`, whether
    the first node follows the last; `speed`, a bound of how fast the distance to a fibre can change with t.
    """

    nodes: Tensor
    closed: bool
    speed: float

    def foot(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """(..., m), (...) -> the point of the fibre at t that is closest to x, and ∂/∂t of that point, (..., m)."""


def closest(sweep: Sweep, x: Tensor) -> Tensor:
    """(n, m) -> (n,): the t of the fibre that is closest to x."""
    return torch.cat([_closest(sweep, part) for part in x.split(_CHUNK)])


def _closest(sweep: Sweep, x: Tensor) -> Tensor:
    """The best of the minima between nodes, where they can be least: others start too far away to come below it."""
    foot, velocity = sweep.foot(x[:, None], sweep.nodes)
    offset = foot - x[:, None]
    distance, slope = torch.linalg.vector_norm(offset, dim=2), (offset * velocity).sum(dim=2)
    low, high = _cells(sweep)
    before, after = _neighbours(distance, sweep.closed, (torch.inf, torch.inf))
    step = (sweep.nodes[1] - sweep.nodes[0]).item()
    promising = torch.minimum(before, after) <= distance.amin(dim=1, keepdim=True) + sweep.speed * step
    before, after = _neighbours(slope, sweep.closed, (-torch.inf, torch.inf))
    rows, cells = (promising & (before < 0) & (after >= 0)).nonzero(as_tuple=True)

    t = _rising_root(lambda left, s: _slope(sweep, x[rows[left]], s), low[cells], high[cells])
    reached = torch.linalg.vector_norm(x[rows] - sweep.foot(x[rows], t)[0], dim=1)
    least = reached.new_full((len(x),), torch.inf).scatter_reduce(0, rows, reached, "amin")
    best = reached == least[rows]
    anywhere = sweep.nodes[distance.argmin(dim=1)]  # for points as far from every fibre
    return anywhere.index_put((rows[best],), t[best])


def _cells(sweep: Sweep) -> tuple[Tensor, Tensor]:
    """(c,), (c,): where the cells between nodes begin and end; an end of what is not closed is a cell by itself."""
    if sweep.closed:
        return sweep.nodes, sweep.nodes + (sweep.nodes[1] - sweep.nodes[0])
    return torch.cat([sweep.nodes[:1], sweep.nodes]), torch.cat([sweep.nodes, sweep.nodes[-1:]])


def _neighbours(values: Tensor, closed: bool, outside: tuple[float, float]) -> tuple[Tensor, Tensor]:
    """(n, g) -> (n, c), (n, c): the values where cells begin and end, with those outside of what is not closed."""
    if closed:
        return values, values.roll(-1, dims=1)
    left, right = (torch.full_like(values[:, :1], value) for value in outside)
    return torch.cat([left, values], dim=1), torch.cat([values, right], dim=1)


def _slope(sweep: Sweep, x: Tensor, t: Tensor) -> Tensor:
    """Half the derivative of the squared distance to the fibre: the foot's own motion along the fibre adds nothing."""
    foot, velocity = sweep.foot(x, t)
    return ((foot - x) * velocity).sum(dim=-1)


def _rising_root(slope: Callable[[Tensor, Tensor], Tensor], low: Tensor, high: Tensor) -> Tensor:
    """(k,), (k,) -> (k,): where slope(rows, t) turns from - to +, by false position; an end where it does not.

    An end that stays twice is given half its slope, as in the Illinois method, so that both ends move in.
    """
    rows = torch.arange(len(low))
    ends, slopes = torch.stack([low, high]), torch.stack([slope(rows, low), slope(rows, high)])
    t = torch.where(slopes[1] <= 0, high, low)
    rows = ((slopes[0] < 0) & (slopes[1] > 0)).nonzero().squeeze(1)
    ends, slopes, last = ends[:, rows], slopes[:, rows], torch.full((1, len(rows)), -1)
    for _ in range(_STEPS):
        guess = ends[1] - slopes[1] * (ends[1] - ends[0]) / (slopes[1] - slopes[0])
        found = slope(rows, guess)
        side = (found > 0).long()[None]
        kept = slopes.gather(0, 1 - side) * torch.where(side == last, 0.5, 1.0)
        slopes = slopes.scatter(0, 1 - side, kept).scatter(0, side, found[None])
        ends = ends.scatter(0, side, guess[None])
        moving = ((guess - t[rows]).abs() > _SETTLED * (1 + guess.abs())) & (found != 0)
        t[rows] = guess
        if not bool(moving.any()):
            break
        rows, ends, slopes, last = rows[moving], ends[:, moving], slopes[:, moving], side[:, moving]
    return t
