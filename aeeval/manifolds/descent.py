"""Least distances from many points at once, over a box of parameters: projected Newton steps that always descend."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

_STEPS = 200
_SHORTENINGS = 12
_ARMIJO = 1e-4
_ROUNDING = 0.01  # of the tolerance
_FLATTEST = 1e-3  # of the greatest bend: keeps steps finite


class View(NamedTuple):
    """Half a squared distance at u (n, d): `value` (n,), `gradient` (n, d); its Hessian is made of `bends` (n, ...)."""

    u: Tensor
    value: Tensor
    gradient: Tensor
    bends: Tensor


class Problem(Protocol):
    """Half squared distances as functions of u in low <= u <= high, infinite where an axis has no end."""

    low: Tensor
    high: Tensor

    def look(self, rows: Tensor, u: Tensor) -> View:
        """(k,) indices of functions, (k, d) -> the view of each at its u."""

    def residual(self, view: View) -> Tensor:
        """(k,): how far u is from critical; 0 exactly there."""

    def hessian(self, view: View) -> Tensor:
        """(k, d, d): second derivatives."""

    def stiffness(self, view: View) -> Tensor:
        """(k, d): positive second derivatives along the axes, or more: what a step straight downhill is divided by."""


def descend(problem: Problem, start: Tensor, tolerance: Tensor) -> Tensor:
    """(n, d), (n,) -> (n, d): critical points downhill from `start`, to a residual of `tolerance` or to rounding."""
    u, rows = start.clone(), torch.arange(len(start))
    view = problem.look(rows, start)
    for _ in range(_STEPS):
        rows, view = _only(problem.residual(view) > tolerance[rows], rows, view)
        if len(rows) == 0:
            break
        stepped = _step(problem, rows, view, tolerance[rows])
        u[rows] = stepped.u
        rows, view = _only((stepped.u != view.u).any(dim=1), rows, stepped)
    return u


def _step(problem: Problem, rows: Tensor, view: View, tolerance: Tensor) -> View:
    """One Newton step, shortened until it descends, else a gradient step; a row that rounding stops stays."""
    error = _ROUNDING * tolerance  # of the distance, not of its square
    limit = view.value + error * (view.value.sqrt() + error)
    accepted, left = view, torch.arange(len(rows))
    for direction in (_newton_direction, _gradient_direction):
        step, length = direction(problem, _rows(view, left)), 1.0
        for _ in range(_SHORTENINGS):
            moved = (view.u[left] + length * step).clamp(problem.low, problem.high)
            trial = problem.look(rows[left], moved)
            promised = (view.gradient[left] * (moved - view.u[left])).sum(dim=1)
            good = trial.value <= limit[left] + _ARMIJO * promised
            accepted = _put(accepted, left, good, trial)
            left, step, length = left[~good], step[~good], length / 4
            if len(left) == 0:
                return accepted
    return accepted


def _newton_direction(problem: Problem, view: View) -> Tensor:
    """(n, d): Newton's step in the coordinates that the box leaves free."""
    held = (view.u <= problem.low) & (view.gradient > 0) | (view.u >= problem.high) & (view.gradient < 0)
    free = (~held).to(view.u.dtype)
    hessian, gradient = _restricted(problem.hessian(view), free), (free * view.gradient)[:, :, None]
    factor, info = torch.linalg.cholesky_ex(hessian)
    bad = info > 0
    if bool(bad.any()):
        factor[bad] = torch.linalg.cholesky(_away_from_saddles(hessian[bad]))
    return -torch.cholesky_solve(gradient, factor).squeeze(2)


def _away_from_saddles(hessian: Tensor) -> Tensor:
    """The same with eigenvalues made positive: where distances bend down, a step as long as if they bent up."""
    values, vectors = torch.linalg.eigh(hessian)
    sizes = values.abs()
    sizes = torch.maximum(sizes, _FLATTEST * sizes.amax(dim=1, keepdim=True))
    return (vectors * sizes[:, None, :]) @ vectors.mT


def _gradient_direction(problem: Problem, view: View) -> Tensor:
    """(n, d): downhill along every axis, which no clamping turns uphill."""
    return -view.gradient / problem.stiffness(view)


def _restricted(matrices: Tensor, free: Tensor) -> Tensor:
    """The rows and columns of held coordinates replaced by those of the identity."""
    return matrices * free[:, :, None] * free[:, None, :] + torch.diag_embed(1 - free)


def _rows(view: View, which: Tensor) -> View:
    return View(*(part[which] for part in view))


def _only(which: Tensor, rows: Tensor, view: View) -> tuple[Tensor, View]:
    return (rows, view) if bool(which.all()) else (rows[which], _rows(view, which))


def _put(view: View, rows: Tensor, good: Tensor, trial: View) -> View:
    """The view with these rows replaced where the trial is good."""
    if len(rows) == len(view.u) and bool(good.all()):
        return trial
    return View(*(part.index_copy(0, rows[good], new[good]) for part, new in zip(view, trial, strict=True)))
