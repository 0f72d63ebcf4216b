"""Projected Newton steps on functions whose minima in a box are known, or at least whose critical points are."""

import pytest
import torch

from aeeval.manifolds.descent import View, descend


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def normal(*size, seed):
    return torch.randn(*size, generator=seeded(seed), dtype=torch.float64)


class Quartics:
    """½ ((u - c)ᵀ A (u - c) + q Σ u⁴ + lift): quadratic for q = 0, of many minima where A bends down and q > 0."""

    def __init__(self, matrices, centres, quartic=0.0, width=1.0):
        self.matrices, self.centres, self.quartic = matrices, centres, quartic
        self.high = torch.tensor(width, dtype=torch.float64)
        self.low = -self.high
        self.looks = 0

    def look(self, rows, u):
        self.looks += 1
        offset = u - self.centres[rows]
        pull = (self.matrices[rows] @ offset[:, :, None]).squeeze(2)
        value = ((offset * pull).sum(dim=1) + self.quartic * u.pow(4).sum(dim=1)) / 2 + 10
        curvature = self.matrices[rows] + torch.diag_embed(6 * self.quartic * u.square())
        return View(u, value, pull + 2 * self.quartic * u.pow(3), curvature)

    def hessian(self, view):
        return view.bends

    def stiffness(self, view):
        return view.bends.abs().sum(dim=2) + 1e-3

    def residual(self, view):
        moved = (view.u - view.gradient).clamp(self.low, self.high)
        return torch.linalg.vector_norm(moved - view.u, dim=1)


def critical(problem, u):
    """Gradients vanish, or push over an end."""
    view = problem.look(torch.arange(len(u)), u)
    return problem.residual(view)


def narrow(n, dim, seed, floor=0.01):
    """Positive definite matrices with eigenvalues from `floor` to about 10 in random directions."""
    frames = torch.linalg.qr(normal(n, dim, dim, seed=seed)).Q
    values = floor + 5 * normal(n, dim, seed=seed + 1).square()
    return frames * values[:, None, :] @ frames.mT


def test_convex_functions_reach_the_one_minimum_that_the_box_allows():
    """The same from two starts, and critical: in a convex box there is only one."""
    problem = Quartics(narrow(2000, 3, 1), 2 * normal(2000, 3, seed=3))
    tolerance = torch.full((2000,), 1e-11, dtype=torch.float64)
    ends = [
        descend(problem, (2 * torch.rand(2000, 3, generator=seeded(s), dtype=torch.float64) - 1), tolerance)
        for s in (4, 5)
    ]
    assert (ends[0] - ends[1]).abs().max() <= 1e-7
    assert critical(problem, ends[0]).max() <= 1e-10
    assert ((ends[0].abs() == 1).any(dim=1)).double().mean() > 0.5  # the ends do hold many of them


def test_a_quadratic_is_solved_in_one_step():
    problem = Quartics(narrow(100, 2, 6), 0.3 * normal(100, 2, seed=8).clamp(-2, 2))
    u = descend(problem, torch.zeros(100, 2, dtype=torch.float64), torch.full((100,), 1e-9, dtype=torch.float64))
    assert (u - problem.centres).abs().max() <= 1e-7
    assert problem.looks <= 3


def test_an_end_that_cuts_the_newton_step_short_does_not_stop_it():
    """The step falls along u_0 and climbs along u_1, and 1e-9 after the start u_0 has no way left to fall."""
    matrix = torch.tensor([[[1.0, 0.99], [0.99, 1.0]]], dtype=torch.float64)
    start = torch.tensor([[-1 + 1e-9, 0.0]], dtype=torch.float64)
    pull = torch.tensor([[1.0, 0.9]], dtype=torch.float64)
    centre = start - torch.linalg.solve(matrix, pull)
    problem = Quartics(matrix, centre)
    u = descend(problem, start, torch.full((1,), 1e-12, dtype=torch.float64))
    assert u.tolist() == [[-1.0, pytest.approx(-0.9 + 0.99e-9, abs=1e-12)]]  # where u_0 is held, u_1 is free


def test_functions_of_many_minima_end_in_one_of_them():
    """Also from next to a saddle, which a step of positive curvature would leave only slowly."""
    frames = torch.linalg.qr(normal(500, 3, 3, seed=9)).Q
    matrices = frames * normal(500, 3, seed=10)[:, None, :] @ frames.mT
    problem = Quartics(matrices, torch.zeros(500, 3, dtype=torch.float64), quartic=1.0, width=3.0)
    u = descend(problem, 1e-6 * normal(500, 3, seed=11), torch.full((500,), 1e-10, dtype=torch.float64))
    assert critical(problem, u).max() <= 1e-9
    assert torch.linalg.eigvalsh(problem.look(torch.arange(500), u).bends).min() >= -1e-9
    assert problem.looks <= 100  # 80; dividing by the size of the rows of the Hessian instead takes over 300
