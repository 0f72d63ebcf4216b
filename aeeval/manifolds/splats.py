"""Splats: a solid cloud of soft spots in every pose, seen from the front, as pictures: the rotations of space."""

import math
from collections.abc import Callable, Mapping
from functools import cached_property

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, Skipped, message
from aeeval.manifolds import blobs
from aeeval.manifolds.averages import gauss
from aeeval.manifolds.base import GEODESICS, Support
from aeeval.manifolds.rejection import accepted
from aeeval.manifolds.rendered import Rendered
from aeeval.manifolds.shape import Shape, Whole, within
from aeeval.manifolds.so3 import Rotations, matrices
from aeeval.manifolds.sphere import directions
from aeeval.manifolds.turn_search import TurnSearch
from aeeval.manifolds.validate import ON, integer, positive

LEAST_SIZE = 32
WIDTH, NEARER = 1.7 / 32, 0.07  # of a spot, as a share of the picture; growth of its logarithm by its own width forward
# x, y, z in widths of a spot, and weight: of random clouds that were climbed from, the one of greatest reach.
CLOUD = (
    (-2.2977, 1.2994, -2.0718, 0.3887),
    (-1.0019, -2.2237, -2.2391, 0.445),
    (2.4575, -1.899, 0.7608, 0.5228),
    (-0.2415, 0.7974, 3.0291, 0.4496),
    (0.4771, 2.8687, 0.1913, 0.3841),
    (-0.517, 0.4266, -0.7863, 0.0398),
)
QUOTIENT = 0.09  # in widths of a spot: 3 % under the least of |y - x|² / (2 dist(y - x, T_x)) that a search has found
_POLAR, _CAP_POLAR, _TURNS, _STEPS = 32, 24, 36, 16  # of averages over sides, turns in the picture and angles
_MARGIN = 1.01  # on the bounds of the metric that its extremes over a grid of directions give
_SPEED = math.sqrt(2)  # of a rotation by one radian, as `Rotations` measures it
NO_GEODESICS = "the metric changes with the side that is seen: lengths lie between two multiples of the angle turned"


def splats(*, size: int = 32, seed: int = 0) -> Rendered:
    """A cloud of soft spots without symmetry, turned in space and seen from the front: the pose of a body, d = 3.

    {Σ_j w_j exp(-|p - c_j|²/2s_j²)} on size x size pixels, s = 0.053 size: c_j = s (x, y), s_j = s exp(0.07 z) of R
    p_j, (x, y, z), so what is nearer is larger, and no side looks like the one behind. The metric is that of the
    pictures, unlike that of rotations: it changes with the side that is seen, but turns in the picture keep it, up to
    2e-6 of areas. Volume by quadrature over sides, to 1e-5. Reach 0.0048 size, a numerical lower bound by a search
    over pairs of poses, not a proof. embedding_dim 5. Support "cap" (angle=1.5 rad): rotations by at most that angle,
    of embedding_dim 3; distances to it are known between two bounds only. A picture has its own axes: `seed` turns
    nothing.
    Source: isotropic splats as in B. Kerbl et al., 3D Gaussian splatting, 2023, seen along parallel rays.
    """
    del seed
    count = integer("size", size, LEAST_SIZE)
    return Rendered(Splats(count), (1, count, count))


