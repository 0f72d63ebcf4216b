"""The rotations of space, as matrices: a 3-manifold that no four coordinates hold."""

import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
from scipy import special
from torch import Generator, Tensor

from aeeval.errors import GeometryError, Skipped, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.parts import Lengths, Part, Sliced
from aeeval.manifolds.sphere import directions
from aeeval.manifolds.validate import ON, positive

_SPEED = math.sqrt(2)  # of a rotation by one radian, in the Frobenius norm


def so3(*, ambient_dim: int | None = None, seed: int = 0) -> Embedded:
    """All rotations of R^3, as 3 x 3 matrices: the pose of a rigid body; a closed 3-manifold, flat in no direction.

    {R in R^(3x3) : Rᵀ R = I, det R = 1}, turned into R^D, D >= 9, by `seed`; lengths are √2 times rotation angles.
    Reach √2: the matrix I - diag(0, 1, 1) is as near to I as to the half turn diag(1, -1, -1), and none nearer to I is.
    Volume 16 √2 π², half that of a 3-sphere of radius 2√2. embedding_dim 5: SO(3) is projective 3-space. Support "cap"
    (angle=1.5 rad): rotations by at most that angle, of embedding_dim 3.
    Source: M. Moakher, Means and averaging in the group of rotations, 2002; on the embedding W. Hantzsche, Einlagerung
    von Mannigfaltigkeiten in euklidische Räume, 1938, and C. T. C. Wall, All 3-manifolds imbed in 5-space, 1965.
    """
    return place(Rotations(), ambient_dim, seed)


class Rotations(Sliced):
    """SO(3) in R^9, rows of the matrix one after the other."""

    name, topology = "so3", "projective space"
    dim, ambient_dim, span_dim, embedding_dim = 3, 9, 9, (5, 5)
    has_boundary, reach_is_exact, reach, unit = False, True, _SPEED, _SPEED
    length = _SPEED * math.pi
    log_volume = math.log(16 * math.sqrt(2) * math.pi**2)

    def __init__(self) -> None:
        self.absent = {}

    def sample(self, n: int, generator: Generator) -> Tensor:
        return from_quaternion(directions(n, 4, generator))

    def sample_between(self, low: float, high: float, n: int, generator: Generator) -> Tensor:
        """Unit quaternions have polar angle ω/2, and u = sin²(ω/4) the law Beta(3/2, 3/2), on its lower half."""
        first, last = (math.sin(t / (4 * _SPEED)) ** 2 for t in (low, high))
        below, mass = special.betainc(1.5, 1.5, first), special.betainc(1.5, 1.5, last)
        share = torch.rand(n, generator=generator, dtype=torch.float64).numpy()
        u = special.betaincinv(1.5, 1.5, below + (mass - below) * share).clip(first, last)
        return self.about(directions(n, 3, generator), 4 * torch.from_numpy(u).sqrt().asin())

    def project(self, x: Tensor) -> Tensor:
        """U diag(1, 1, ±1) Vᵀ, so that the determinant is 1."""
        left, _, right = np.linalg.svd(matrices(x).numpy())
        left[:, :, 2] *= np.linalg.det(left @ right)[:, None].round()
        return torch.from_numpy(left @ right).flatten(1)

    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        """Unique unless the two smaller singular values cancel, the last with the sign of the determinant."""
        values = torch.linalg.svdvals(matrices(x))
        gap = values[:, 1] + torch.linalg.det(matrices(x)).sign() * values[:, 2]
        return self.same(m, self.project(x)) & (gap > ON)

    def tangent(self, m: Tensor) -> Tensor:
        return (matrices(self.project(m))[:, None] @ _skew()).flatten(2)

    def normal(self, m: Tensor) -> Tensor:
        return (matrices(self.project(m))[:, None] @ _symmetric()).flatten(2)

    def boundary_distance(self, m: Tensor) -> Tensor:
        return m.new_full((len(m),), math.inf)

    def angle(self, m: Tensor) -> Tensor:
        """(n, 9) -> (n,): rotation angle in [0, π], from its sine and its cosine, accurate at both ends."""
        rotation = matrices(m)
        sine = torch.linalg.matrix_norm(rotation - rotation.mT) / (2 * _SPEED)
        return torch.atan2(sine, (rotation.diagonal(dim1=1, dim2=2).sum(dim=1) - 1) / 2)

    def about(self, axis: Tensor, angle: Tensor) -> Tensor:
        """(n, 3) unit, (n,) -> (n, 9): the rotations about these axes."""
        return from_quaternion(torch.cat([(angle / 2).cos()[:, None], (angle / 2).sin()[:, None] * axis], dim=1))

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self.whole, "cap": self._cap}

    def _cap(self, angle: float = 1.5) -> Part:
        if positive("angle", angle, high=math.pi) == math.pi:
            raise GeometryError(message("angle < π", "π, all rotations", 'use the support "all"'))
        return Part(self, "cap", 0.0, _SPEED * angle)

    def slices(self, low: float, high: float) -> "RotationAngle":
        return RotationAngle(self, low, high)

    def mesh(self, resolution: int = 40) -> Tensor:
        raise Skipped("rotations have no mesh: they are of dim 3, and only d <= 2 is drawn")


class RotationAngle(Lengths):
    """√2 times the rotation angle ω; its slices, rotations by ω about all axes, are spheres of radius 2√2 sin ω/2."""

    name = "length from the identity"

    def __init__(self, rotations: Rotations, low: float, high: float):
        self.rotations, self.low, self.high = rotations, low, high
        self.parts_dim = (3, 3) if high < rotations.length else (4, 5)  # the half turns form a projective plane

    def of(self, m: Tensor) -> Tensor:
        return _SPEED * self.rotations.angle(m)

    def log_slice(self, t: Tensor) -> Tensor:
        return math.log(32 * math.pi) + 2 * (t / (2 * _SPEED)).sin().log()

    def mean(self, t: Tensor) -> Tensor:
        """Along the axis a rotation keeps lengths, across it multiplies them by cos ω."""
        return (1 + 2 * (t / _SPEED).cos())[:, None] / 3 * torch.eye(3, dtype=t.dtype).flatten()

    def spread(self, t: Tensor) -> Tensor:
        """|R|² = 3."""
        return 3 - self.mean(t).square().sum(dim=1)

    def draw(self, t: Tensor, generator: Generator) -> Tensor:
        return self.rotations.about(directions(len(t), 3, generator), t / _SPEED)


def matrices(x: Tensor) -> Tensor:
    """(n, 9) -> (n, 3, 3)."""
    return x.reshape(len(x), 3, 3)


def from_quaternion(q: Tensor) -> Tensor:
    """(n, 4) unit quaternions, real part first -> (n, 9): R v = v + 2 w (a × v) + 2 a × (a × v), a the vector part."""
    cross = torch.einsum("na,aij->nij", q[:, 1:], _SPEED * _skew())
    return (torch.eye(3, dtype=q.dtype) + 2 * q[:, :1, None] * cross + 2 * cross @ cross).flatten(1)


def _skew() -> Tensor:
    """(3, 3, 3): the matrices of v -> e_a × v / √2, orthonormal."""
    basis = torch.zeros(3, 3, 3, dtype=torch.float64)
    for a, i, j in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        basis[a, j, i], basis[a, i, j] = 1 / _SPEED, -1 / _SPEED
    return basis


def _symmetric() -> Tensor:
    """(6, 3, 3): an orthonormal basis of the symmetric matrices."""
    squares = torch.diag_embed(torch.eye(3, dtype=torch.float64))
    return torch.cat([squares, _skew().abs()])
