"""Sets of mixed dimension: a disc on a stick, and a line, a disc and a ball."""

from collections.abc import Callable, Mapping

import torch

from aeeval.errors import GeometryError, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.solid import Solid
from aeeval.manifolds.union import Union
from aeeval.manifolds.validate import positive


def lollipop(*, ambient_dim: int | None = None, radius: float = 1.0, length: float = 2.0, seed: int = 0) -> Embedded:
    """A disc on a stick: dimension 2 and dimension 1, joined at a point.

    {x in R² : |x| <= R} and [R, R + length] × {0}, in a plane that `seed` turns into R^D; two thirds of all points on
    the disc, a third on the stick. Reach 0, as points beside the joint have two closest ones; `local_reach` elsewhere.
    Volume (area) π R². embedding_dim 2. Support "gap" (width=1.0): the stick without a piece of that width in its
    middle; distances run along the stick. The dot of dimension 0 that some draw at the end of the stick is left out: it
    has no direction along which anything could be kept or lost.
    Source: P. Tempczyk et al., LIDL: local intrinsic dimension estimation using approximate likelihood, 2022.
    """
    return place(Lollipop(positive("radius", radius), positive("length", length)), ambient_dim, seed)


class Lollipop(Union):
    """The disc about the origin of R² and the stick along the first axis."""

    name = "lollipop"

    def __init__(self, radius: float, length: float):
        self.length = length
        axes = torch.eye(2, dtype=torch.float64)
        disc = Embedded(Solid(2, radius), axes, 0 * axes[0])
        stick = Embedded(Solid(1, length / 2), axes[:, :1], (radius + length / 2) * axes[0])
        super().__init__([disc, stick], [2.0, 1.0], gap=0.0)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "gap": self._gap}

    def _gap(self, width: float = 1.0) -> Support:
        disc, stick = self.components
        return self.over("gap", [disc.support(), _without_middle(stick, width, self.length)])


def line_disc_ball(*, ambient_dim: int | None = None, radius: float = 1.0, gap: float = 1.0, seed: int = 0) -> Embedded:
    """A line, a disc and a ball apart from each other: dimensions 1, 2 and 3 in one data set.

    In R³, turned into R^D by `seed`: the ball |x| <= R, the disc of radius R at x₁ = R + gap and a line of length 2R
    at x₁ = R + 2 gap, both across the first axis; each is drawn equally often. Reach gap/2, as all parts are convex.
    Volume 4π R³/3, that of the ball. embedding_dim 3. Supports "core" (share=0.6): the part of each within that share
    of R from its centre; "gap" (width=1.0): the line without a piece of that width in its middle.
    Source: after lineDiskBall of J. Bac et al., Scikit-dimension: a Python package for intrinsic dimension estimation,
    2021.
    """
    return place(LineDiscBall(positive("radius", radius), positive("gap", gap)), ambient_dim, seed)


class LineDiscBall(Union):
    """The three parts in R³, in the order of their name."""

    name = "line-disc-ball"

    def __init__(self, radius: float, gap: float):
        self.radius = radius
        axes = torch.eye(3, dtype=torch.float64)
        line = Embedded(Solid(1, radius), axes[:, 2:], (radius + 2 * gap) * axes[0])
        disc = Embedded(Solid(2, radius), axes[:, 1:], (radius + gap) * axes[0])
        ball = Embedded(Solid(3, radius), axes, 0 * axes[0])
        super().__init__([line, disc, ball], [1.0, 1.0, 1.0], gap)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "core": self._core, "gap": self._gap}

    def _core(self, share: float = 0.6) -> Support:
        outer = positive("share", share, high=1) * self.radius
        return self.over("core", [part.support("shell", outer=outer) for part in self.components])

    def _gap(self, width: float = 1.0) -> Support:
        line, disc, ball = self.components
        return self.over("gap", [_without_middle(line, width, 2 * self.radius), disc.support(), ball.support()])


def _without_middle(line: Embedded, width: float, length: float) -> Support:
    if positive("width", width) >= length:
        raise GeometryError(message(f"width < {length:g}, the length", f"{width:g}", "leave something at both ends"))
    return line.support("shell", inner=width / 2, outer=length / 2)
