"""Half spheres: curved like a sphere, but with a rim, and no more than a bent ball."""

import math

import torch
from torch import Generator, Tensor

from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.shape import Whole, grid
from aeeval.manifolds.sphere import Cap, Sphere
from aeeval.manifolds.validate import ON, integer, positive


def hemisphere(*, dim: int = 2, ambient_dim: int | None = None, radius: float = 1.0, seed: int = 0) -> Embedded:
    """Half a d-sphere of radius R: curved alike everywhere, but d latent dimensions are enough.

    {x : |x| = R, x_(d+1) >= 0} in R^(d+1), rotated into R^D by `seed`. Reach R. Volume π^((d+1)/2) R^d / Γ((d+1)/2).
    embedding_dim d. Support "cap" (angle=1.0 rad, below π/2), the points within that polar angle of the pole.
    Source: as for `sphere`; points below the plane of the rim are closest to the rim.
    """
    return place(Hemisphere(integer("dim", dim, 1), positive("radius", radius)), ambient_dim, seed)


class Hemisphere(Sphere):
    """The part of S^d(R) with polar angle <= π/2.

    Reach R: with its last coordinate raised to 0, a point has one closest direction unless it is on the axis, and there
    only the centre and what is below it, no nearer than R, has several closest points.
    """

    name, topology, has_boundary = "hemisphere", "ball", True
    rim, rim_name = math.pi / 2, "π/2"

    def __init__(self, dim: int, radius: float):
        super().__init__(dim, radius)
        self.log_volume = self.log_sphere - math.log(2)
        self.embedding_dim = (dim, dim)

    def sample(self, n: int, generator: Generator) -> Tensor:
        x = super().sample(n, generator)
        return torch.cat([x[:, :-1], x[:, -1:].abs()], dim=1)

    def raised(self, x: Tensor) -> Tensor:
        """(n, d+1) -> (n, d+1): what is below the plane of the rim, moved up into it."""
        return torch.cat([x[:, :-1], x[:, -1:].clamp_min(0)], dim=1)

    def project(self, x: Tensor) -> Tensor:
        """Radially from what is raised; on the axis below the centre the rim is all alike, and one point is taken."""
        raised = self.raised(x)
        below = (torch.linalg.vector_norm(raised, dim=1) == 0) & (x[:, -1] < 0)
        first = torch.eye(self.ambient_dim, dtype=x.dtype)[0]
        return super().project(torch.where(below[:, None], first, raised))

    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        off_axis = torch.linalg.vector_norm(self.raised(x), dim=1) > ON * self.radius
        return self.same(m, self.project(x)) & off_axis

    def normal(self, m: Tensor) -> Tensor:
        return super().project(m)[:, None, :] / self.radius

    def boundary_distance(self, m: Tensor) -> Tensor:
        return self.radius * (self.rim - self.polar_angle(m)).clamp_min(0)

    def _all(self) -> Whole:
        half = Cap(Sphere(self.dim, self.radius), self.rim)
        return Whole(self, half.centroid, half.scale)

    def mesh(self, resolution: int = 40) -> Tensor:
        if self.dim != 1:
            return super().mesh(resolution)
        polar = grid((-self.rim,), (self.rim,), resolution)
        return self.radius * torch.cat([polar.sin(), polar.cos()], dim=-1)