class Splats(Shape):
    """{picture of the cloud turned by R} in R^(size²), R in SO(3); a chart is R, row by row (n, 9)."""

    name, topology = "splats", "projective space"
    dim, embedding_dim = 3, (5, 5)
    has_boundary, reach_is_exact = False, False

    def __init__(self, size: int):
        self.pixels, self.ambient_dim, self.span_dim = size, size**2, size**2
        cloud = torch.tensor(CLOUD, dtype=torch.float64)
        self.width, self.places, self.weight = WIDTH * size, cloud[:, :3], cloud[:, 3]
        self.unit, self.reach = self.width, QUOTIENT * self.width
        self.turns = Rotations()
        self.absent = {
            "span_dim": "the singular values of soft pictures fall without end: it is an upper bound",
            "proof of the reach": "a search over pairs of poses found no smaller quotient",
            GEODESICS: NO_GEODESICS,
        }

    @cached_property
    def log_volume(self) -> float:  # type: ignore[override]
        return self.sides[1].sum().log().item()

    @cached_property
    def greatest_area_element(self) -> float:
        return _MARGIN * self.area_element(self.sides[0]).max().item()

    @cached_property
    def stretch(self) -> tuple[float, float]:
        """The least and the greatest length that a picture moves by as the cloud turns by one radian."""
        squares = torch.linalg.eigvalsh(self.metric(self.sides[0]))
        return squares.min().sqrt().item() / _MARGIN, squares.max().sqrt().item() * _MARGIN

    def spots(self, body: Tensor) -> blobs.Profiles:
        """(n, J, 3) places of the cloud, in widths."""
        return blobs.profiles(self.pixels, self.width * body[..., :2], self.width * (NEARER * body[..., 2]).exp())

    def turned(self, turn: Tensor) -> Tensor:
        """(n, 9) -> (n, J, 3)."""
        return self.places @ matrices(turn).mT

    def moves(self, change: Tensor) -> Tensor:
        """(..., 3), changes of places in widths, as those of (c_x, c_y, log s)."""
        return change * change.new_tensor([self.width, self.width, NEARER])

    def point(self, turn: Tensor) -> Tensor:
        return blobs.rendered(self.weight, self.spots(self.turned(turn))).flatten(1)

    def first(self, turn: Tensor) -> Tensor:
        """(n, 9) -> (n, 3, size²): derivatives by turns about the axes of the picture and its normal, in radians."""
        body = self.turned(turn)
        axes = torch.eye(3, dtype=torch.float64)[:, None]
        change = torch.linalg.cross(axes.expand(len(body), 3, body.shape[1], 3), body[:, None].expand(-1, 3, -1, -1))
        return blobs.slopes(self.weight, self.moves(change), self.spots(body)).flatten(2)

    def metric(self, turn: Tensor) -> Tensor:
        """(n, 9) -> (n, 3, 3), by radians of turn."""
        return torch.cat([frame @ frame.mT for frame in map(self.first, turn.split(1024))])

    def area_element(self, turn: Tensor) -> Tensor:
        """(n, 9) -> (n,): volume for a unit of rotations in radians."""
        return torch.linalg.det(self.metric(turn)).sqrt()

    @cached_property
    def search(self) -> TurnSearch:
        return TurnSearch(self)

    def chart(self, m: Tensor) -> Tensor:
        return self.search.nearest(m)

    def project(self, x: Tensor) -> Tensor:
        return self.point(self.chart(x))

    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        turn = self.chart(m)
        return self.search.proven(x, turn) & self.same(m, self.point(turn))

    def tangent(self, m: Tensor) -> Tensor:
        return torch.linalg.qr(self.first(self.chart(m)).mT).Q.mT

    def normal(self, m: Tensor) -> Tensor:
        return torch.linalg.qr(self.first(self.chart(m)).mT, mode="complete").Q.mT[:, self.dim :]

    def boundary_distance(self, m: Tensor) -> Tensor:
        return m.new_full((len(m),), math.inf)

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.sample_within(math.pi, n, generator)

    def sample_within(self, angle: float, n: int, generator: Generator) -> Tensor:
        """(n, m) uniform pictures of rotations by at most an angle: uniform ones, thinned by the area element."""

        def propose(count: int) -> tuple[Tensor, Tensor]:
            turn = self.turns.sample_between(0.0, _SPEED * angle, count, generator)
            threshold = torch.rand(count, generator=generator, dtype=torch.float64) * self.greatest_area_element
            return turn, threshold <= self.area_element(turn)

        return self.point(accepted(n, propose))

    def averages(self, turns: Tensor, weight: Tensor) -> tuple[float, Tensor, float]:
        """Nodes (k, 9), weights (k,) with the area element -> their sum, and the centroid and scale of the pictures."""
        mean, squares = torch.zeros(self.ambient_dim, dtype=torch.float64), 0.0
        for part, area in zip(turns.split(2048), weight.split(2048), strict=True):
            picture = self.point(part)
            mean, squares = mean + area @ picture, squares + (area @ picture.square().sum(dim=1)).item()
        mass = weight.sum().item()
        mean = mean / mass
        return mass, mean, math.sqrt(squares / mass - mean.square().sum().item())

    @cached_property
    def sides(self) -> tuple[Tensor, Tensor]:
        """(k, 9), (k,): a rotation for every side that can be seen, and weights that sum to the volume."""
        side, share = _sides(_POLAR)
        turns = _facing(side).flatten(1)
        return turns, 8 * math.pi**2 * share * self.area_element(turns)

    def _everywhere(self) -> tuple[Tensor, Tensor]:
        """All sides, each turned in the picture, which changes no area."""
        turns, weight = self.sides
        angle = 2 * math.pi * torch.arange(_TURNS, dtype=torch.float64) / _TURNS
        last = _about(torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64).expand(_TURNS, 3), angle)
        return (matrices(last)[:, None] @ matrices(turns)).flatten(2).flatten(0, 1), weight.repeat(_TURNS) / _TURNS

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "cap": self._cap}

    def _all(self) -> Whole:
        return Whole(self, *self.averages(*self._everywhere())[1:])

    def _cap(self, angle: float = 1.5) -> "Turned":
        if positive("angle", angle, high=math.pi) == math.pi:
            raise GeometryError(message("angle < π", "π, all rotations", 'use the support "all"'))
        return Turned(self, angle)

    def mesh(self, resolution: int = 40) -> Tensor:
        raise Skipped("splats have no mesh: they are of dim 3, and only d <= 2 is drawn")


