"""Spheres S^d(R), whole or as a cap."""

import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
from scipy import special
from torch import Generator, Tensor

from aeeval.errors import GeometryError, Skipped, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.coordinate import Slices
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.shape import Shape, Whole, grid, within
from aeeval.manifolds.validate import ON, integer, positive

_LEAST_MASS = 1e-280  # below, the distribution function of the polar angle underflows


def sphere(*, dim: int = 2, ambient_dim: int | None = None, radius: float = 1.0, seed: int = 0) -> Embedded:
    """The d-sphere of radius R: curved alike everywhere, closed, needs one more latent dimension than it has.

    {x : |x| = R} in R^(d+1), rotated into R^D by `seed`. Reach R. Volume 2 π^((d+1)/2) R^d / Γ((d+1)/2).
    embedding_dim d + 1; d for the support "cap" (angle=1.0 rad), the points within that polar angle of a pole.
    Source: M. E. Muller, A note on a method for generating points uniformly on n-dimensional spheres, 1959; the cap's
    area as in S. Li, Concise formulas for the area and volume of a hyperspherical cap, 2011.
    """
    return place(Sphere(integer("dim", dim, 1), positive("radius", radius)), ambient_dim, seed)


class Sphere(Shape):
    """S^d(R) in R^(d+1); the pole of its caps is the last axis."""

    name, topology = "sphere", "sphere"
    has_boundary, reach_is_exact = False, True
    rim, rim_name = math.pi, "π"  # the greatest polar angle

    def __init__(self, dim: int, radius: float):
        self.dim, self.radius = dim, radius
        self.ambient_dim = self.span_dim = dim + 1
        self.embedding_dim = (dim + 1, dim + 1)
        self.reach = self.unit = radius
        half = (dim + 1) / 2
        self.log_sphere = math.log(2) + half * math.log(math.pi) - math.lgamma(half) + dim * math.log(radius)
        self.log_volume = self.log_sphere
        self.absent = {}

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.radius * directions(n, self.ambient_dim, generator)

    def project(self, x: Tensor) -> Tensor:
        """Radially; the centre, as near to every point, goes to the pole."""
        norm = torch.linalg.vector_norm(x, dim=1, keepdim=True)
        pole = torch.eye(self.ambient_dim, dtype=x.dtype)[-1]
        return self.radius * torch.where(norm > 0, x / norm, pole)

    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        """Only the centre has no unique closest point."""
        return self.same(m, self.project(x)) & (torch.linalg.vector_norm(x, dim=1) > ON * self.radius)

    def tangent(self, m: Tensor) -> Tensor:
        """The columns of the Householder reflection that maps an axis to m, without the one along m."""
        normal = self.normal(m).squeeze(1)
        axis = torch.zeros_like(normal)
        axis[:, 0] = torch.where(normal[:, 0] < 0, -1.0, 1.0)  # the sign that keeps the mirror away from 0
        mirror = normal + axis
        mirror = mirror / torch.linalg.vector_norm(mirror, dim=1, keepdim=True)
        frame = torch.eye(self.ambient_dim, dtype=m.dtype) - 2 * mirror[:, :, None] * mirror[:, None, :]
        return frame[:, 1:]

    def normal(self, m: Tensor) -> Tensor:
        return (self.project(m) / self.radius)[:, None, :]

    def boundary_distance(self, m: Tensor) -> Tensor:
        return m.new_full((len(m),), math.inf)

    def polar_angle(self, m: Tensor) -> Tensor:
        """(n, d+1) -> (n,): angle from the pole in [0, π], accurate at both ends."""
        return torch.atan2(torch.linalg.vector_norm(m[:, :-1], dim=1), m[:, -1])

    def at(self, cosine: Tensor, sine: Tensor, direction: Tensor) -> Tensor:
        """(n,), (n,), (n, d) -> (n, d+1): the point at a polar angle, in a direction from the pole."""
        return self.radius * torch.cat([sine[:, None] * direction, cosine[:, None]], dim=1)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "cap": self._cap}

    def _all(self) -> Whole:
        return Whole(self, torch.zeros(self.ambient_dim, dtype=torch.float64), self.radius)

    def _cap(self, angle: float = 1.0) -> "Cap":
        return Cap(self, positive("angle", angle, high=self.rim))

    def coordinate(self) -> "PolarArc":
        return PolarArc(self, self.rim)

    def mesh(self, resolution: int = 40) -> Tensor:
        if self.dim > 2:
            raise Skipped(f"a {self.name} of dim {self.dim} has no mesh: only d <= 2 is drawn")
        highs = (self.rim, 2 * math.pi)[-self.dim :]
        angles = grid((0.0,) * self.dim, highs, resolution)
        turn = angles[..., -1]
        circle = torch.stack([turn.cos(), turn.sin()], dim=-1)
        if self.dim == 1:
            return self.radius * circle
        polar = angles[..., :1]
        return self.radius * torch.cat([polar.sin() * circle, polar.cos()], dim=-1)


