"""Blobs: m soft spots, each with its own brightness and free in a cell of its own, as pictures."""

import math
from collections.abc import Callable, Mapping
from functools import cached_property

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds import blobs
from aeeval.manifolds.averages import gauss
from aeeval.manifolds.base import Support
from aeeval.manifolds.descent import descend
from aeeval.manifolds.pictures import Gap, Pictures, PoseSearch, minima
from aeeval.manifolds.pose_box import PoseBox
from aeeval.manifolds.rendered import Rendered
from aeeval.manifolds.search import SETTLED, Search
from aeeval.manifolds.shape import Whole
from aeeval.manifolds.validate import integer, positive

WIDTH, APART = 1.4, 12.0  # pixels: of a blob, and between the places of two
FAINTEST = 0.7  # weight of the last blob, where that of the first is 1
_STEP, _NODES, _STARTS = 1.0, 20, 3


def free_blobs(*, count: int = 3, size: int = 32, half_width: float = 2.0, seed: int = 0) -> Rendered:
    """Soft spots that move one by one, no two alike: pictures of any even dimension, flat and in closed form.

    {Σ_j w_j exp(-|p - c_j|²/2s²)} on size x size pixels, s = 1.4 of them: c_j = its own place + (x_j, y_j), |x_j|,
    |y_j| <= half_width; weights w_j fall evenly from 1 to 0.7, so no swap is a symmetry; d = 2 count. Places stand
    12 pixels apart or more, so blobs never meet: the metric is Σ w_j² π/2 (dx_j² + dy_j²), on which lengths are known,
    up to 1e-6 of them. Reach w s √(π/3) with the least w: as of pulses, two near places of the faintest blob attain
    it. Volume Π_j 2π w_j² half_width². embedding_dim d. Supports: "middle" (half_width=0.6 of it): |x_j|, |y_j| <=
    half_width; "first" (half_width): the first blob there, the others anywhere. A picture has its own axes: `seed`
    turns nothing.
    Source: the closed form is ours; blobs that interact are those of the bouncing balls of I. Sutskever, G. Hinton
    and G. Taylor, The recurrent temporal restricted Boltzmann machine, 2008.
    """
    del seed
    number, pixels = integer("count", count, 1), integer("size", size, 1)
    sides = math.ceil(math.sqrt(number))
    room = (pixels / sides - APART) / 2
    if room <= 0:
        raise GeometryError(
            message(f"{sides} cells of over {APART:g} pixels a side", f"size {pixels}", "raise size, or lower count")
        )
    return Rendered(FreeBlobs(number, pixels, positive("half_width", half_width, high=room)), (1, pixels, pixels))


class FreeBlobs(Pictures):
    """{Σ_j w_j b(c_j)} in R^(size²), by the chart (x_1, y_1, x_2, ...).

    Blobs of different cells are at right angles to each other with all their derivatives, so distances and reach are
    those of each blob for itself. For one, of energy E = π s² w², with ρ = exp(-δ²/2), δ = |t|/√2 s at a way t apart,
    |b' - b|² = 2E (1 - ρ), of which E ρ² δ² lie along t, which the box lets go on. Federer's quotient is at least
    √(E/3), as 2 (1 - ρ) - ρ² δ² <= 3 (1 - ρ)²: with z = 1 - ρ their difference has the derivative 4 (1 - z) log(1 - z)
    + 4z >= 0. It tends there with t to 0.
    """

    name, topology = "blobs", "box"
    has_boundary, reach_is_exact = True, True

    def __init__(self, count: int, size: int, half_width: float):
        self.pixels, self.half_width = size, half_width
        self.dim = self.unit_axis = 2 * count
        self.embedding_dim = self.parts_dim = (self.dim, self.dim)
        self.closed = (False,) * self.dim
        self.ambient_dim = self.span_dim = size**2
        self.weight = torch.linspace(1, FAINTEST if count > 1 else 1, count, dtype=torch.float64)
        self.width, self.unit = torch.full((count,), WIDTH, dtype=torch.float64), WIDTH
        self.places = cells(count, size)
        self.energy = math.pi * WIDTH**2 * self.weight.square()
        self.reach = (self.energy.min() / 3).sqrt().item()
        self.speeds = (math.sqrt(math.pi / 2) * self.weight).repeat_interleave(2)
        self.high = torch.full((self.dim,), half_width, dtype=torch.float64)
        self.low = -self.high
        self.resolution = (2 + math.ceil(2 * half_width / _STEP - 1e-9),) * 2  # of one blob
        self.greatest_area_element = self.speeds.prod().item()
        self.log_volume = self.log_volume_between(self.low, self.high)
        self.absent = {"span_dim": "the singular values of soft pictures fall without end: it is an upper bound"}

    def log_volume_between(self, low: Tensor, high: Tensor) -> float:
        return (self.speeds.log() + (high - low).log()).sum().item()

    def point(self, u: Tensor) -> Tensor:
        rows = u.reshape(-1, self.dim)
        return blobs.rendered(self.weight, self.spots(rows)).reshape(*u.shape[:-1], self.ambient_dim)

    def spots(self, u: Tensor) -> blobs.Profiles:
        """(n, d) -> (n, J): where the blobs are."""
        centre = self.places + u.unflatten(1, (-1, 2))
        return blobs.profiles(self.pixels, centre, self.width.expand(len(u), -1))

    @cached_property
    def moves(self) -> Tensor:
        """(d, J, 3): derivatives of (c_x, c_y, log s) of all blobs by the pose."""
        count = len(self.weight)
        first = torch.zeros(count, 2, count, 3, dtype=torch.float64)
        for axis in (0, 1):
            first[:, axis, :, axis] = torch.eye(count)
        return first.flatten(0, 1)

    def first(self, u: Tensor) -> Tensor:
        return blobs.slopes(self.weight, self.moves.expand(len(u), -1, -1, -1), self.spots(u)).flatten(2)

    def gap(self, u: Tensor, target: Tensor) -> Gap:
        shown = self.spots(u)
        picture = blobs.rendered(self.weight, shown) - target.unflatten(1, (self.pixels, self.pixels))
        slope, bend = blobs.pulls(self.weight, picture, shown)
        own = torch.einsum("njab,jk->njakb", bend[:, :, :2, :2], torch.eye(len(self.weight), dtype=torch.float64))
        return Gap(picture, slope[:, :, :2].flatten(1), own.flatten(3).flatten(1, 2))

    def metric(self, u: Tensor) -> Tensor:
        return torch.diag_embed(self.speeds.square()).expand(len(u), -1, -1)

    def area_element(self, u: Tensor) -> Tensor:
        return self.speeds.prod().expand(len(u))

    @cached_property
    def search(self) -> Search:
        return CellSearch(self)

    def boundary_distance(self, m: Tensor) -> Tensor:
        return (self.speeds * (self.half_width - self.chart(m).abs())).amin(dim=1).clamp_min(0)

    def sample_over(self, low: Tensor, high: Tensor, n: int, generator: Generator) -> Tensor:
        share = torch.rand(n, self.dim, generator=generator, dtype=torch.float64)
        return self.point(low + (high - low) * share)

    def centroid_and_scale(self, low: Tensor, high: Tensor) -> tuple[Tensor, float]:
        """Of a box of the chart: the mean of a blob is a product of mean profiles."""
        along, share = gauss(-1.0, 1.0, _NODES)
        steps = (high + low) / 2 + (high - low) / 2 * along[:, None]
        shown = self.spots(steps)
        across, down = (torch.einsum("k,kjp->jp", share, part[:, :, 0]) for part in (shown.across, shown.down))
        mean = torch.einsum("j,jy,jx->yx", self.weight, down, across).flatten()
        return mean, math.sqrt(self.energy.sum() - mean.square().sum())

    def whole(self) -> Whole:
        return Whole(self, *self.centroid_and_scale(self.low, self.high))

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self.whole, "first": self._first, "middle": self._middle}

    def _first(self, half_width: float | None = None) -> PoseBox:
        return self._inner("first", (0, 1), half_width)

    def _middle(self, half_width: float | None = None) -> PoseBox:
        return self._inner("middle", tuple(range(self.dim)), half_width)

    def _inner(self, name: str, axes: tuple[int, ...], half_width: float | None) -> PoseBox:
        most = self.half_width
        high = self.high.clone()
        high[list(axes)] = 0.6 * most if half_width is None else positive("half_width", half_width, high=most)
        return PoseBox(self, name, axes, -high, high)


