"""What a picture of a manifold shows, as arrays: its mesh or points of it, and the distance of each to the support."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aeeval.errors import Skipped
from aeeval.manifolds.base import Manifold, Support
from aeeval.manifolds.embedded import Embedded
from aeeval.numerics.axes import principal_view

CURVE, SURFACE, POINTS = 800, 100, 2500
AZIMUTH, OBLIQUE = -60.0, 30.0  # degrees: where the eye is by default, and how far beside S it is
ELEVATION, FROM_ABOVE = 42.0, 60.0  # degrees above the ground: of what stands, and of what lies
_LIES = 0.5  # height by width
_OFF_CENTRE = 0.1


@dataclass(frozen=True)
class Piece:
    """One component of a manifold: `points` (r, p) of curves and clouds, (r, r, p) of surfaces, on p = 2 or 3 axes.

    `distance` (r,) or (r, r) along 𝓜 to S, or a lower bound of it; `joined` whether neighbours belong together; `veil`
    whether it goes round another component, which is to be seen through it.
    """

    points: np.ndarray
    distance: np.ndarray
    joined: bool
    veil: bool = False


@dataclass(frozen=True)
class Scene:
    """A manifold with a support of it, ready to be drawn.

    `pieces`, one a component; `exact`, whether distances are, else they are lower bounds; `projection` in words, empty
    where nothing is lost; `azimuth` and `elevation`, in degrees, of an eye that sees both S and the rest.
    """

    pieces: tuple[Piece, ...]
    exact: bool
    projection: str
    azimuth: float
    elevation: float

    @property
    def rows(self) -> np.ndarray:
        """(n, p): all that is drawn."""
        return np.concatenate([piece.points.reshape(-1, piece.points.shape[-1]) for piece in self.pieces])

    @property
    def flat(self) -> bool:
        """Whether two axes hold it."""
        return self.pieces[0].points.shape[-1] == 2

    @property
    def farthest(self) -> float:
        """The greatest distance to S."""
        return max(float(piece.distance.max()) for piece in self.pieces)


def scene(manifold: Manifold, support: Support) -> Scene:
    """The meshes of the components of 𝓜, or points drawn on those that have none, in the coordinates of its span.

    More than three of these are projected to the principal three of what is drawn.
    """
    components = manifold.components
    sites, joined = zip(*(_sites(component, POINTS // len(components)) for component in components), strict=True)
    rows = torch.cat([part.reshape(-1, manifold.ambient_dim) for part in sites])
    distance, most = support.distance_bounds(rows)
    inside = distance <= distance.max() * 1e-6
    points, projection = _to_three(manifold.coordinates(rows) if isinstance(manifold, Embedded) else rows)
    return Scene(
        pieces=_pieces(points, distance, [part.shape[:-1] for part in sites], joined),
        exact=torch.equal(distance, most),
        projection=projection,
        azimuth=_azimuth(points, _smaller(inside) if all(joined) else inside),  # a cloud hides nothing
        elevation=_elevation(points),
    )


def _sites(component: Manifold, count: int) -> tuple[Tensor, bool]:
    try:
        return component.mesh(CURVE if component.dim == 1 else SURFACE), True
    except Skipped:
        return component.sample(count, torch.Generator().manual_seed(0)), False


def _pieces(
    points: Tensor, distance: Tensor, shapes: Sequence[torch.Size], joined: Sequence[bool]
) -> tuple[Piece, ...]:
    """(n, p), (n,) for all components one after the other, the shape of each -> one piece each."""
    sizes = [shape.numel() for shape in shapes]
    parts = points.split(sizes)
    return tuple(
        Piece(part.reshape(*shape, -1).numpy(), gaps.reshape(shape).numpy(), meets, _goes_round(part, parts))
        for part, gaps, shape, meets in zip(parts, distance.split(sizes), shapes, joined, strict=True)
    )


def _goes_round(part: Tensor, parts: Sequence[Tensor]) -> bool:
    """Whether the smallest box around a component holds another one."""
    low, high = part.amin(dim=0), part.amax(dim=0)
    return any(bool(((other > low) & (other < high)).all()) for other in parts if other is not part)


def _to_three(rows: Tensor) -> tuple[Tensor, str]:
    """(n, m) -> (n, 2 or 3), and how."""
    width = rows.shape[1]
    if width <= 3:
        return torch.nn.functional.pad(rows, (0, max(2 - width, 0))), ""
    view = principal_view(rows, 3)
    return view.of(rows), f"principal 3 of {width} axes, {view.share:.0%} of the variance"


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
