"""The table of instances that every law is held against, with a chart and a law of each, written independently."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import torch
from scipy import special
from torch import Tensor

from aeeval.manifolds.base import Support
from aeeval.manifolds.embedded import Embedded, normalised
from aeeval.manifolds.make import make
from tests.manifolds import knowledge_bent as bent
from tests.manifolds import knowledge_closed as closed
from tests.manifolds import knowledge_composed as composed
from tests.manifolds import knowledge_rendered as rendered

START, END = 1.5 * math.pi, 4.5 * math.pi


def cube_chart(shape: Any, u: Tensor) -> Tensor:
    return shape.half_width * (2 * u - 1)


def sphere_chart(shape: Any, u: Tensor) -> Tensor:
    """Hyperspherical angles; the last axis is the cosine of the first angle."""
    rest, coordinates = torch.ones_like(u[..., 0]), []
    for axis in range(shape.dim - 1):
        coordinates.append(rest * (math.pi * u[..., axis]).cos())
        rest = rest * (math.pi * u[..., axis]).sin()
    turn = 2 * math.pi * u[..., -1]
    return shape.radius * torch.stack([rest * turn.cos(), rest * turn.sin(), *reversed(coordinates)], dim=-1)


def roll_chart(shape: Any, u: Tensor) -> Tensor:
    t = START + (END - START) * u[..., 0]
    return torch.stack([t * t.cos(), t * t.sin(), shape.width * u[..., 1]], dim=-1)


def graph_chart(shape: Any, u: Tensor) -> Tensor:
    z, sines = shape.half_width * (2 * u - 1), shape.sines
    return torch.cat([z, sines.amplitude * torch.sin(sines.frequency * z @ sines.weights.T)], dim=-1)


def plane_share(shape: Any, y: Tensor) -> Tensor:
    return (y[:, 0] / shape.half_width + 1) / 2


def sphere_share(shape: Any, y: Tensor) -> Tensor:
    """(1 + cosine)/2 of uniform points has the law Beta(d/2, d/2)."""
    u = ((1 + y[:, -1] / shape.radius) / 2).clamp(0, 1)
    return torch.from_numpy(special.betainc(shape.dim / 2, shape.dim / 2, u.numpy()))


def roll_share(shape: Any, y: Tensor) -> Tensor:
    """Arc length, here by Simpson's rule."""
    t = torch.linspace(START, END, 20001, dtype=torch.float64)
    middle = (t[1:] + t[:-1]) / 2
    speed = [(1 + p * p).sqrt() for p in (t[:-1], middle, t[1:])]
    length = torch.cat([torch.zeros(1), ((speed[0] + 4 * speed[1] + speed[2]) * (t[1] - t[0]) / 6).cumsum(0)])
    return _interpolate(torch.linalg.vector_norm(y[:, :2], dim=1), t, length / length[-1])


def graph_share(shape: Any, y: Tensor) -> Tensor:
    """The first coordinate of a graph over one or two dimensions, its density summed over a fine grid."""
    fine = torch.linspace(0, 1, 2001, dtype=torch.float64)
    coarse = (torch.arange(200, dtype=torch.float64) + 0.5) / 200
    u = torch.cartesian_prod(fine, coarse) if shape.dim == 2 else fine[:, None]
    slope = (
        shape.sines.amplitude
        * shape.sines.frequency
        * torch.cos(shape.sines.frequency * shape.half_width * (2 * u - 1) @ shape.sines.weights.T)
    )
    jacobian = slope[:, :, None] * shape.sines.weights
    area = torch.linalg.det(torch.eye(shape.dim) + jacobian.mT @ jacobian).sqrt().reshape(2001, -1).sum(dim=1)
    mass = torch.cat([torch.zeros(1), ((area[1:] + area[:-1]) / 2).cumsum(0)])
    return _interpolate(y[:, 0], shape.half_width * (2 * fine - 1), mass / mass[-1])


