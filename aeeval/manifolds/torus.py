"""The torus of revolution: the surface of a ring."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.parts import Part
from aeeval.manifolds.rings import Rings
from aeeval.manifolds.validate import ON, positive


def torus(*, ambient_dim: int | None = None, major: float = 2.0, minor: float = 1.0, seed: int = 0) -> Embedded:
    """The surface of a ring: closed, with a hole that codes must go round, curved one way outside and the other inside.

    {((R + r cos φ) cos u, (R + r cos φ) sin u, r sin φ)}, R = major > r = minor, rotated into R^D by `seed`; uniform in
    area, not in its angles. Reach min(r, R - r): half the width of the tube or of the hole. Volume 4π² R r.
    embedding_dim 3. Support "band" (angle=1.5 rad): |φ| <= angle around the outer equator, of embedding_dim 2;
    distances to it run along the meridians.
    Source: Pappus for the area; M. P. do Carmo, Differential Geometry of Curves and Surfaces, 1976, section 2-5.
    """
    around, tube = positive("major", major), positive("minor", minor)
    if around <= tube:
        raise GeometryError(message(f"major > {tube:g}, the minor radius", f"{around:g}", "enlarge it or reduce minor"))
    return place(Torus(around, tube), ambient_dim, seed)


class Torus(Rings):
    """The torus in R^3; v = r φ is length along a meridian from the outer equator."""

    name, topology = "torus", "torus"
    ambient_dim, span_dim, embedding_dim, parts_dim = 3, 3, (3, 3), (2, 2)
    has_boundary, reach_is_exact = False, True

    def __init__(self, major: float, minor: float):
        self.major, self.minor = major, minor
        self.length = math.pi * minor
        self.reach, self.unit = min(minor, major - minor), minor
        self.log_volume = math.log(4 * math.pi**2 * major * minor)
        self.absent = {}

    def point(self, u: Tensor, v: Tensor) -> Tensor:
        phi = v / self.minor
        rho = self.major + self.minor * phi.cos()
        return torch.stack([rho * u.cos(), rho * u.sin(), self.minor * phi.sin()], dim=-1)

    def coordinates(self, m: Tensor) -> tuple[Tensor, Tensor]:
        """Also of points off the torus: those of the closest point; on the axis u is 0, on the core φ is."""
        rho = torch.linalg.vector_norm(m[:, :2], dim=1)
        return torch.atan2(m[:, 1], m[:, 0]), self.minor * torch.atan2(m[:, 2], rho - self.major)

    def velocities(self, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        phi, zero = v / self.minor, torch.zeros_like(u)
        around = torch.stack([-u.sin(), u.cos(), zero], dim=-1)
        across = torch.stack([-phi.sin() * u.cos(), -phi.sin() * u.sin(), phi.cos()], dim=-1)
        return self.width(u, v)[..., None] * around, across

    def width(self, u: Tensor, v: Tensor) -> Tensor:
        return self.major + self.minor * (v / self.minor).cos() + torch.zeros_like(u)

    def widest(self, high: float) -> float:
        return self.major + self.minor

    def project(self, x: Tensor) -> Tensor:
        return self.point(*self.coordinates(x))

    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        """Only points of the axis and of the core have no unique closest point."""
        rho = torch.linalg.vector_norm(x[:, :2], dim=1)
        off_core = torch.hypot(rho - self.major, x[:, 2]) > ON * self.unit
        return self.same(m, self.project(x)) & (rho > ON * self.unit) & off_core

    def boundary_distance(self, m: Tensor) -> Tensor:
        return m.new_full((len(m),), math.inf)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self.whole, "band": self._band}

    def _band(self, angle: float = 1.5) -> Part:
        return Part(self, "band", 0.0, self.minor * checked_angle(angle))


def checked_angle(angle: float) -> float:
    """The half angle of a band, 0 < angle < π."""
    if positive("angle", angle, high=math.pi) == math.pi:
        raise GeometryError(message("angle < π", "π, the whole surface", 'use the support "all"'))
    return float(angle)