class Cap(Support):
    """The points of a sphere within a polar angle of the pole.

    With u = sin²(θ/2), uniform points have u ~ Beta(d/2, d/2); all that follows comes from its distribution function.
    """

    name = "cap"

    def __init__(self, sphere: Sphere, angle: float):
        self.manifold: Sphere = sphere
        self.angle, self.top = angle, math.sin(angle / 2) ** 2
        self._half = sphere.dim / 2
        self.mass = float(special.betainc(self._half, self._half, self.top))
        if angle == sphere.rim or self.mass < _LEAST_MASS:
            raise GeometryError(
                message(
                    f"angle < {sphere.rim_name}, and a cap of >= {_LEAST_MASS:g} of the sphere",
                    f"angle={angle:g}",
                    "change the angle",
                )
            )
        self.log_volume = sphere.log_sphere + math.log(self.mass)
        self.embedding_dim = (sphere.dim, sphere.dim)
        drop = float(special.betainc(self._half + 1, self._half, self.top)) / self.mass  # 1 - E cos θ
        self.centroid = torch.zeros(sphere.ambient_dim, dtype=torch.float64)
        self.centroid[-1] = sphere.radius * (1 - drop)
        self.scale = sphere.radius * math.sqrt(drop * (2 - drop))
        self.farthest = sphere.radius * (sphere.rim - angle)

    def sample(self, n: int, generator: Generator) -> Tensor:
        share = torch.rand(n, generator=generator, dtype=torch.float64).numpy()
        inverse = special.betaincinv(self._half, self._half, self.mass * share)
        u = torch.from_numpy(np.minimum(inverse, self.top))
        return self.manifold.at(1 - 2 * u, 2 * (u * (1 - u)).sqrt(), directions(n, self.manifold.dim, generator))

    def log_prob(self, m: Tensor) -> Tensor:
        return within(self.manifold.polar_angle(m) <= self.angle + ON, self.log_volume)

    def support_distance(self, m: Tensor) -> Tensor:
        return self.manifold.radius * (self.manifold.polar_angle(m) - self.angle).clamp_min(0)

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        span = min(farthest, self.farthest) / self.manifold.radius
        angle = self.angle + span * (1 - torch.rand(n, generator=generator, dtype=torch.float64))
        return self.manifold.at(angle.cos(), angle.sin(), directions(n, self.manifold.dim, generator))

    def coordinate(self) -> "PolarArc":
        return PolarArc(self.manifold, self.angle)


class PolarArc(Slices):
    """Length R θ from the pole of a sphere; its slices are spheres of dimension d-1 and radius R sin θ."""

    name, low = "length from the pole", 0.0

    def __init__(self, sphere: Sphere, angle: float):
        self.sphere, self.radius, self.high = sphere, sphere.radius, angle * sphere.radius
        self.parts_dim = (sphere.dim, sphere.dim)  # less than a whole sphere, like every cap and shell
        half = sphere.dim / 2
        self._log_unit_slice = math.log(2) + half * math.log(math.pi) - math.lgamma(half)

    def of(self, m: Tensor) -> Tensor:
        return self.sphere.radius * self.sphere.polar_angle(m)

    def log_slice(self, t: Tensor) -> Tensor:
        width = self.sphere.radius * (t / self.sphere.radius).sin().clamp_min(0)
        return self._log_unit_slice + torch.special.xlogy(self.sphere.dim - 1, width)

    def mean(self, t: Tensor) -> Tensor:
        pole = torch.eye(self.sphere.ambient_dim, dtype=t.dtype)[-1]
        return self.sphere.radius * (t / self.sphere.radius).cos()[:, None] * pole

    def spread(self, t: Tensor) -> Tensor:
        return (self.sphere.radius * (t / self.sphere.radius).sin()).square()

    def draw(self, t: Tensor, generator: Generator) -> Tensor:
        angle = t / self.sphere.radius
        return self.sphere.at(angle.cos(), angle.sin(), directions(len(t), self.sphere.dim, generator))

    def distance(self, m: Tensor, low: float, high: float) -> Tensor:
        t = self.of(m)
        return (t - t.clamp(low, high)).abs()


def directions(n: int, dim: int, generator: Generator) -> Tensor:
    """(n, dim) unit vectors, uniform: Gaussian vectors divided by their length."""
    draw = torch.randn(n, dim, generator=generator, dtype=torch.float64)
    return draw / torch.linalg.vector_norm(draw, dim=1, keepdim=True)