def _interpolate(x: Tensor, grid: Tensor, values: Tensor) -> Tensor:
    right = torch.searchsorted(grid, x.contiguous()).clamp(1, len(grid) - 1)
    part = (x - grid[right - 1]) / (grid[right] - grid[right - 1])
    return (values[right - 1] + part * (values[right] - values[right - 1])).clamp(0, 1)


@dataclass(frozen=True)
class Instance:
    """A support with what the tests know about its manifold from elsewhere.

    `charts` gives for a shape, of every component, its d and a map of u in [0, 1]^d onto it, covering it once; `share`
    maps (shape, natural coordinates of uniform points of 𝓜) to numbers that are uniform in [0, 1]. `dtype` is that of
    the rows in which it is asked.
    """

    label: str
    support: Support
    charts: Callable[[Any], list[tuple[int, Callable[[Tensor], Tensor]]]]
    share: Callable[[Any, Tensor], Tensor] | None
    dtype: torch.dtype = torch.float64

    def given(self, x: Tensor) -> Tensor:
        """The rows as a model holds them: rounded to the dtype."""
        return x.to(self.dtype)

    @property
    def manifold(self) -> Embedded:
        return self.support.manifold

    def components(self) -> list[tuple[int, Callable[[Tensor], Tensor]]]:
        """d of every component, and the map of u onto its points in R^D."""
        return [(dim, lambda u, chart=chart: self.manifold.lift(chart(u))) for dim, chart in self.charts(self.native)]

    @property
    def native(self) -> Any:
        return self.manifold.native


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    params: dict[str, Any]
    support: str
    support_params: dict[str, float] = field(default_factory=dict)
    seed: int = 0


KNOWLEDGE = {
    "plane": (cube_chart, plane_share),
    "sphere": (sphere_chart, sphere_share),
    "swiss-roll": (roll_chart, roll_share),
    "graph": (graph_chart, graph_share),
    "cube": (cube_chart, plane_share),
    "gaussian-ball": (bent.ball_chart, bent.ball_share),
    "hemisphere": (bent.hemisphere_chart, bent.hemisphere_share),
    "paraboloid": (bent.paraboloid_chart, bent.paraboloid_share),
    "saddle": (bent.saddle_chart, bent.saddle_share),
    "helicoid": (bent.helicoid_chart, bent.helicoid_share),
    "hyperbolic-patch": (bent.pseudosphere_chart, bent.pseudosphere_share),
    "s-curve": (bent.s_chart, bent.s_share),
    "holed-roll": (roll_chart, roll_share),
    "torus": (closed.torus_chart, closed.torus_share),
    "flat-torus": (closed.flat_chart, closed.flat_share),
    "mobius": (closed.mobius_chart, closed.mobius_share),
    "klein-bottle": (closed.klein_chart, closed.klein_share),
    "so3": (closed.rotation_chart, closed.rotation_share),
    "grassmann": (closed.subspace_chart, closed.subspace_share),
    "helix": (closed.helix_chart, closed.helix_share),
    "trefoil": (closed.trefoil_chart, closed.trefoil_share),
    "spiral": (closed.spiral_chart, closed.spiral_share),
    "cylinder": (composed.cylinder_chart, composed.cylinder_share),
    "sphere-x-sphere": (composed.spheres_chart, composed.spheres_share),
    "warped-sphere": (composed.warped_sphere_chart, None),
    "warped-roll": (composed.warped_roll_chart, None),
    "pulses": (rendered.pulses_chart, rendered.pulses_share),
    "sprite": (rendered.sprite_chart, rendered.sprite_share),
    "blobs": (rendered.blobs_chart, rendered.blobs_share),
    "splats": (rendered.splats_chart, rendered.splats_share),
    "photo-patch": (rendered.photo_chart, rendered.photo_share),
    "digit": (rendered.digit_chart, rendered.digit_share),
}

UNIONS = {
    "nested-spheres": (
        composed.sphere_charts(composed.nested_centres),
        composed.sphere_shares(composed.nested_centres, composed.half_on_the_first),
    ),
    "disjoint-spheres": (
        composed.sphere_charts(composed.row_of_centres),
        composed.sphere_shares(composed.row_of_centres, composed.evenly),
    ),
    "two-moons": (composed.moon_charts, composed.moon_share),
    "lollipop": (composed.lollipop_charts, composed.lollipop_share),
    "line-disc-ball": (composed.mixed_charts, composed.mixed_share),
}

