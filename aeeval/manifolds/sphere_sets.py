"""Several spheres: small ones inside a big one, and spheres side by side, of one dimension or of several."""

import math
from collections.abc import Callable, Mapping, Sequence

import torch

from aeeval.errors import GeometryError, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.sphere import Sphere
from aeeval.manifolds.union import Union
from aeeval.manifolds.validate import integer, positive


def nested_spheres(
    *,
    dim: int = 2,
    ambient_dim: int | None = None,
    count: int = 4,
    radius: float = 1.0,
    inner_radius: float = 0.2,
    seed: int = 0,
) -> Embedded:
    """A big sphere around several small ones: a model that folds the big one away puts them where they are not.

    S^d(R) around `count` spheres S^d(r), spaced evenly on a circle about its centre that keeps them as far from each
    other as from S^d(R); half of all points on the big sphere, half on the small ones. Reach min(r, gap/2), gap the
    least distance of two spheres. Volume the sum of theirs. embedding_dim d + 1; d for the support "cap" (angle=1.0
    rad), a cap of every sphere.
    Source: M. Moor, M. Horn, B. Rieck and K. Borgwardt, Topological autoencoders, 2020, section 5.1, where d = 100.
    """
    shapes = [Sphere(integer("dim", dim, 1), positive("radius", radius))]
    shapes += [Sphere(dim, positive("inner_radius", inner_radius))] * integer("count", count, 1)
    offset, gap = _ring(count, radius, inner_radius)
    turn = 2 * math.pi * torch.arange(count, dtype=torch.float64) / count
    centres = torch.zeros(count + 1, dim + 1, dtype=torch.float64)
    centres[1:, 0], centres[1:, 1] = offset * turn.cos(), offset * turn.sin()
    weights = [1.0, *([1 / count] * count)]
    return place(SphereSet("nested-spheres", shapes, centres, weights, gap), ambient_dim, seed)


def disjoint_spheres(
    *,
    dims: Sequence[int] = (2, 2),
    ambient_dim: int | None = None,
    radius: float = 1.0,
    gap: float = 1.0,
    seed: int = 0,
) -> Embedded:
    """Spheres side by side: several components, of one dimension or, as with dims=(1, 2), of several.

    S^(d_j)(R) in a row along one axis, `gap` between neighbours; each is drawn equally often. Reach min(R, gap/2).
    Volume that of the spheres of largest dimension. embedding_dim max d_j + 1; max d_j for the support "cap"
    (angle=1.0 rad), a cap of every sphere.
    Source: none needed; the closest point is that of the nearest sphere.
    """
    if isinstance(dims, int | str) or len(dims) < 2:
        raise GeometryError(message("dims of two or more spheres", repr(dims), "pass for instance dims=[1, 2]"))
    shapes = [Sphere(integer("every one of dims", dim, 1), positive("radius", radius)) for dim in dims]
    centres = torch.zeros(len(dims), max(dims) + 1, dtype=torch.float64)
    centres[:, 0] = (2 * radius + positive("gap", gap)) * torch.arange(len(dims))
    return place(SphereSet("disjoint-spheres", shapes, centres, [1.0] * len(dims), gap), ambient_dim, seed)


class SphereSet(Union):
    """Spheres about `centres` (parts, m), each in the first d_j + 1 axes of R^m."""

    def __init__(
        self, name: str, spheres: Sequence[Sphere], centres: torch.Tensor, weights: Sequence[float], gap: float
    ):
        self.name = name
        axes = torch.eye(centres.shape[1], dtype=torch.float64)
        pairs = zip(spheres, centres, strict=True)
        parts = [Embedded(sphere, axes[:, : sphere.ambient_dim], centre) for sphere, centre in pairs]
        super().__init__(parts, weights, gap)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "cap": self._cap}

    def _cap(self, angle: float = 1.0) -> Support:
        return self.over("cap", [part.support("cap", angle=angle) for part in self.components])


def _ring(count: int, radius: float, inner_radius: float) -> tuple[float, float]:
    """Radius of the circle of centres and the least distance of two spheres: R - o - r = 2 o sin(π/count) - 2 r."""
    offset = (radius + inner_radius) / (1 + 2 * math.sin(math.pi / count)) if count > 1 else 0.0
    gap = radius - offset - inner_radius
    if gap <= 0:
        raise GeometryError(
            message(
                f"{count} spheres that fit into one of radius {radius:g}",
                f"inner_radius={inner_radius:g}",
                "lower count or inner_radius",
            )
        )
    return offset, gap
