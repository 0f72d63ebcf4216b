"""Grassmannians: the linear subspaces of a space, as the matrices that project onto them."""

import math
from collections.abc import Callable, Mapping

import torch
from scipy import special
from torch import Generator, Tensor

from aeeval.errors import GeometryError, Skipped, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.parts import Lengths, Part, Sliced
from aeeval.manifolds.shape import grid
from aeeval.manifolds.subspaces import SPEED, embedding_dim, log_sphere, orthonormal, symmetric_basis
from aeeval.manifolds.validate import ON, integer, positive


def grassmann(*, subspace_dim: int = 2, space_dim: int = 4, ambient_dim: int | None = None, seed: int = 0) -> Embedded:
    """All k-dimensional subspaces of R^n, as projection matrices; for k = 1 its lines, real projective space.

    {P in R^(n x n) : Pᵀ = P = P², tr P = k}, k = subspace_dim, n = space_dim; d = k (n - k), and P spans
    n (n + 1)/2 - 1 dimensions, turned into R^D by `seed`. Lengths are √2 times the root of the sum of squared principal
    angles. Reach 1/√2: so far from P two eigenvalues may meet at 1/2. Volume 2^(d/2) ∏ |S^(n-j)| / |S^(j-1)| over
    j = 1..k. embedding_dim an interval: above d + 1 where n is odd (not orientable) or k = 1 (Hopf), by dual
    Stiefel-Whitney classes for k = 1, at most 2d (Whitney), 2d - 1 for k = 1 and d no power of two (Haefliger and
    Hirsch). Support "cap" (angle=0.7 rad): subspaces within that angle of a line; around one point for k = 1.
    Source: A. Edelman, T. Arias and S. Smith, The geometry of algorithms with orthogonality constraints, 1998;
    J. Milnor and J. Stasheff, Characteristic Classes, 1974; H. Hopf, Systeme symmetrischer Bilinearformen, 1940.
    """
    inner = integer("subspace_dim", subspace_dim, 1)
    outer = integer("space_dim", space_dim, inner + 1)
    return place(Grassmannian(inner, outer), ambient_dim, seed)


class Grassmannian(Sliced):
    """Gr(k, n) in R^m, m = n (n + 1)/2 - 1: P - (k/n) I in an orthonormal basis of the traceless symmetric matrices."""

    name, topology = "grassmann", "Grassmannian"
    has_boundary, reach_is_exact = False, True
    reach = unit = 1 / math.sqrt(2)
    length = SPEED * math.pi / 2

    def __init__(self, inner: int, outer: int):
        self.inner, self.outer = inner, outer
        self.dim = inner * (outer - inner)
        self.basis, self.pairs = symmetric_basis(outer)
        self.ambient_dim = self.span_dim = len(self.basis)
        self.embedding_dim = embedding_dim(inner, outer)
        spheres = (log_sphere(outer - j) - log_sphere(j - 1) for j in range(1, inner + 1))
        self.log_volume = self.dim * math.log(SPEED) + sum(spheres)
        self.absent = {}

    def matrix(self, x: Tensor) -> Tensor:
        """(n, m) -> (n, n, n): the symmetric matrix of trace k with these coordinates."""
        mean = self.inner / self.outer * torch.eye(self.outer, dtype=x.dtype)
        return mean + (x @ self.basis.flatten(1)).reshape(len(x), self.outer, self.outer)

    def coordinates(self, matrix: Tensor) -> Tensor:
        """(..., n, n) -> (..., m): the coordinates of the traceless part."""
        return matrix.flatten(-2) @ self.basis.flatten(1).T

    def onto(self, frame: Tensor) -> Tensor:
        """(n, n, k) with orthonormal columns -> (n, m): the projection onto their span."""
        return self.coordinates(frame @ frame.mT)

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.onto(orthonormal(n, self.outer, self.inner, generator))

    def sample_between(self, low: float, high: float, n: int, generator: Generator) -> Tensor:
        """sin² of the angle α between a uniform subspace and the last axis has the law Beta((n-k)/2, k/2)."""
        shapes = (self.outer - self.inner) / 2, self.inner / 2
        first, last = (math.sin(t / SPEED) ** 2 for t in (low, high))
        below, mass = special.betainc(*shapes, first), special.betainc(*shapes, last)
        share = torch.rand(n, generator=generator, dtype=torch.float64).numpy()
        square = special.betaincinv(*shapes, below + (mass - below) * share).clip(first, last)
        return self.at(torch.from_numpy(square).sqrt().asin(), generator)

    def at(self, angle: Tensor, generator: Generator) -> Tensor:
        """(n,) -> (n, m): one subspace at each angle to the last axis e, uniform among them.

        It is spanned by cos α e + sin α q_1, q_2, ..., q_k with orthonormal q_i ⊥ e.
        """
        n = len(angle)
        frame = torch.zeros(n, self.outer, self.inner, dtype=torch.float64)
        frame[:, :-1] = orthonormal(n, self.outer - 1, self.inner, generator)
        frame[:, :, 0] *= angle.sin()[:, None]
        frame[:, -1, 0] = angle.cos()
        return self.onto(frame)

    def project(self, x: Tensor) -> Tensor:
        """Onto the eigenvectors of the k largest eigenvalues."""
        return self.onto(torch.linalg.eigh(self.matrix(x)).eigenvectors[:, :, -self.inner :])

    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        """Unique unless the eigenvalues k and k + 1 are equal."""
        gap = torch.linalg.eigvalsh(self.matrix(x)).diff(dim=1)[:, -self.inner]
        return self.same(m, self.project(x)) & (gap > ON)

    def tangent(self, m: Tensor) -> Tensor:
        return self._frame(m)[:, self._mixed()]

    def normal(self, m: Tensor) -> Tensor:
        return self._frame(m)[:, ~self._mixed()]

    def _frame(self, m: Tensor) -> Tensor:
        """(n, m) -> (n, m, m): the basis, turned into the eigenvectors of P, those of its kernel first."""
        turn = torch.linalg.eigh(self.matrix(m)).eigenvectors[:, None]
        return self.coordinates(turn @ self.basis @ turn.mT)

    def _mixed(self) -> Tensor:
        """(m,) bool: the basis matrices that join the kernel with the range."""
        kernel = self.outer - self.inner
        return (self.pairs[:, 0] < kernel) & (self.pairs[:, 1] >= kernel)

    def boundary_distance(self, m: Tensor) -> Tensor:
        return m.new_full((len(m),), math.inf)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self.whole, "cap": self._cap}

    def _cap(self, angle: float = 0.7) -> Part:
        if positive("angle", angle, high=math.pi / 2) == math.pi / 2:
            raise GeometryError(message("angle < π/2", "π/2, all subspaces", 'use the support "all"'))
        return Part(self, "cap", 0.0, SPEED * angle)

    def slices(self, low: float, high: float) -> "AngleToLine":
        return AngleToLine(self, low, high)

    def mesh(self, resolution: int = 40) -> Tensor:
        if self.dim > 2:
            raise Skipped(f"a Grassmannian of dim {self.dim} has no mesh: only d <= 2 is drawn")
        angles = grid((0.0,) * self.dim, (math.pi / self.dim, 2 * math.pi)[: self.dim], resolution)
        polar, turn = angles[..., 0], angles[..., -1]
        flat = [polar.sin() * turn.cos(), polar.sin() * turn.sin()] if self.dim == 2 else [polar.sin()]
        line = torch.stack([*flat, polar.cos()], dim=-1)[..., None]
        matrix = line @ line.mT
        return self.coordinates(matrix if self.inner == 1 else torch.eye(self.outer, dtype=line.dtype) - matrix)


