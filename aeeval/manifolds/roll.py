"""The Swiss roll: a flat rectangle, rolled up into a spiral."""

import math

import torch
from torch import Tensor

from aeeval.manifolds import spiral
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.sheet import Sheet
from aeeval.manifolds.validate import positive


def swiss_roll(*, ambient_dim: int = 3, width: float = 21.0, seed: int = 0) -> Embedded:
    """A rectangle rolled into a spiral: near in space is not near along it, though nothing is stretched.

    {(t cos t, t sin t, h) : 1.5π <= t <= 4.5π, 0 <= h <= width}, rotated into R^D by `seed`; uniform in area, by
    inverting the arc length s(t) = (t √(1+t²) + asinh t)/2. Reach: half the distance between the two innermost turns,
    3.1113. Volume 89.3733 · width. embedding_dim 2. Support "box" (lo=0.25, hi=0.75): that part of the arc length,
    over the full width.
    Source: Tenenbaum, de Silva and Langford, A global geometric framework for nonlinear dimensionality reduction, 2000.
    """
    return place(Sheet("swiss-roll", Spiral(), positive("width", width)), ambient_dim, seed)


class Spiral:
    """The Archimedean spiral by its arc length from the inner end; |γ(t)| is t, and so is its angle, but for turns."""

    unit = spiral.START
    knots: tuple[float, ...] = ()

    def __init__(self) -> None:
        ends = spiral.arc_length(torch.tensor([spiral.START, spiral.END], dtype=torch.float64))
        self.first, self.length = ends[0].item(), (ends[1] - ends[0]).item()
        self.reach = spiral.reach()

    def at(self, s: Tensor) -> Tensor:
        return spiral.curve(spiral.parameter(self.first + s).clamp(spiral.START, spiral.END))

    def along(self, p: Tensor) -> Tensor:
        return (spiral.arc_length(self._turn(p)) - self.first).clamp(0, self.length)

    def closest(self, p: Tensor) -> Tensor:
        return spiral.curve(spiral.closest(p))

    def forward(self, p: Tensor) -> Tensor:
        return torch.nn.functional.normalize(spiral.velocity(self._turn(p)), dim=1)

    def _turn(self, p: Tensor) -> Tensor:
        """(n, 2) -> (n,): t by the angle of p, its turns by the radius.

        A step off the curve changes the radius as much as itself, but the arc length of that radius √(1 + t²) times so.
        """
        angle, radius = torch.atan2(p[:, 1], p[:, 0]), torch.linalg.vector_norm(p, dim=1)
        return angle + 2 * math.pi * ((radius - angle) / (2 * math.pi)).round()
