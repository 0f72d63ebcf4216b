"""The registered products: cylinders of every dimension, and two spheres at once."""

from collections.abc import Callable, Mapping

from aeeval.manifolds.base import Support
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.plane import Plane
from aeeval.manifolds.product import Product
from aeeval.manifolds.sphere import Sphere
from aeeval.manifolds.validate import integer, positive


def cylinder(
    *, dim: int = 2, ambient_dim: int | None = None, radius: float = 1.0, half_width: float = 2.0, seed: int = 0
) -> Embedded:
    """A sphere times an interval: curved one way and straight the other, closed one way and bounded the other.

    S^(d-1)(R) × [-w, w] in R^(d+1), rotated into R^D by `seed`. Reach R. Volume vol(S^(d-1)) R^(d-1) · 2w.
    embedding_dim d: it is a thick sphere. Supports "band" (half_width=1.0): all around, |h| <= half_width; "patch"
    (angle=1.0 rad, half_width=1.0): only within that polar angle, too.
    Source: reach of products, H. Federer, Curvature measures, 1959, section 4.
    """
    sphere = Sphere(integer("dim", dim, 2) - 1, positive("radius", radius))
    return place(Cylinder(sphere, Plane(1, positive("half_width", half_width))), ambient_dim, seed)


class Cylinder(Product):
    """S^(d-1)(R) × [-w, w]."""

    name = "cylinder"

    def __init__(self, sphere: Sphere, segment: Plane):
        super().__init__([sphere, segment])
        self.sphere, self.segment = sphere, segment

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "band": self._band, "patch": self._patch}

    def _band(self, half_width: float = 1.0) -> Support:
        return self.over("band", [self.sphere.support(), self.segment.support("box", half_width=half_width)])

    def _patch(self, angle: float = 1.0, half_width: float = 1.0) -> Support:
        cap = self.sphere.support("cap", angle=angle)
        return self.over("patch", [cap, self.segment.support("box", half_width=half_width)])


def sphere_x_sphere(
    *,
    dim: int = 1,
    other_dim: int = 2,
    ambient_dim: int | None = None,
    radius: float = 1.0,
    other_radius: float = 1.0,
    seed: int = 0,
) -> Embedded:
    """Two spheres at once, of any dimensions: closed, and no product of flat pieces; two circles are a flat torus.

    S^a(R) × S^b(R') in R^(a+b+2), rotated into R^D by `seed`; d = a + b. Reach min(R, R'). Volume the product of the
    two. embedding_dim d + 1. Supports "band" (angle=1.0 rad): a cap of the first sphere with all of the second; "patch"
    (angle=1.0): a cap of each.
    Source: reach of products, H. Federer, Curvature measures, 1959, section 4.
    """
    first = Sphere(integer("dim", dim, 1), positive("radius", radius))
    second = Sphere(integer("other_dim", other_dim, 1), positive("other_radius", other_radius))
    return place(Spheres(first, second), ambient_dim, seed)


class Spheres(Product):
    """S^a(R) × S^b(R')."""

    name = "sphere-x-sphere"

    def __init__(self, first: Sphere, second: Sphere):
        super().__init__([first, second])
        self.first, self.second = first, second

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "band": self._band, "patch": self._patch}

    def _band(self, angle: float = 1.0) -> Support:
        return self.over("band", [self.first.support("cap", angle=angle), self.second.support()])

    def _patch(self, angle: float = 1.0) -> Support:
        return self.over("patch", [sphere.support("cap", angle=angle) for sphere in (self.first, self.second)])
