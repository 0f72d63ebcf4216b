"""The nearest point of a warped Swiss roll: projected Newton over its chart (t, h), without a search of the roll."""

import torch
from torch import Tensor

from aeeval.manifolds import spiral
from aeeval.manifolds.descent import View, descend
from aeeval.manifolds.foot import SETTLED, Foot

CHUNK = 4096  # rows whose sines fit in a processor's cache


def nearest(foot: Foot, width: float, target: Tensor, start: Tensor) -> Tensor:
    """(n, 3+q), (n, 3) -> (n, 3): the u of a local minimum of the distance to `target`, downhill from `start`."""
    found = []
    for x, u in zip(target.split(CHUNK), start.split(CHUNK), strict=True):
        tolerance = SETTLED * (foot.base.unit + torch.linalg.vector_norm(x, dim=1))
        chart = torch.stack([torch.linalg.vector_norm(u[:, :2], dim=1), u[:, 2]], dim=1)
        problem = _Heights(foot, width, x)
        found.append(_point(descend(problem, chart.clamp(problem.low, problem.high), tolerance)))
    return torch.cat(found)


class _Heights:
    """Half the squared distances of targets (n, 3+q) from [u; h(u)], u = (t cos t, t sin t, h), in terms of (t, h)."""

    def __init__(self, foot: Foot, width: float, target: Tensor):
        self.foot, self.target = foot, target
        self.low = torch.tensor([spiral.START, 0.0], dtype=torch.float64)
        self.high = torch.tensor([spiral.END, width], dtype=torch.float64)

    def look(self, rows: Tensor, u: Tensor) -> View:
        """The bends are the Hessian, and as a third row what it is without all that bends down."""
        view, t = self.foot.look(self.target[rows], _point(u)), u[:, 0]
        forward, aside = spiral.velocity(t), spiral.acceleration(t)
        frame = u.new_zeros(len(u), 2, 3)
        frame[:, 0, :2], frame[:, 1, 2] = forward, 1
        turned = (view.gradient[:, :2] * aside).sum(dim=1)
        hessian = frame @ self.foot.sines.gram(view.turn) @ frame.mT
        hessian[:, 0, 0] += turned
        upward = frame @ self.foot.sines.gram(view.turn.clamp_min(0)) @ frame.mT
        stiffness = upward.diagonal(dim1=1, dim2=2) + torch.nn.functional.pad(turned.clamp_min(0)[:, None], (0, 1))
        gradient = (frame @ view.gradient[:, :, None]).squeeze(2)
        return View(u, view.value, gradient, torch.cat([hessian, stiffness[:, None]], dim=1))

    def residual(self, view: View) -> Tensor:
        """Length of the gradient step in the plane of the sheet that its ends allow."""
        speed = torch.stack([(1 + view.u[:, 0].square()).sqrt(), torch.ones(len(view.u)).to(view.u)], dim=1)
        moved = (view.u - view.gradient / speed.square()).clamp(self.low, self.high)
        return torch.linalg.vector_norm(speed * (moved - view.u), dim=1)

    def hessian(self, view: View) -> Tensor:
        return view.bends[:, :2]

    def stiffness(self, view: View) -> Tensor:
        return view.bends[:, 2]


def _point(u: Tensor) -> Tensor:
    """(n, 2) -> (n, 3)."""
    return torch.cat([spiral.curve(u[:, 0]), u[:, 1:]], dim=1)
