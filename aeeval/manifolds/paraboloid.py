"""Paraboloids: bowls of every dimension, steeper towards the rim."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor

from aeeval.errors import Skipped
from aeeval.manifolds.base import Support
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.parts import Lengths, Part, Sliced
from aeeval.manifolds.rejection import accepted
from aeeval.manifolds.shape import grid
from aeeval.manifolds.sphere import directions
from aeeval.manifolds.subspaces import log_sphere
from aeeval.manifolds.validate import ON, integer, positive

_NEWTON_STEPS = 60
_TINY = torch.finfo(torch.float64).tiny


def paraboloid(
    *, dim: int = 2, ambient_dim: int | None = None, radius: float = 1.0, rim: float = 2.0, seed: int = 0
) -> Embedded:
    """A bowl: curved most at its lowest point, and ever flatter and steeper outwards.

    {(z, |z|²/(2a)) : |z| <= rim} in R^(d+1), a = radius, rotated into R^D by `seed`. Reach a, the radius of curvature
    at the vertex. Volume (2πa²/3) ((1 + rim²/a²)^(3/2) - 1) for d = 2, by quadrature for others. embedding_dim d.
    Support "cap" (share=0.5): the points within that share of the length of a meridian, counted from the vertex;
    distances to it run along meridians.
    Source: M. P. do Carmo, Differential Geometry of Curves and Surfaces, 1976, section 3-3.
    """
    return place(
        Paraboloid(integer("dim", dim, 1), positive("radius", radius), positive("rim", rim)), ambient_dim, seed
    )


class Paraboloid(Sliced):
    """{(z, |z|²/(2a)) : |z| <= R} in R^(d+1), a surface of revolution about the last axis.

    Closest points stay in their half plane, where those of the parabola are the roots of a cubic; off the axis it has
    one positive root, so two closest points need a point on the axis, above a: the reach is a.
    """

    name, topology, has_boundary, reach_is_exact = "paraboloid", "ball", True, True

    def __init__(self, dim: int, radius: float, rim: float):
        self.dim, self.radius, self.rim = dim, radius, rim
        self.ambient_dim = self.span_dim = dim + 1
        self.embedding_dim = (dim, dim)
        self.reach = self.unit = radius
        self.length = self.meridian(torch.tensor(rim, dtype=torch.float64)).item()
        self.log_volume = self.coordinate().uniform_moments().log_mass
        self.absent = {}

    def at(self, s: Tensor, direction: Tensor) -> Tensor:
        """(...,), (..., d) -> (..., d+1): the point at distance s from the axis."""
        return torch.cat([s[..., None] * direction, (s * s / (2 * self.radius))[..., None]], dim=-1)

    def off_axis(self, m: Tensor) -> Tensor:
        """(n, d+1) -> (n,): distance from the axis."""
        return torch.linalg.vector_norm(m[:, :-1], dim=1)

    def stretch(self, s: Tensor) -> Tensor:
        """Speed of a meridian, √(1 + s²/a²)."""
        return torch.hypot(torch.ones_like(s), s / self.radius)

    def meridian(self, s: Tensor) -> Tensor:
        """Length from the vertex to distance s from the axis."""
        return (s * self.stretch(s) + self.radius * torch.asinh(s / self.radius)) / 2

    def from_axis(self, length: Tensor) -> Tensor:
        """Inverse of `meridian`, which is convex and at least s: from s = length Newton comes nearer from above."""
        s = length
        for _ in range(_NEWTON_STEPS):
            step = (self.meridian(s) - length) / self.stretch(s)
            s = s - step
            if bool((step.abs() <= 1e-15 * s).all()):
                break
        return s.clamp_min(0)

    def sample_between(self, low: float, high: float, n: int, generator: Generator) -> Tensor:
        """Uniform in the shell below, kept with probability stretch / its greatest value."""
        ends = self.from_axis(torch.tensor([low, high], dtype=torch.float64))
        inner, outer = ends**self.dim
        steepest = self.stretch(ends[1])

        def propose(count: int) -> tuple[Tensor, Tensor]:
            share, threshold = torch.rand(2, count, generator=generator, dtype=torch.float64)
            s = (inner + (outer - inner) * share) ** (1 / self.dim)
            return s[:, None], steepest * threshold <= self.stretch(s)

        s = accepted(n, propose).squeeze(1)
        return self.at(s, directions(n, self.dim, generator))

    def project(self, x: Tensor) -> Tensor:
        """Up or down the half plane of x; on the axis all are alike, and the first is taken."""
        off = self.off_axis(x)
        first = torch.eye(self.dim, dtype=x.dtype)[0]
        direction = torch.where(off[:, None] > 0, x[:, :-1] / off[:, None], first)
        return self.at(_foot(off / self.radius, x[:, -1] / self.radius).mul(self.radius).clamp(max=self.rim), direction)

    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        """Only on the axis, above a, is there more than one closest point."""
        one = (self.off_axis(x) > ON * self.radius) | (x[:, -1] <= self.radius)
        return self.same(m, self.project(x)) & one

    def tangent(self, m: Tensor) -> Tensor:
        z = m[:, :-1]
        frame = torch.cat(
            [torch.eye(self.dim, dtype=m.dtype).expand(len(m), -1, -1), z[:, :, None] / self.radius], dim=2
        )
        return torch.linalg.qr(frame.mT).Q.mT

    def normal(self, m: Tensor) -> Tensor:
        upward = torch.cat([-m[:, :-1] / self.radius, torch.ones_like(m[:, -1:])], dim=1)
        return torch.nn.functional.normalize(upward, dim=1)[:, None, :]

    def boundary_distance(self, m: Tensor) -> Tensor:
        return (self.length - self.meridian(self.off_axis(m))).clamp_min(0)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self.whole, "cap": self._cap}

    def _cap(self, share: float = 0.5) -> Part:
        return Part(self, "cap", 0.0, positive("share", share, high=1) * self.length)

    def slices(self, low: float, high: float) -> "MeridianLength":
        return MeridianLength(self, low, high)

    def mesh(self, resolution: int = 40) -> Tensor:
        if self.dim > 2:
            raise Skipped(f"a paraboloid of dim {self.dim} has no mesh: only d <= 2 is drawn")
        if self.dim == 1:
            z = grid((-self.rim,), (self.rim,), resolution)
            return self.at(z.abs().squeeze(-1), z.sign())
        polar = grid((0.0, 0.0), (self.rim, 2 * math.pi), resolution)
        turn = polar[..., 1]
        return self.at(polar[..., 0], torch.stack([turn.cos(), turn.sin()], dim=-1))


class MeridianLength(Lengths):
    """Length from the vertex of a paraboloid; its slices are spheres of dimension d-1 about the axis."""

    name = "length from the vertex"

    def __init__(self, bowl: Paraboloid, low: float, high: float):
        self.bowl, self.low, self.high = bowl, low, high
        self.parts_dim = bowl.embedding_dim
        self._log_unit_slice = log_sphere(bowl.dim - 1)

    def of(self, m: Tensor) -> Tensor:
        return self.bowl.meridian(self.bowl.off_axis(m))

    def log_slice(self, t: Tensor) -> Tensor:
        return self._log_unit_slice + torch.special.xlogy(self.bowl.dim - 1, self.bowl.from_axis(t))

    def mean(self, t: Tensor) -> Tensor:
        return self.bowl.at(self.bowl.from_axis(t), t.new_zeros(len(t), self.bowl.dim))

    def spread(self, t: Tensor) -> Tensor:
        return self.bowl.from_axis(t).square()

    def draw(self, t: Tensor, generator: Generator) -> Tensor:
        return self.bowl.at(self.bowl.from_axis(t), directions(len(t), self.bowl.dim, generator))


def _foot(off: Tensor, height: Tensor) -> Tensor:
    """(n,), (n,) -> (n,): where the parabola y = s²/2, s >= 0, is closest to (off, height), off >= 0.

    Half the derivative of the squared distance is F(s) = s³/2 + (1 - height) s - off, which is convex and has its
    largest root where the distance is least; the start lies beyond it, so Newton comes nearer from above.
    """
    s = (2 * off) ** (1 / 3) + (2 * (height - 1).clamp_min(0)).sqrt()
    for _ in range(_NEWTON_STEPS):
        value = s * (s * s / 2 + (1 - height)) - off
        step = value / (1.5 * s * s + (1 - height)).clamp_min(_TINY)
        s = (s - step).clamp_min(0)
        if bool((step.abs() <= 4e-16 * s).all()):
            break
    return s
