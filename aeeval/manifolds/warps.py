"""The registered warps: of spheres and of the Swiss roll."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from aeeval.manifolds import roll_descent
from aeeval.manifolds.averages import Rule, box_rule, cap_rule
from aeeval.manifolds.base import Support
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.roll import Spiral
from aeeval.manifolds.sheet import Sheet
from aeeval.manifolds.sines import Sines, row_amplitude, spread_directions
from aeeval.manifolds.sphere import Sphere
from aeeval.manifolds.validate import integer, positive
from aeeval.manifolds.warp import Warped
from aeeval.manifolds.warp_support import WarpedSupport


def warped_sphere(
    *,
    dim: int = 2,
    ambient_dim: int | None = None,
    radius: float = 1.0,
    amplitude: float = 0.3,
    frequency: float = 3.0,
    seed: int = 0,
) -> Embedded:
    """A sphere lifted into every dimension by sines: its topology with no linear map that holds it in few dimensions.

    {Q [u; a sin(ω W u)] : |u| = R}, W (D-d-1, d+1) with spread rows of unit length, a = amplitude/√(D-d-1), W and Q by
    `seed`; D defaults to 2d + 2. Reach >= 1/(H + L/R), H = a ω² ‖W‖₂ and L = √(1 + (aω‖W‖₂)²). Volume by quadrature,
    its error in `absent` where it exceeds 1e-9. embedding_dim d + 1; d for the support "cap" (angle=1.0 rad), the part
    above that cap. Geodesics are absent: a warp does not keep them.
    Source: the bound follows from H. Federer, Curvature measures, 1959, theorem 4.18.
    """
    sphere = Sphere(integer("dim", dim, 1), positive("radius", radius))
    size = 2 * sphere.span_dim if ambient_dim is None else ambient_dim
    return place(WarpedSphere(sphere, _sines(sphere.span_dim, size, amplitude, frequency, seed)), size, seed)


class WarpedSphere(Warped):
    """The points of the graph of a sum of sines above a sphere."""

    base: Sphere

    def __init__(self, sphere: Sphere, sines: Sines):
        super().__init__("warped-sphere", sphere, sines, _cap_rule(sphere, math.pi))

    def bend(self, u: Tensor, vectors: Tensor, frame: Tensor) -> Tensor:
        """II(t, t') = -⟨t, t'⟩ u / R²."""
        curvature = -(u * vectors).sum(dim=1) / self.base.radius**2
        return torch.diag_embed(curvature[:, None].expand(-1, self.dim))

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "cap": self._cap}

    def _cap(self, angle: float = 1.0) -> Support:
        return WarpedSupport(self, self.base.support("cap", angle=angle), _cap_rule(self.base, angle))


def warped_roll(
    *,
    ambient_dim: int = 6,
    width: float = 21.0,
    amplitude: float = 3.0,
    frequency: float = 0.3,
    seed: int = 0,
) -> Embedded:
    """The Swiss roll lifted into every dimension by sines: no longer flat, and no longer in a space of dimension 3.

    {Q [u; a sin(ω W u)] : u on the roll}, W (D-3, 3) with spread rows of unit length, a = amplitude/√(D-3), W and Q by
    `seed`. Reach >= 1/(H + L/3.1113), H = a ω² ‖W‖₂ and L = √(1 + (aω‖W‖₂)²). Volume by quadrature, its error in
    `absent` where it exceeds 1e-9. embedding_dim 2. Support "box" (lo=0.25, hi=0.75): the part above that box of the
    roll. Geodesics are absent: a warp does not keep them.
    Source: the bound follows from H. Federer, Curvature measures, 1959, theorem 4.18.
    """
    roll = Sheet("swiss-roll", Spiral(), positive("width", width))
    return place(WarpedRoll(roll, _sines(roll.span_dim, ambient_dim, amplitude, frequency, seed)), ambient_dim, seed)


class WarpedRoll(Warped):
    """The points of the graph of a sum of sines above the Swiss roll."""

    base: Sheet

    def __init__(self, roll: Sheet, sines: Sines):
        super().__init__("warped-roll", roll, sines, _roll_rule(roll, 0.0, 1.0))

    def descended(self, x: Tensor, u: Tensor) -> Tensor:
        return roll_descent.nearest(self.foot, self.base.width, x, u)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "box": self._box}

    def _box(self, lo: float = 0.25, hi: float = 0.75) -> Support:
        return WarpedSupport(self, self.base.support("box", lo=lo, hi=hi), _roll_rule(self.base, lo, hi))


def _sines(least: int, ambient_dim: int, amplitude: float, frequency: float, seed: int) -> Sines:
    count = integer("ambient_dim", ambient_dim, least + 1) - least
    height = row_amplitude(positive("amplitude", amplitude), count)
    return Sines(spread_directions(count, least, seed), height, positive("frequency", frequency))


def _cap_rule(sphere: Sphere, angle: float) -> Rule:
    def rule(order: int) -> tuple[Tensor, Tensor]:
        nodes, weights = cap_rule(sphere.dim, angle, order)
        return sphere.radius * nodes, weights

    return rule


def _roll_rule(roll: Sheet, lo: float, hi: float) -> Rule:
    def rule(order: int) -> tuple[Tensor, Tensor]:
        shares, weights = box_rule(order)
        return roll.at(lo + (hi - lo) * shares[:, 0], shares[:, 1]), weights

    return rule
