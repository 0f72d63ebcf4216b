"""The Klein bottle in four dimensions: a closed surface with one side that does not meet itself."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.parts import Part
from aeeval.manifolds.rings import Rings
from aeeval.manifolds.sweep import closest
from aeeval.manifolds.torus import checked_angle
from aeeval.manifolds.validate import positive

_NODES = 64


def klein_bottle(*, ambient_dim: int | None = None, major: float = 2.0, minor: float = 1.0, seed: int = 0) -> Embedded:
    """A closed surface with one side: no three coordinates hold it without cutting through itself.

    {((R + r cos φ) e^{iu}, r sin φ e^{iu/2})} in C² = R^4, R = major >= 2r, r = minor, rotated into R^D by `seed`:
    a circle that turns half over on its way round, (u + 2π, φ) = (u, -φ). Metric ((R + r cos φ)² + r² sin² φ / 4) du²
    + r² dφ². Reach r: no radius of curvature and no half distance along a common normal is smaller. Volume by
    quadrature, 80.2605 with the defaults. embedding_dim 4. Support "band" (angle=1.5 rad): |φ| <= angle, a Möbius band
    of embedding_dim 3; distances to it run along the circles.
    Source: H. Whitney, The self-intersections of a smooth n-manifold in 2n-space, 1944; the reach as in E. Aamari et
    al., Estimating the reach of a manifold, 2019, theorem 3.4.
    """
    around, tube = positive("major", major), positive("minor", minor)
    if around < 2 * tube:
        raise GeometryError(message(f"major >= {2 * tube:g}, twice minor", f"{around:g}", "enlarge it or reduce minor"))
    return place(KleinBottle(around, tube), ambient_dim, seed)


class KleinBottle(Rings):
    """The Klein bottle in R^4; v = r φ.

    Why the reach is r: in units of r, with A = R + cos φ and G² = A² + sin² φ / 4, the second fundamental form has the
    diagonal K = (A cos φ + sin² φ / 4)/G² and 1 along one normal, and τ = (1 + R cos φ)/2G² off it along the other. It
    is at most 1 in every direction, as |K| <= 1 and 2τ² <= A R / G² = 1 - K. A chord from φ at u = 0 to ψ at u ≠ 0, B =
    R + cos ψ, that is normal at both ends has cos(u/2) = -sin φ sin ψ / 4AB. For R >= 2 it is normal only if sin φ and
    sin ψ are 0, and then at least 2(R - 1) long. Within one circle it is 2 long.
    """

    name, topology = "klein-bottle", "Klein bottle"
    ambient_dim, span_dim, embedding_dim, parts_dim = 4, 4, (4, 4), (3, 3)
    has_boundary, reach_is_exact, closed = False, True, True

    def __init__(self, major: float, minor: float):
        self.major, self.minor = major, minor
        self.length = math.pi * minor
        self.reach = self.unit = minor
        self.speed = self.widest(self.length)
        self.nodes = 2 * math.pi / _NODES * torch.arange(_NODES, dtype=torch.float64)
        self.log_volume = self.coordinate().uniform_moments().log_mass
        self.absent = {}

    def point(self, u: Tensor, v: Tensor) -> Tensor:
        rho, height = self._circle(v)
        return torch.stack([rho * u.cos(), rho * u.sin(), height * (u / 2).cos(), height * (u / 2).sin()], dim=-1)

    def _circle(self, v: Tensor) -> tuple[Tensor, Tensor]:
        """(...) -> (...), (...): lengths of the two complex coordinates, the second one with a sign."""
        return self.major + self.minor * (v / self.minor).cos(), self.minor * (v / self.minor).sin()

    def coordinates(self, m: Tensor) -> tuple[Tensor, Tensor]:
        u = torch.atan2(m[:, 1], m[:, 0])
        return u, self.on_circle(m, u)

    def on_circle(self, x: Tensor, u: Tensor) -> Tensor:
        """(..., 4), (...) -> (...): the v of the closest point of the circle at u."""
        out = x[..., 0] * u.cos() + x[..., 1] * u.sin() - self.major
        up = x[..., 2] * (u / 2).cos() + x[..., 3] * (u / 2).sin()
        return self.minor * torch.atan2(up, out)

    def velocities(self, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        rho, height = self._circle(v)
        half = height / 2
        along = [-rho * u.sin(), rho * u.cos(), -half * (u / 2).sin(), half * (u / 2).cos()]
        sine, cosine = height / self.minor, (rho - self.major) / self.minor
        across = [-sine * u.cos(), -sine * u.sin(), cosine * (u / 2).cos(), cosine * (u / 2).sin()]
        return torch.stack(along, dim=-1), torch.stack(across, dim=-1)

    def width(self, u: Tensor, v: Tensor) -> Tensor:
        rho, height = self._circle(v)
        return torch.hypot(rho, height / 2) + torch.zeros_like(u)

    def widest(self, high: float) -> float:
        """At φ = 0: beyond it (R + r cos φ)² falls faster than r² sin² φ / 4 grows."""
        return self.major + self.minor

    def foot(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        v = self.on_circle(x, t)
        return self.point(t, v), self.velocities(t, v)[0]

    def project(self, x: Tensor) -> Tensor:
        u = closest(self, x)
        return self.point(u, self.on_circle(x, u))

    def boundary_distance(self, m: Tensor) -> Tensor:
        return m.new_full((len(m),), math.inf)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self.whole, "band": self._band}

    def _band(self, angle: float = 1.5) -> Part:
        return Part(self, "band", 0.0, self.minor * checked_angle(angle))
