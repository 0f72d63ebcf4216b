"""The nearest point of a graph {[z; h(z)] : z in [-w, w]^d}: projected Newton on all rows at once."""

import torch
from torch import Tensor

from aeeval.manifolds.descent import View, descend
from aeeval.manifolds.sines import Sines

CHUNK = 4096  # rows whose sines fit in a processor's cache
SETTLED = 1e-13


def look(sines: Sines, target: Tensor, z: Tensor) -> View:
    """(n, D), (n, d) -> the view of ½|target - [z; h(z)]|² at z; its bends are those along each sine row."""
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
    moved = (view.u - view.gradient).clamp(-half_width, half_width)
    return torch.linalg.vector_norm(moved - view.u, dim=1)


def nearest(sines: Sines, half_width: float, target: Tensor, start: Tensor) -> Tensor:
    """(n, D), (n, d) -> (n, d): the z of a local minimum of the distance to `target`, downhill from `start`."""
    found = []
    for x, z in zip(target.split(CHUNK), start.split(CHUNK), strict=True):
        tolerance = SETTLED * (half_width + torch.linalg.vector_norm(x, dim=1))
        found.append(descend(_Heights(sines, half_width, x), z, tolerance))
    return torch.cat(found)


class _Heights:
    """Half the squared distances of targets (n, D) from the graph, as functions of z."""

    def __init__(self, sines: Sines, half_width: float, target: Tensor):
        self.sines, self.half_width, self.target = sines, half_width, target
        self.high = torch.tensor(half_width, dtype=torch.float64)
        self.low = -self.high

    def look(self, rows: Tensor, u: Tensor) -> View:
        return look(self.sines, self.target[rows], u)

    def residual(self, view: View) -> Tensor:
        return residual(view, self.half_width)

    def hessian(self, view: View) -> Tensor:
        return self.sines.gram(view.bends)

    def stiffness(self, view: View) -> Tensor:
        """Of the Hessian without the sine rows that bend down."""
        return 1 + view.bends.clamp_min(0) @ self.sines.weights.square()
