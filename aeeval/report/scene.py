"""What a picture of a manifold shows, as arrays: its mesh or points of it, and the distance of each to the support."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aeeval.errors import Skipped
from aeeval.manifolds.base import Manifold, Support
from aeeval.manifolds.embedded import Embedded

CURVE, SURFACE, POINTS = 800, 100, 3000
AZIMUTH, OBLIQUE = -60.0, 30.0  # degrees: where the eye is by default, and how far beside S it is
ELEVATION, FROM_ABOVE = 42.0, 60.0  # degrees above the ground: of what stands, and of what lies
_LIES = 0.5  # height by width
_OFF_CENTRE, _EQUAL = 0.1, 1e-6


@dataclass(frozen=True)
class Scene:
    """A manifold with a support of it, ready to be drawn.

    `points` (r, p) for curves and clouds, (r, r, p) for surfaces, on p = 2 or 3 axes; `distance` (r,) or (r, r) along 𝓜
    to S, or a lower bound of it where not `exact`; `joined` whether neighbours belong together; `projection` in words,
    empty where nothing is lost; `azimuth` and `elevation`, in degrees, of an eye that sees both S and the rest.
    """

    points: np.ndarray
    distance: np.ndarray
    exact: bool
    joined: bool
    projection: str
    azimuth: float
    elevation: float

    @property
    def flat(self) -> bool:
        """Whether two axes hold it."""
        return self.points.shape[-1] == 2


def scene(manifold: Manifold, support: Support) -> Scene:
    """The mesh of 𝓜, or points drawn on it where it has none, in the coordinates of its span.

    More than three of these are projected to the principal three of what is drawn.
    """
    sites, joined = _sites(manifold)
    rows = sites.reshape(-1, manifold.ambient_dim)
    distance, most = support.distance_bounds(rows)
    inside = distance <= distance.max() * 1e-6
    points, projection = _to_three(manifold.coordinates(rows) if isinstance(manifold, Embedded) else rows)
    shape = sites.shape[:-1]
    return Scene(
        points=points.reshape(*shape, -1).numpy(),
        distance=distance.reshape(shape).numpy(),
        exact=torch.equal(distance, most),
        joined=joined,
        projection=projection,
        azimuth=_azimuth(points, _smaller(inside) if joined else inside),  # a cloud hides nothing
        elevation=_elevation(points),
    )


def _sites(manifold: Manifold) -> tuple[Tensor, bool]:
    try:
        return manifold.mesh(CURVE if manifold.dim == 1 else SURFACE), True
    except Skipped:
        return manifold.sample(POINTS, torch.Generator().manual_seed(0)), False


def _to_three(rows: Tensor) -> tuple[Tensor, str]:
    """(n, m) -> (n, 2 or 3), and how."""
    width = rows.shape[1]
    if width <= 3:
        return torch.nn.functional.pad(rows, (0, max(2 - width, 0))), ""
    centred = rows - rows.mean(dim=0)
    _, spread, axes = torch.linalg.svd(centred, full_matrices=False)
    kept = (spread[:3].square().sum() / spread.square().sum()).item()
    return centred @ _settled(spread, axes)[:3].T, f"principal 3 of {width} axes, {kept:.0%} of the variance"


def _settled(spread: Tensor, axes: Tensor) -> Tensor:
    """(m,), (m, m) -> (m, m): the same axes up to what the spread leaves open, the same on every machine.

    Axes of equal spread are any orthonormal basis of their span, one axis has either sign: both are settled by fixed
    vectors, projected onto the span.
    """
    generator = torch.Generator().manual_seed(0)
    group = (spread.diff() < -_EQUAL * spread[0]).cumsum(dim=0)
    parts = []
    for span in axes.split(torch.bincount(torch.nn.functional.pad(group, (1, 0))).tolist()):
        fixed = torch.randn(span.shape, generator=generator, dtype=span.dtype)
        basis, triangle = torch.linalg.qr((fixed @ span.T @ span).T)
        parts.append((basis * triangle.diagonal().sign()).T)
    return torch.cat(parts)


def _smaller(inside: Tensor) -> Tensor:
    """(n,) bool: S, or what it leaves out where that is less and there is some."""
    return inside if inside.all() or 2 * inside.sum() <= len(inside) else ~inside


def _azimuth(points: Tensor, looked_at: Tensor) -> float:
    """Beside the middle of a part of 𝓜, if that is off the vertical axis."""
    middle = (points[looked_at].mean(dim=0) - points.mean(dim=0))[:2] if looked_at.any() else torch.zeros(2)
    if torch.linalg.vector_norm(middle) < _OFF_CENTRE * torch.linalg.vector_norm(points, dim=1).max():
        return AZIMUTH
    return math.degrees(math.atan2(middle[1].item(), middle[0].item())) - OBLIQUE


def _elevation(points: Tensor) -> float:
    """What is lower than wide is looked at from further above."""
    size = points.amax(dim=0) - points.amin(dim=0)
    return FROM_ABOVE if len(size) == 3 and size[2] < _LIES * size[:2].max() else ELEVATION
