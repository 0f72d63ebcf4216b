"""The table of instances that every law is held against, with a chart and a law of each, written independently."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from scipy import special
from torch import Tensor

from aeeval.manifolds.base import Support
from aeeval.manifolds.embedded import Embedded, normalised
from aeeval.manifolds.make import make

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

    `chart` maps (shape, u in [0, 1]^d) onto 𝓜, covering it once; `share` maps (shape, natural coordinates of uniform
    points of 𝓜) to numbers that are uniform in [0, 1].
    """

    label: str
    support: Support
    chart: Callable[[Any, Tensor], Tensor]
    share: Callable[[Any, Tensor], Tensor] | None

    @property
    def manifold(self) -> Embedded:
        return self.support.manifold

    def points(self, u: Tensor) -> Tensor:
        return self.manifold.lift(self.chart(self.manifold.native, u))


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
}


def instance(label: str) -> Instance:
    """The instance of a line of the table; `NAME/normalised` is the same one at centroid 0 and scale 1."""
    line, _, form = label.partition("/")
    row = TABLE[line]
    support = make(row.name, seed=row.seed, **row.params).support(row.support, **row.support_params)
    chart, share = KNOWLEDGE[row.name]
    known = share if row.name != "graph" or row.params.get("dim", 2) <= 2 else None
    return Instance(label, normalised(support) if form else support, chart, known)


LABELS = [f"{line}{form}" for line in TABLE for form in ("", "/normalised")]