class CellSearch(PoseSearch):
    """The closest picture, blob by blob, as they do not meet; what little they do is settled together at last."""

    shape: FreeBlobs

    def __init__(self, shape: FreeBlobs):
        self.shape = shape
        axes = [torch.linspace(-shape.half_width, shape.half_width, n, dtype=torch.float64) for n in shape.resolution]
        self.grid = torch.cartesian_prod(*axes)
        self.shown = shape.spots(self.grid.repeat(1, len(shape.weight)))

    def _nearest(self, x: Tensor) -> Tensor:
        """Downhill from the lowest minima of every blob on its grid, all blobs at once; then the best of every blob."""
        picture = x.unflatten(1, (self.shape.pixels, self.shape.pixels))
        down, across = (part[:, :, 0] for part in (self.shown.down, self.shown.across))
        shadow = -torch.einsum("njyk,kjy->njk", torch.einsum("nyx,kjx->njyk", picture, across), down)
        low = minima(shadow.reshape(-1, *self.shape.resolution), (False, False)).reshape_as(shadow)
        least = shadow.masked_fill(~low, torch.inf).topk(_STARTS, dim=2, largest=False)
        cells = torch.where(least.values.isfinite(), least.indices, least.indices[..., :1])
        starts = self.grid[cells].transpose(1, 2).flatten(2)  # (n, starts, d)
        rows = torch.arange(len(x)).repeat_interleave(_STARTS)
        found = self._descended(x[rows], starts.flatten(0, 1)).unflatten(0, (-1, _STARTS))
        return self._descended(x, self._best_of_each(picture, found))

    def _best_of_each(self, picture: Tensor, found: Tensor) -> Tensor:
        """(n, size, size), (n, starts, d) -> (n, d)."""
        shown = self.shape.spots(found.flatten(0, 1))
        down, across = (part[:, :, 0].unflatten(0, found.shape[:2]) for part in (shown.down, shown.across))
        value = torch.einsum("nkjy,nkjy->nkj", torch.einsum("nyx,nkjx->nkjy", picture, across), down)
        best = value.argmax(dim=1)[:, None, :, None].expand(-1, -1, -1, 2)
        return found.unflatten(2, (-1, 2)).gather(1, best).flatten(1)

    def _descended(self, x: Tensor, start: Tensor) -> Tensor:
        tolerance = SETTLED * (self.shape.unit + torch.linalg.vector_norm(x, dim=1))
        return descend(self.problem(x), start, tolerance)


def cells(count: int, size: int) -> Tensor:
    """(J, 2): places from the middle of the picture, in the cells of a square, those of its diagonal first."""
    sides = math.ceil(math.sqrt(count))
    order = sorted(((x - y) % sides, y, x) for x in range(sides) for y in range(sides))[:count]
    place = torch.tensor([[x, y] for _, y, x in order], dtype=torch.float64)
    return (place - (sides - 1) / 2) * (size / sides)