class Turned(Support):
    """The pictures of rotations by at most an angle; distances to it are known between two bounds only."""

    name = "cap"
    manifold: Splats

    def __init__(self, shape: Splats, angle: float):
        self.manifold, self.angle, self.embedding_dim = shape, angle, (3, 3)
        axis, share = _sides(_CAP_POLAR)
        step, weight = gauss(0.0, angle, _STEPS)
        turns = torch.cat([_about(axis, part.expand(len(axis))) for part in step])
        spread = 16 * math.pi * (step / 2).sin().square() * angle * weight  # of rotations by that angle
        weight = (spread[:, None] * share).flatten() * shape.area_element(turns)
        mass, self.centroid, self.scale = shape.averages(turns, weight)
        self.log_volume = math.log(mass)
        self.farthest = shape.stretch[0] * (math.pi - angle)

    def beyond(self, m: Tensor) -> Tensor:
        """(n, m) -> (n,): by how many radians rotations exceed the angle."""
        return (self.manifold.turns.angle(self.manifold.chart(m)) - self.angle).clamp_min(0)

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.manifold.sample_within(self.angle, n, generator)

    def log_prob(self, m: Tensor) -> Tensor:
        return within(self.distance_bounds(m)[0] <= ON * self.manifold.unit, self.log_volume)

    def support_distance(self, m: Tensor) -> Tensor:
        raise Skipped(f"no geodesics on splats: {NO_GEODESICS}")

    def distance_bounds(self, m: Tensor) -> tuple[Tensor, Tensor]:
        """The angle that is too much, times what a radian moves a picture by at least, and at most."""
        excess, (least, most) = self.beyond(m), self.manifold.stretch
        return least * excess, most * excess

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        """Rotations whose upper bound is spread evenly."""
        most = min(math.pi - self.angle, farthest / self.manifold.stretch[1])
        angle = self.angle + most * (1 - torch.rand(n, generator=generator, dtype=torch.float64))
        return self.manifold.point(_about(directions(n, 3, generator), angle))


def _about(axis: Tensor, angle: Tensor) -> Tensor:
    """(n, 3) unit, (n,) -> (n, 9)."""
    return Rotations().about(axis, angle)


def _sides(polar: int) -> tuple[Tensor, Tensor]:
    """(k, 3), (k,): nodes on the unit sphere, weights that sum to 1: Gauss in height, even in longitude."""
    height, weight = gauss(-1.0, 1.0, polar)
    longitude = math.pi * torch.arange(2 * polar, dtype=torch.float64) / polar
    across = (1 - height.square()).sqrt()[:, None]
    rows = torch.stack([across * longitude.cos(), across * longitude.sin(), height[:, None].expand(-1, 2 * polar)], -1)
    return rows.flatten(0, 1), (weight / (2 * polar)).repeat_interleave(2 * polar)


def _facing(side: Tensor) -> Tensor:
    """(n, 3) -> (n, 3, 3): rotations whose last row is the side, which they turn to the front."""
    flat = torch.eye(3, dtype=torch.float64)[side.abs().argmin(dim=1)]
    first = torch.nn.functional.normalize(torch.linalg.cross(flat, side), dim=1)
    return torch.stack([first, torch.linalg.cross(side, first), side], dim=1)
