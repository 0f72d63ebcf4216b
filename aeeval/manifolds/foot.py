"""The nearest point of a warped shape {[u; h(u)] : u in 𝓜₀}: Newton's method along 𝓜₀ on all rows at once."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from aeeval.manifolds.shape import Shape
from aeeval.manifolds.sines import Sines
from aeeval.manifolds.validate import ON

SETTLED = 1e-13
_STEPS = 60
_SHORTENINGS = 8
_ARMIJO = 1e-4
_ROUNDING = 1e-14
_SECANT = 1e-5  # of the size of 𝓜₀: errors 1e-10 from curvature, 1e-11 from rounding
_AT_EDGE = 1e-9
_FLATTEST = 1e-3  # the Hessian of a flat sheet is 1


class View(NamedTuple):
    """Half the squared distance F at u in R^m, its gradient, and its second derivative along each sine row."""

    u: Tensor
    value: Tensor
    gradient: Tensor
    turn: Tensor


class Ground(Protocol):
    """The shape 𝓜₀ and the sines h, with how 𝓜₀ bends and how to walk on it."""

    base: Shape
    sines: Sines

    def bend(self, u: Tensor, vectors: Tensor, frame: Tensor) -> Tensor:
        """u (n, m) in 𝓜₀, v (n, m), frames t (n, d, m) -> (n, d, d): ⟨v, II(t_k, t_l)⟩, II the second form of 𝓜₀."""

    def retract(self, u: Tensor, step: Tensor) -> Tensor:
        """u (n, m) in 𝓜₀, tangent vectors (n, m) -> (n, m): points of 𝓜₀, u + step but for terms of second order."""


def secant_bend(shape: Shape, u: Tensor, vectors: Tensor, frame: Tensor) -> Tensor:
    """`Ground.bend` of any shape: secants along t_k of ⟨v, P t_l⟩, P the projector on the tangent space."""
    n, dim, size = frame.shape
    step = _SECANT * shape.unit * frame
    ends = torch.cat([u[:, None] + step, u[:, None] - step]).reshape(-1, size)
    turned = shape.tangent(ends).reshape(2, n, dim, dim, size)
    along = torch.einsum("eskdm,sm->eskd", turned, vectors)
    value = torch.einsum("eskd,eskdm,slm->eskl", along, turned, frame)
    form = (value[0] - value[1]) / (2 * _SECANT * shape.unit)
    return (form + form.mT) / 2


class Foot:
    """What finds the u below the nearest point."""

    def __init__(self, ground: Ground):
        self.ground, self.base, self.sines = ground, ground.base, ground.sines

    def look(self, target: Tensor, u: Tensor) -> View:
        """(n, m+q), (n, m) -> the view of F = ½|target - [u; h(u)]|²; ∇²F = I + Wᵀ diag(turn) W."""
        sines, size = self.sines, u.shape[1]
        phase = sines.phase(u)
        height, slope = sines.amplitude * phase.sin(), sines.amplitude * sines.frequency * phase.cos()
        shift, gap = u - target[:, :size], height - target[:, size:]
        value = (torch.linalg.vecdot(shift, shift) + torch.linalg.vecdot(gap, gap)) / 2
        gradient = torch.addmm(shift, slope * gap, sines.weights)
        return View(u, value, gradient, torch.addcmul(slope.square(), height, gap, value=-(sines.frequency**2)))

    def residual(self, view: View, frame: Tensor) -> Tensor:
        """(n,): length of ∇F along 𝓜₀, at its boundary of the step u -> π₀(u - τ∇F) over τ; 0 where critical."""
        size = torch.linalg.vector_norm(_in(frame, view.gradient), dim=1)
        edge = self.base.boundary_distance(view.u) <= ON * self.base.unit
        if bool(edge.any()):
            u, gradient = view.u[edge], view.gradient[edge]
            pull = self._pull(gradient)
            size[edge] = torch.linalg.vector_norm(self.base.project(u - pull * gradient) - u, dim=1) / pull[:, 0]
        return size

    def hessian(self, view: View, frame: Tensor) -> Tensor:
        """(n, d, d): second derivatives of F along 𝓜₀, T ∇²F Tᵀ + ⟨∇F, II⟩."""
        return frame @ self.sines.gram(view.turn) @ frame.mT + self.ground.bend(view.u, view.gradient, frame)

    def nearest(self, target: Tensor, start: Tensor) -> Tensor:
        """(n, m+q), (n, m) -> (n, m): the u of a local minimum of the distance to `target`, downhill from `start`."""
        u, rows = start.clone(), torch.arange(len(start))
        tolerance = SETTLED * (self.base.unit + torch.linalg.vector_norm(target, dim=1))
        view = self.look(target, start)
        for _ in range(_STEPS):
            frame = self.base.tangent(view.u)
            moving = self.residual(view, frame) > tolerance[rows]
            if not bool(moving.any()):
                break
            rows, before = rows[moving], _rows(view, moving)
            view = self._step(target[rows], before, frame[moving])
            u[rows] = view.u
            moved = (view.u != before.u).any(dim=1)  # a row that rounding stops stays where it is
            rows, view = rows[moved], _rows(view, moved)
        return u

    def _step(self, target: Tensor, view: View, frame: Tensor) -> View:
        """One Newton step, shortened where it does not descend, or a projected gradient step, which always does."""
        direction, accepted = self._direction(view, frame), view
        left, length = torch.arange(len(view.u)), 1.0
        for attempt in range(_SHORTENINGS + 1):
            if attempt < _SHORTENINGS:
                moved = self.ground.retract(view.u[left], length * direction[left])
            else:
                moved = self.base.project((view.u - self._safe_pull(view) * view.gradient)[left])
            trial = self.look(target[left], moved)
            promised = (view.gradient[left] * (trial.u - view.u[left])).sum(dim=1)
            good = trial.value <= view.value[left] * (1 + _ROUNDING) + _ARMIJO * promised
            accepted = _replaced(accepted, left, good, trial)
            left, length = left[~good], length / 4
            if len(left) == 0:
                break
        return accepted

    def _direction(self, view: View, frame: Tensor) -> Tensor:
        edge = self.base.boundary_distance(view.u) <= _AT_EDGE * self.base.unit
        direction = torch.empty_like(view.u)
        direction[~edge] = self._inside(_rows(view, ~edge), frame[~edge])
        if bool(edge.any()):
            direction[edge] = self._at_edge(_rows(view, edge), frame[edge])
        return direction

    def _inside(self, view: View, frame: Tensor) -> Tensor:
        """(n, m): Newton's step along 𝓜₀; by the |eigenvalues| of the Hessian where F is not convex."""
        slope = _in(frame, view.gradient)[:, :, None]
        hessian = self.hessian(view, frame)
        factor, info = torch.linalg.cholesky_ex(hessian)
        step = torch.cholesky_solve(slope, factor)
        bad = info > 0
        if bool(bad.any()):
            values, vectors = torch.linalg.eigh(hessian[bad])
            step[bad] = vectors @ (vectors.mT @ slope[bad] / values.abs().clamp_min(_FLATTEST)[:, :, None])
        return _out(frame, -step.squeeze(2))

    def _at_edge(self, view: View, frame: Tensor) -> Tensor:
        """(n, m): a semismooth Newton step on u = π₀(u - τ∇F), whose derivative is 0 where the boundary holds u.

        Where it climbs, as at a saddle, the way back descends.
        """
        n, dim, size = frame.shape
        pull = self._pull(view.gradient)
        foot = view.u - pull * view.gradient
        step = _SECANT * self.base.unit * (frame - pull[:, :, None] * (frame @ self.sines.gram(view.turn)))
        ends = self.base.project(torch.cat([foot[:, None] + step, foot[:, None] - step]).reshape(-1, size))
        ahead, behind = ends.reshape(2, n, dim, size)
        change = torch.einsum("nlm,nkm->nlk", frame, ahead - behind) / (2 * _SECANT * self.base.unit)
        gap = _in(frame, self.base.project(foot) - view.u)
        step = _out(frame, torch.linalg.solve_ex(torch.eye(dim) - change, gap[:, :, None]).result.squeeze(2))
        climbs = (step * view.gradient).sum(dim=1, keepdim=True) > 0
        return torch.where(climbs, -step, step)

    def _pull(self, gradient: Tensor) -> Tensor:
        """(n, 1): the τ <= 1 that leaves u - τ∇F within half the reach of 𝓜₀."""
        length = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
        return (self.base.reach / (2 * length.clamp_min(torch.finfo(gradient.dtype).tiny))).clamp(max=1.0)

    def _safe_pull(self, view: View) -> Tensor:
        """(n, 1): a τ below 1 / ‖∇²F‖, with which the exact π₀ always descends."""
        steepest = 1 + view.turn.abs().amax(dim=1, keepdim=True) * torch.linalg.matrix_norm(self.sines.weights, 2) ** 2
        return torch.minimum(self._pull(view.gradient), 0.5 / steepest)


def _replaced(view: View, rows: Tensor, good: Tensor, trial: View) -> View:
    """The view with these rows replaced where the trial is good."""
    if len(rows) == len(view.u) and bool(good.all()):
        return trial
    return View(*(old.index_copy(0, rows[good], new[good]) for old, new in zip(view, trial, strict=True)))


def _rows(view: View, which: Tensor) -> View:
    return view if bool(which.all()) else View(*(part[which] for part in view))


def _in(frame: Tensor, vectors: Tensor) -> Tensor:
    """(n, d, m), (n, m) -> (n, d)."""
    return (frame @ vectors[:, :, None]).squeeze(2)


def _out(frame: Tensor, coefficients: Tensor) -> Tensor:
    """(n, d, m), (n, d) -> (n, m)."""
    return (coefficients[:, None, :] @ frame).squeeze(1)
