"""Affine orbits of a pattern: moved, grown, turned, stretched and sheared, as pictures, with every derivative."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from aeeval.manifolds import hermite
from aeeval.manifolds.averages import gauss
from aeeval.manifolds.base import Support
from aeeval.manifolds.pictures import Gap, Pictures
from aeeval.manifolds.pose_box import PoseBox
from aeeval.manifolds.shape import Whole
from aeeval.manifolds.validate import positive, real

X, Y, SCALE, ANGLE, STRETCH, SHEAR = range(6)
PLAIN = (0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
_NODES = (8, 8, 4, 0, 4, 4)  # of averages over a coordinate of S
_ANGLES, _MARGIN = 96, 1.001  # angles looked at, and what a maximum over them can be short of


@dataclass(frozen=True)
class Pattern:
    """Hermite coefficients (K',) up to m + n = `order` of what is moved, q in units of `width` pixels."""

    coefficients: Tensor
    order: int
    width: float


class Axis(NamedTuple):
    """One coordinate of the pose: which, its ends, and how many grid points the search for closest pictures takes."""

    kind: int
    low: float
    high: float
    starts: int


class Shown(NamedTuple):
    """Hermite functions at the pixels: `across` (n, M, size); `down` (n, M, size), or (n, M, size, size) if sheared,
    columns first.
    """

    across: Tensor
    down: Tensor


class AffineOrbit(Pictures):
    """{h(R(-θ) L⁻¹ (p - t))} in R^(size²) by some of x, y, λ, θ, a, b; t = (x, y), L = λ [[e^a, 0], [b, e^-a]].

    A map of all the plane keeps products of pictures but for its determinant, so at every pose the metric is λ² times
    that of the pattern itself in the fields that a change of pose moves it by: v Q vᵀ, where Q holds the products of
    the pattern under `hermite.fields`. Where growth is at right angles to all other fields, λ has a constant slope and
    grows along geodesics of constant t, θ, a and b.
    """

    has_boundary, reach_is_exact = True, False
    unit_axis = 0

    def __init__(self, name: str, pattern: Pattern, size: int, axes: tuple[Axis, ...], reach: float):
        self.name, self.pattern, self.pixels, self.reach, self.unit = name, pattern, size, reach, pattern.width
        self.kinds = [axis.kind for axis in axes]
        self.dim, self.ambient_dim = len(axes), size**2
        self.span_dim, self.embedding_dim = self.ambient_dim, (self.dim, self.dim)
        self.parts_dim = self.embedding_dim
        self.topology = "box x circle" if ANGLE in self.kinds else "box"
        self.low = torch.tensor([axis.low for axis in axes], dtype=torch.float64)
        self.high = torch.tensor([axis.high for axis in axes], dtype=torch.float64)
        self.closed = tuple(axis.kind == ANGLE for axis in axes)
        self.resolution = tuple(axis.starts for axis in axes)
        self.lift = 2 if {SCALE, STRETCH, SHEAR} & set(self.kinds) else 1
        corners = self._corners()
        self.greatest_area_element = _MARGIN * self.area_element(corners).max().item()
        steepest = torch.linalg.inv(self.metric(corners)).diagonal(dim1=1, dim2=2).amax(dim=0).sqrt()
        self.speeds = 1 / steepest  # no length along 𝓜 is less than these times a change of the pose
        self.log_volume = self.log_volume_between(self.low, self.high)
        self.absent = {
            "span_dim": "the singular values of soft pictures fall without end: it is an upper bound",
            "proof of the reach": "a search over pairs of poses found no smaller quotient",
        }

    @cached_property
    def products(self) -> Tensor:
        """(6, 6): integrals of products of the pattern under `hermite.fields`, q in its units."""
        moved = hermite.fields(self.pattern.order) @ self.pattern.coefficients
        return moved @ moved.T

    @cached_property
    def around(self) -> Tensor:
        return hermite.turned(self.pattern.coefficients, self.pattern.order)

    def coefficients(self, pose: Tensor) -> Tensor:
        """(n, 6) -> (n, K'): of the pattern as it is turned."""
        if ANGLE not in self.kinds:
            return self.pattern.coefficients.expand(len(pose), -1)
        return hermite.waves(pose[:, ANGLE], self.pattern.order) @ self.around

    def pose(self, u: Tensor) -> Tensor:
        """(n, d) -> (n, 6): all six numbers, those that this orbit does not change as in the pattern."""
        pose = torch.tensor(PLAIN, dtype=torch.float64).repeat(len(u), 1)
        pose[:, self.kinds] = u
        return pose

    def shown(self, pose: Tensor, order: int) -> Shown:
        x, y, scale, _, stretch, shear = (pose[:, kind, None] for kind in range(6))
        pixel = torch.arange(self.pixels, dtype=torch.float64) - (self.pixels - 1) / 2
        unit = self.pattern.width * scale
        across, down = (pixel - x) / (unit * stretch.exp()), (pixel - y) / unit * stretch.exp()
        if SHEAR in self.kinds:
            down = down[:, None] - (shear * (pixel - x) / unit)[:, :, None]
        return Shown(*(hermite.functions(q, order).movedim(0, 1) for q in (across, down)))

    def drawn(self, packed: Tensor, shown: Shown, order: int) -> Tensor:
        """(n, k, K') -> (n, k, size, size): pictures of k patterns at each pose."""
        size = order + 1
        half = hermite.square(packed, order).mT @ shown.across[:, None, :size]  # (n, k, M of down, columns)
        if shown.down.ndim == 3:
            return shown.down[:, None, :size].mT @ half
        return torch.einsum("nkmx,nmxy->nkyx", half, shown.down[:, :size])

    def moments(self, picture: Tensor, shown: Shown, order: int) -> Tensor:
        """(n, size, size) -> (n, K'): sums over the pixels of a picture times φ_m φ_n."""
        if shown.down.ndim == 3:
            half = shown.down @ picture
        else:
            half = torch.einsum("nyx,nmxy->nmx", picture, shown.down)
        return hermite.packed((half @ shown.across.mT).mT, order)

    def point(self, u: Tensor) -> Tensor:
        pose, order = self.pose(u.reshape(-1, self.dim)), self.pattern.order
        picture = self.drawn(self.coefficients(pose)[:, None], self.shown(pose, order), order)
        return picture.reshape(*u.shape[:-1], self.ambient_dim)

    def first(self, u: Tensor) -> Tensor:
        pose, order = self.pose(u), self.pattern.order + self.lift
        moved = velocities(pose, self.pattern.width)[:, self.kinds] @ self._moved(self.coefficients(pose), 1)
        return self.drawn(moved, self.shown(pose, order), order).flatten(2)

    def _moved(self, coefficients: Tensor, times: int) -> Tensor:
        """(n, K') -> (n, 6, K'(order + lift)): under every field; those that raise the order more are not used."""
        return (coefficients @ self._fields(times).flatten(0, 1).T).unflatten(1, (6, -1))

    def _fields(self, times: int) -> Tensor:
        """The fields of what has been lifted `times` - 1 times."""
        order = self.pattern.order + (times - 1) * self.lift
        return hermite.fields(order)[:, : hermite.count(order + self.lift)]

    def gap(self, u: Tensor, target: Tensor) -> Gap:
        """By products of the gap with the pattern under one field, and under two."""
        pose, order = self.pose(u), self.pattern.order
        shown, coefficients = self.shown(pose, order + 2 * self.lift), self.coefficients(pose)
        picture = self.drawn(coefficients[:, None], shown, order)[:, 0] - target.unflatten(1, (self.pixels, -1))
        moments, moved = self.moments(picture, shown, order + 2 * self.lift), self._moved(coefficients, 1)
        once = (moved @ moments[:, : moved.shape[2], None]).squeeze(2)
        back = (moments @ self._fields(2).movedim(1, 0).flatten(1)).unflatten(1, (6, -1))
        first, second = velocities(pose, self.pattern.width), accelerations(pose, self.pattern.width)
        curved = torch.einsum("njik,nk->nji", second, once) + first @ (back @ moved.mT) @ first.mT
        curved[:, :, ANGLE] = curved[:, ANGLE] = curved[:, :, ANGLE].clone()  # turned first: it is the inner field
        return Gap(
            picture, (first @ once[:, :, None]).squeeze(2)[:, self.kinds], curved[:, self.kinds][:, :, self.kinds]
        )

    def metric(self, u: Tensor) -> Tensor:
        pose = self.pose(u)
        first = velocities(pose, self.pattern.width)[:, self.kinds] @ turning(pose[:, ANGLE])
        size = (self.pattern.width * pose[:, SCALE]).square()
        return size[:, None, None] * first @ self.products @ first.mT

    def area_element(self, u: Tensor) -> Tensor:
        return torch.linalg.det(self.metric(u)).sqrt()

    def log_volume_between(self, low: Tensor, high: Tensor) -> float:
        u, weight = self._nodes(low, high, moving=False)
        return (weight @ self.area_element(u)).log().item()

    def boundary_distance(self, m: Tensor) -> Tensor:
        u = self.chart(m)
        room = self.speeds * torch.minimum(u - self.low, self.high - u)
        return room[:, ~torch.tensor(self.closed)].amin(dim=1).clamp_min(0)

    def centroid_and_scale(self, low: Tensor, high: Tensor) -> tuple[Tensor, float]:
        """Of a box of the chart: the mean over angles is that of coefficients, as no weight depends on both."""
        u, weight = self._nodes(low, high, moving=True)
        pose, order = self.pose(u), self.pattern.order
        weight = weight * self.area_element(u)
        mean = torch.zeros(self.ambient_dim, dtype=torch.float64)
        for part, share in zip(pose.split(1024), (weight / weight.sum()).split(1024), strict=True):
            drawn = self.drawn(self._mean_coefficients().expand(len(part), 1, -1), self.shown(part, order), order)
            mean += share @ drawn.flatten(1)
        energy = self.pattern.coefficients.square().sum() * self.pattern.width**2
        squares = energy * (weight @ pose[:, SCALE].square() / weight.sum())
        return mean, math.sqrt(squares - mean.square().sum())

    def _mean_coefficients(self) -> Tensor:
        if ANGLE not in self.kinds:
            return self.pattern.coefficients
        u = self.low.repeat(_ANGLES, 1)
        u[:, self.kinds.index(ANGLE)] = angles()
        weight = self.area_element(u)
        return (weight / weight.sum()) @ self.coefficients(self.pose(u))

    def _nodes(self, low: Tensor, high: Tensor, moving: bool) -> tuple[Tensor, Tensor]:
        """(k, d), (k,): nodes and weights of a box; of one place alone unless `moving`, of one angle alone if so."""
        nodes, weights = [], []
        for kind, first, last in zip(self.kinds, low.tolist(), high.tolist(), strict=True):
            if kind == ANGLE:
                node = angles()[: 1 if moving else _ANGLES]
                weight = torch.full((len(node),), 2 * math.pi / len(node), dtype=torch.float64)
            else:
                node, share = gauss(first, last, _NODES[kind] if moving or kind > Y else 1)
                weight = (last - first) * share
            nodes.append(node)
            weights.append(weight)
        grids = torch.meshgrid(*weights, indexing="ij")
        return _product(nodes), torch.stack(grids).prod(dim=0).flatten()

    def _corners(self) -> Tensor:
        """(k, d): the corners of the box, at every angle looked at."""
        ends = zip(self.kinds, self.low, self.high, strict=True)
        return _product([angles() if kind == ANGLE else torch.stack([low, high]) for kind, low, high in ends])

    def whole(self) -> Whole:
        return Whole(self, *self.centroid_and_scale(self.low, self.high))

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        found: dict[str, Callable[..., Support]] = {"all": self.whole}
        if SCALE in self.kinds:
            found["small"] = self._small
        if set(self.kinds) <= {X, Y, SCALE} or SCALE not in self.kinds:
            found["middle"] = self._middle
        return found

    def _small(self, scale: float | None = None) -> PoseBox:
        axis, high = self.kinds.index(SCALE), self.high.clone()
        most = high[axis].item()
        high[axis] = 1 + 0.6 * (most - 1) if scale is None else real("scale", scale, math.nextafter(1.0, 2.0), most)
        return PoseBox(self, "small", (axis,), self.low, high)

    def _middle(self, half_width: float | None = None) -> PoseBox:
        axes = tuple(self.kinds.index(kind) for kind in (X, Y) if kind in self.kinds)
        low, high, most = self.low.clone(), self.high.clone(), self.high[axes[0]].item()
        inner = 0.6 * most if half_width is None else positive("half_width", half_width, high=most)
        low[list(axes)], high[list(axes)] = -inner, inner
        return PoseBox(self, "middle", axes, low, high)


def angles() -> Tensor:
    """(96,) evenly spread angles in [-π, π)."""
    return 2 * math.pi * torch.arange(_ANGLES, dtype=torch.float64) / _ANGLES - math.pi


def turning(angle: Tensor) -> Tensor:
    """(n,) -> (n, 6, 6): the fields on a turned pattern as fields on the pattern itself."""
    one, none = torch.ones_like(angle), torch.zeros_like(angle)
    blocks = [_turn(angle), torch.diag_embed(torch.stack([one, one], dim=1)), _turn(2 * angle)]
    rows = none[:, None, None].repeat(1, 6, 6)
    for place, block in enumerate(blocks):
        rows[:, 2 * place : 2 * place + 2, 2 * place : 2 * place + 2] = block
    return rows


def _turn(angle: Tensor) -> Tensor:
    cosine, sine = angle.cos(), angle.sin()
    return torch.stack([cosine, -sine, sine, cosine], dim=-1).unflatten(-1, (2, 2))


def velocities(pose: Tensor, width: float) -> Tensor:
    """(n, 6) -> (n, 6, 6): by which fields of `hermite.fields` a change of each number moves the turned pattern."""
    _, _, scale, _, stretch, shear = pose.T
    grown, unit = stretch.exp(), 1 / (width * scale)
    v = pose.new_zeros(len(pose), 6, 6)
    v[:, X, 0], v[:, X, 1], v[:, Y, 1] = -unit / grown, unit * shear, -unit * grown
    v[:, SCALE, 2], v[:, ANGLE, 3] = -1 / scale, 1.0
    v[:, STRETCH, 3], v[:, STRETCH, 4], v[:, STRETCH, 5] = -shear * grown / 2, -1.0, shear * grown / 2
    v[:, SHEAR, 3], v[:, SHEAR, 5] = grown / 2, -grown / 2
    return v


def accelerations(pose: Tensor, width: float) -> Tensor:
    """(n, 6) -> (n, 6, 6, 6): derivatives of `velocities` by each number, which comes first."""
    _, _, scale, _, stretch, shear = pose.T
    grown, unit = stretch.exp(), 1 / (width * scale)
    w, v = pose.new_zeros(len(pose), 6, 6, 6), velocities(pose, width)
    w[:, SCALE, :3] = -v[:, :3] / scale[:, None, None]
    w[:, STRETCH, X, 0], w[:, STRETCH, Y, 1] = unit / grown, -unit * grown
    w[:, STRETCH, STRETCH, 3], w[:, STRETCH, STRETCH, 5] = -shear * grown / 2, shear * grown / 2
    w[:, STRETCH, SHEAR] = v[:, SHEAR]
    w[:, SHEAR, X, 1] = unit
    w[:, SHEAR, STRETCH, 3], w[:, SHEAR, STRETCH, 5] = -grown / 2, grown / 2
    return w


def _product(nodes: list[Tensor]) -> Tensor:
    return torch.stack(torch.meshgrid(*nodes, indexing="ij"), dim=-1).reshape(-1, len(nodes))