class AngleToLine(Lengths):
    """√2 times the angle α between a subspace and the last axis e.

    To come nearer to e by δ a subspace must turn by δ at least, and the one that turns its vector nearest to e towards
    e turns no more.
    """

    name = "length from the subspaces that hold a line"

    def __init__(self, shape: Grassmannian, low: float, high: float):
        self.shape, self.low, self.high = shape, low, high
        k, n = shape.inner, shape.outer
        around_a_point = k == 1 and high < shape.length
        one_sided = k > 1 and n % 2  # some loop of subspaces that hold e turns the sides over
        self.parts_dim = (shape.dim + one_sided, shape.dim if around_a_point else shape.embedding_dim[1])
        self._log_density = math.log(2 / SPEED) + shape.log_volume - float(special.betaln((n - k) / 2, k / 2))

    def of(self, m: Tensor) -> Tensor:
        """From sin 2α and cos 2α, accurate at both ends."""
        column = self.shape.matrix(m)[:, :, -1]
        sine = 2 * torch.linalg.vector_norm(column[:, :-1], dim=1)
        return SPEED / 2 * torch.atan2(sine, 2 * column[:, -1] - 1)

    def log_slice(self, t: Tensor) -> Tensor:
        k, n = self.shape.inner, self.shape.outer
        sine, cosine = (t / SPEED).sin().clamp_min(0), (t / SPEED).cos().clamp_min(0)
        return self._log_density + torch.special.xlogy(n - k - 1, sine) + torch.special.xlogy(k - 1, cosine)

    def mean(self, t: Tensor) -> Tensor:
        """cos² α along e, and the rest of the trace k evenly across, as turns about e leave the mean alone."""
        k, n = self.shape.inner, self.shape.outer
        square = (t / SPEED).cos().square()
        diagonal = ((k - square) / (n - 1))[:, None].repeat(1, n)
        diagonal[:, -1] = square
        return self.shape.coordinates(torch.diag_embed(diagonal))

    def spread(self, t: Tensor) -> Tensor:
        """|P|² = k, which is k - k²/n about the mean of all."""
        return self.shape.inner * (1 - self.shape.inner / self.shape.outer) - self.mean(t).square().sum(dim=1)

    def draw(self, t: Tensor, generator: Generator) -> Tensor:
        return self.shape.at(t / SPEED, generator)
