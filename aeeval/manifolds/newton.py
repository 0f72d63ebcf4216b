"""The nearest point of a graph {[z; h(z)] : z in [-w, w]^d}: projected Newton on all rows at once."""

from typing import NamedTuple

import torch
from torch import Tensor

from aeeval.manifolds.sines import Sines

CHUNK = 4096  # rows whose sines fit in a processor's cache
SETTLED = 1e-13
_STEPS = 200
_SHORTENINGS = 12
_ARMIJO = 1e-4
_ROUNDING = 1e-15


class View(NamedTuple):
    """Half the squared distance at z, its gradient, and the second derivative along each sine row; one row a target."""

    z: Tensor
    value: Tensor
    gradient: Tensor
    turn: Tensor


def look(sines: Sines, target: Tensor, z: Tensor) -> View:
    """(n, D), (n, d) -> the view of ½|target - [z; h(z)]|² at z."""
    dim = z.shape[1]
    phase = sines.phase(z)
    height = sines.amplitude * phase.sin()
    slope = sines.amplitude * sines.frequency * phase.cos()
    shift, gap = z - target[:, :dim], height - target[:, dim:]
    value = (shift.square().sum(dim=1) + gap.square().sum(dim=1)) / 2
    turn = slope.square() - sines.frequency**2 * height * gap
    return View(z, value, shift + (slope * gap) @ sines.weights, turn)


def residual(view: View, half_width: float) -> Tensor:
    """(n,): length of the gradient step that the box allows; 0 exactly at critical points."""
    moved = (view.z - view.gradient).clamp(-half_width, half_width)
    return torch.linalg.vector_norm(moved - view.z, dim=1)


def nearest(sines: Sines, half_width: float, target: Tensor, start: Tensor) -> Tensor:
    """(n, D), (n, d) -> (n, d): the z of a local minimum of the distance to `target`, downhill from `start`."""
    chunks = zip(target.split(CHUNK), start.split(CHUNK), strict=True)
    return torch.cat([_descend(sines, half_width, x, z) for x, z in chunks])


def _descend(sines: Sines, half_width: float, target: Tensor, start: Tensor) -> Tensor:
    z = start.clone()
    tolerance = SETTLED * (half_width + torch.linalg.vector_norm(target, dim=1))
    rows, moved = torch.arange(len(z)), torch.ones(len(z), dtype=torch.bool)
    view = look(sines, target, z)
    for _ in range(_STEPS):
        going = moved & (residual(view, half_width) > tolerance[rows])
        if not bool(going.any()):
            break
        rows, last = rows[going], View(*(part[going] for part in view))
        view = _step(sines, half_width, target[rows], last)
        moved = (view.z != last.z).any(dim=1)
        z[rows] = view.z
    return z


def _step(sines: Sines, half_width: float, target: Tensor, view: View) -> View:
    """One Newton step, shortened where it does not descend."""
    direction = _newton_direction(sines, half_width, view)
    error = _ROUNDING * (half_width + torch.linalg.vector_norm(target, dim=1))  # of the distance, not of its square
    limit = view.value + error * (view.value.sqrt() + error)
    accepted = list(view)
    rows, length = torch.arange(len(view.z)), 1.0
    for _ in range(_SHORTENINGS):
        moved = (view.z[rows] + length * direction[rows]).clamp(-half_width, half_width)
        trial = look(sines, target[rows], moved)
        promised = (view.gradient[rows] * (moved - view.z[rows])).sum(dim=1)
        good = trial.value <= limit[rows] + _ARMIJO * promised
        accepted = [part.index_copy(0, rows[good], new[good]) for part, new in zip(accepted, trial, strict=True)]
        rows, length = rows[~good], length / 4
        if len(rows) == 0:
            break
    return View(*accepted)


def _newton_direction(sines: Sines, half_width: float, view: View) -> Tensor:
    """(n, d): Newton's step in the coordinates that the box leaves free; that of Gauss and Newton where not convex."""
    held = (view.z <= -half_width) & (view.gradient > 0) | (view.z >= half_width) & (view.gradient < 0)
    free = (~held).to(view.z.dtype)
    factor, info = torch.linalg.cholesky_ex(_restricted(sines.gram(view.turn), free))
    bad = info > 0
    if bool(bad.any()):
        safe = _restricted(sines.gram(view.turn[bad].clamp_min(0)), free[bad])
        factor = factor.index_copy(0, bad.nonzero().squeeze(1), torch.linalg.cholesky(safe))
    return -torch.cholesky_solve((free * view.gradient)[:, :, None], factor).squeeze(2)


def _restricted(matrices: Tensor, free: Tensor) -> Tensor:
    """The rows and columns of held coordinates replaced by those of the identity."""
    return matrices * free[:, :, None] * free[:, None, :] + torch.diag_embed(1 - free)