TABLE = {
    "plane-1-in-2": Row("plane", {"dim": 1}, "box"),
    "plane-3-in-3": Row("plane", {"dim": 3, "ambient_dim": 3, "half_width": 0.5}, "all"),
    "plane-5-in-12": Row("plane", {"dim": 5, "ambient_dim": 12}, "box", {"half_width": 1.5}, seed=3),
    "sphere-1-in-2": Row("sphere", {"dim": 1}, "cap", {"angle": 2.0}),
    "sphere-2-in-20": Row("sphere", {"dim": 2, "ambient_dim": 20, "radius": 2.5}, "cap", seed=1),
    "sphere-7-in-15": Row("sphere", {"dim": 7, "ambient_dim": 15}, "cap", {"angle": 1.2}, seed=2),
    "roll-2-in-3": Row("swiss-roll", {}, "box"),
    "roll-2-in-15": Row("swiss-roll", {"ambient_dim": 15, "width": 10.0}, "box", {"lo": 0.0, "hi": 0.4}, seed=4),
    "graph-1-in-4": Row("graph", {"dim": 1, "ambient_dim": 4}, "box"),
    "graph-2-in-3": Row("graph", {"ambient_dim": 3}, "box", {"half_width": 0.8}, seed=6),
    "graph-2-in-20": Row("graph", {"ambient_dim": 20}, "box"),
    "graph-5-in-12": Row("graph", {"dim": 5, "ambient_dim": 12}, "box", {"half_width": 1.5}, seed=5),
    "cube-1-in-1": Row("cube", {"dim": 1}, "corner", {"side": 1.0}),
    "cube-4-in-4": Row("cube", {"dim": 4, "half_width": 1.5}, "corner", {"side": 2.0}, seed=7),
    "gaussian-1-in-2": Row("gaussian-ball", {"dim": 1, "spread": 0.5}, "ball"),
    "gaussian-2-in-6": Row("gaussian-ball", {"ambient_dim": 6}, "ball", {"radius": 2.0}, seed=8),
    "gaussian-6-in-7": Row("gaussian-ball", {"dim": 6, "spread": 2.0}, "all", seed=9),
    "hemisphere-1-in-2": Row("hemisphere", {"dim": 1, "radius": 0.5}, "cap"),
    "hemisphere-2-in-9": Row("hemisphere", {"ambient_dim": 9}, "all", seed=10),
    "hemisphere-5-in-10": Row("hemisphere", {"dim": 5, "ambient_dim": 10}, "cap", {"angle": 1.3}, seed=11),
    "paraboloid-1-in-3": Row("paraboloid", {"dim": 1, "ambient_dim": 3, "radius": 0.5}, "cap"),
    "paraboloid-2-in-10": Row("paraboloid", {"ambient_dim": 10}, "cap", seed=12),
    "paraboloid-4-in-5": Row("paraboloid", {"dim": 4, "rim": 1.5}, "cap", {"share": 0.8}, seed=13),
    "saddle-2-in-3": Row("saddle", {"radius": 0.8}, "band"),
    "saddle-2-in-12": Row("saddle", {"ambient_dim": 12, "half_length": 1.0}, "band", {"half_width": 1.0}, seed=14),
    "helicoid-2-in-3": Row("helicoid", {}, "band"),
    "helicoid-2-in-8": Row("helicoid", {"ambient_dim": 8, "turns": 0.5, "radius": 0.7}, "band", {"half_width": 1.3}),
    "hyperbolic-2-in-3": Row("hyperbolic-patch", {"radius": 1.5}, "band"),
    "hyperbolic-2-in-11": Row(
        "hyperbolic-patch", {"ambient_dim": 11, "half_angle": 1.0}, "band", {"lo": 0.3, "hi": 0.8}
    ),
    "s-curve-2-in-3": Row("s-curve", {"radius": 1.5}, "box"),
    "s-curve-2-in-14": Row("s-curve", {"ambient_dim": 14, "width": 3.0}, "box", {"lo": 0.4, "hi": 0.9}, seed=15),
    "holed-2-in-3": Row("holed-roll", {"width": 15.0}, "holed"),
    "holed-2-in-7": Row("holed-roll", {"ambient_dim": 7}, "holed", {"along": 0.3, "across": 0.6}, seed=16),
    "torus-2-in-3": Row("torus", {}, "band"),
    "torus-2-in-20": Row("torus", {"ambient_dim": 20, "major": 1.5, "minor": 0.5}, "band", {"angle": 2.0}, seed=17),
    "flat-torus-1-in-2": Row("flat-torus", {"dim": 1}, "box"),
    "flat-torus-2-in-9": Row("flat-torus", {"ambient_dim": 9, "radius": 2.0}, "box", {"angle": 2.0}, seed=18),
    "flat-torus-5-in-10": Row("flat-torus", {"dim": 5}, "box", {"angle": 1.0}, seed=19),
    "mobius-2-in-3": Row("mobius", {}, "band"),
    "mobius-2-in-10": Row(
        "mobius", {"ambient_dim": 10, "radius": 2.0, "half_width": 1.4}, "band", {"half_width": 0.9}, seed=20
    ),
    "klein-2-in-4": Row("klein-bottle", {}, "band"),
    "klein-2-in-11": Row(
        "klein-bottle", {"ambient_dim": 11, "major": 1.5, "minor": 0.5}, "band", {"angle": 2.0}, seed=21
    ),
    "so3-3-in-9": Row("so3", {}, "cap"),
    "so3-3-in-14": Row("so3", {"ambient_dim": 14}, "cap", {"angle": 2.5}, seed=22),
    "lines-2-in-5": Row("grassmann", {"subspace_dim": 1, "space_dim": 3}, "cap"),
    "lines-3-in-12": Row("grassmann", {"subspace_dim": 1, "ambient_dim": 12}, "cap", {"angle": 1.0}, seed=23),
    "planes-2-in-7": Row("grassmann", {"space_dim": 3, "ambient_dim": 7}, "cap", {"angle": 0.5}, seed=24),
    "planes-4-in-9": Row("grassmann", {}, "cap"),
    "helix-1-in-3": Row("helix", {}, "arc"),
    "helix-1-in-9": Row(
        "helix", {"ambient_dim": 9, "radius": 0.5, "pitch": 2.0, "turns": 1.7}, "arc", {"lo": 0.0, "hi": 0.6}, seed=25
    ),
    "trefoil-1-in-3": Row("trefoil", {}, "arc"),
    "trefoil-1-in-8": Row("trefoil", {"ambient_dim": 8, "radius": 0.4}, "arc", {"share": 0.8}, seed=26),
    "spiral-1-in-2": Row("spiral", {}, "arc"),
    "spiral-1-in-6": Row("spiral", {"ambient_dim": 6}, "arc", {"lo": 0.1, "hi": 0.5}, seed=27),
    "cylinder-2-in-3": Row("cylinder", {}, "band"),
    "cylinder-4-in-9": Row(
        "cylinder", {"dim": 4, "ambient_dim": 9, "half_width": 1.5}, "patch", {"angle": 1.2}, seed=28
    ),
    "spheres-3-in-5": Row("sphere-x-sphere", {}, "band"),
    "spheres-2-in-11": Row(
        "sphere-x-sphere", {"other_dim": 1, "ambient_dim": 11, "radius": 2.0}, "patch", {"angle": 1.5}, seed=29
    ),
    "nested-1-in-2": Row("nested-spheres", {"dim": 1, "count": 1, "inner_radius": 0.4}, "cap", {"angle": 2.0}),
    "nested-2-in-9": Row("nested-spheres", {"ambient_dim": 9}, "cap", {"angle": 1.5}, seed=30),
    "disjoint-2-in-3": Row("disjoint-spheres", {}, "cap"),
    "disjoint-12-in-9": Row("disjoint-spheres", {"dims": [1, 2], "ambient_dim": 9, "gap": 0.5}, "cap", seed=31),
    "moons-1-in-2": Row("two-moons", {}, "band"),
    "moons-1-in-7": Row("two-moons", {"ambient_dim": 7}, "gap", seed=32),
    "lollipop-12-in-2": Row("lollipop", {}, "gap"),
    "lollipop-12-in-8": Row("lollipop", {"ambient_dim": 8, "length": 1.5}, "gap", {"width": 0.5}, seed=33),
    "mixed-123-in-3": Row("line-disc-ball", {}, "core"),
    "mixed-123-in-10": Row("line-disc-ball", {"ambient_dim": 10, "gap": 0.5}, "gap", seed=34),
    "warped-sphere-1-in-5": Row("warped-sphere", {"dim": 1, "ambient_dim": 5}, "cap"),
    "warped-sphere-2-in-12": Row("warped-sphere", {"ambient_dim": 12}, "cap", {"angle": 1.5}, seed=35),
    "warped-sphere-5-in-7": Row("warped-sphere", {"dim": 5, "ambient_dim": 7, "radius": 2.0}, "all", seed=36),
    "warped-roll-2-in-8": Row("warped-roll", {"ambient_dim": 8}, "box", {"lo": 0.1, "hi": 0.6}, seed=37),
    "pulses-3-in-64": Row("pulses", {}, "low"),
    "pulses-3-in-70": Row("pulses", {"samples": 70, "least": 0.8, "high": 0.28}, "low", {"share": 0.4}),
    "sprite-4-in-1024": Row("sprite", {}, "middle"),
    "splats-3-in-1024": Row("splats", {}, "cap"),
    "photo-3-in-1024": Row("photo-patch", {}, "middle"),
    "digit-1-in-1024": Row("digit", {"dim": 1}, "middle"),
    "digit-2-in-1024": Row("digit", {"dim": 2}, "middle"),
    "digit-3-in-1024": Row("digit", {"dim": 3}, "small"),
    "digit-4-in-1024": Row("digit", {"dim": 4}, "small"),
    "digit-5-in-1024": Row("digit", {"dim": 5}, "small"),
    "digit-6-in-1024": Row("digit", {"dim": 6}, "small"),
    "blobs-6-in-784": Row("blobs", {"size": 28, "half_width": 1.0}, "first"),
}


def instance(label: str) -> Instance:
    """The instance of a line of the table; `NAME/normalised` is the same one at centroid 0 and scale 1, `NAME/float32`
    that one asked in rows of float32, as models hold them.
    """
    return _asked(label, _supports(label.partition("/")[0]))


def twin(label: str) -> Instance:
    """The same instance, made again."""
    return _asked(label, _again(label.partition("/")[0]))


def _made(line: str) -> tuple[Support, Support]:
    """As it is, and normalised."""
    row = TABLE[line]
    support = make(row.name, seed=row.seed, **row.params).support(row.support, **row.support_params)
    return support, normalised(support)


_supports, _again = cache(_made), lru_cache(maxsize=2)(_made)


def _asked(label: str, supports: tuple[Support, Support]) -> Instance:
    line, _, form = label.partition("/")
    row = TABLE[line]
    charts, share = UNIONS[row.name] if row.name in UNIONS else _in_one_piece(*KNOWLEDGE[row.name])
    known = share if row.name != "graph" or row.params.get("dim", 2) <= 2 else None
    dtype = torch.float32 if form == "float32" else torch.float64
    return Instance(label, supports[form != ""], charts, known, dtype)


def _in_one_piece(chart: Any, share: Any) -> Any:
    return lambda shape: [(shape.dim, lambda u: chart(shape, u))], share


LABELS = [f"{line}{form}" for line in TABLE for form in ("", "/float32")]
SLOW = {"digit-5-in-1024", "digit-6-in-1024"}
"""Lines whose search for closest pictures takes minutes: `scripts/test -m slow tests/manifolds/test_laws.py`."""
