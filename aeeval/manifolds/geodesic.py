"""Distance along a graph from its points to the part over a box: a least-energy path, solved for all points at once."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds.boxes import excess
from aeeval.manifolds.sines import Sines
from aeeval.manifolds.validate import ON

ORDERS = ((13, 24), (25, 48), (49, 96))  # numbers of polynomials and nodes, tried in turn
SETTLED = 1e-9
_EVEN, _ROUGH = 1e-8, 1e-4
_STEPS = 500
_CHUNK = 128  # rows whose paths fit in a processor's cache
_STEP_LENGTHS, _TINY = (1e-3, 1.0), 1e-300  # 1/2 is right where the graph is flat


@dataclass(frozen=True)
class Basis:
    """Orthonormal shifted Legendre polynomials P_k on [0, 1] at Gauss nodes.

    `speed` (K, T) their values, `position` (K, T) their integrals from 0, `weights` (T,) of the quadrature.
    """

    speed: Tensor
    position: Tensor
    weights: Tensor


def legendre(terms: int, nodes: int) -> Basis:
    """P_k(t) = √(2k+1) L_k(2t-1), k < terms; ∫₀ᵗ P_k = √(2k+1) (L_{k+1} - L_{k-1})(2t-1) / (2 (2k+1))."""
    x, weights = np.polynomial.legendre.leggauss(nodes)
    values = np.polynomial.legendre.legvander(x, terms).T
    order = np.arange(terms)[:, None]
    below = np.concatenate([-np.ones((1, nodes)), values[: terms - 1]])
    speed = np.sqrt(2 * order + 1) * values[:terms]
    position = (values[1:] - below) / (2 * np.sqrt(2 * order + 1))
    return Basis(*(torch.from_numpy(array) for array in (speed, position, weights / 2)))


def distance_to_box(
    sines: Sines, inner: float, outer: float, z: Tensor, orders: tuple[tuple[int, int], ...] = ORDERS
) -> Tensor:
    """(n, d) -> (n,): geodesic distance from points above z to the part over [-b, b]^d, on the graph over [-w, w]^d.

    The path is z + ∫₀ᵗ Σ c_k P_k, so its end is z + c_0, kept in the box, and its energy ∫ |z'|² + |Dh z'|² has 2I for
    Hessian where h is flat: projected gradient steps of Barzilai and Borwein's length converge fast. Geodesics have
    constant speed, so √energy exceeds the length by about what the polynomials cannot follow: rows where that is more
    than 1e-8 are solved again with more. Raises `GeometryError` where the relative gradient stays above 1e-9, the
    excess above 1e-4, or a path leaves [-w, w]^d and with it the manifold.
    """
    distance = z.new_zeros(len(z))
    rows = (excess(z, inner) != 0).any(dim=1).nonzero().squeeze(1)
    uneven = z.new_zeros(0)
    for terms, nodes in orders:
        basis = legendre(terms, nodes)
        solved = [_Paths(sines, inner, outer, z[part], basis).solve() for part in rows.split(_CHUNK)]
        distance[rows], uneven = (torch.cat(parts) for parts in zip(*solved, strict=True))
        rows, uneven = rows[uneven > _EVEN], uneven[uneven > _EVEN]
        if len(rows) == 0:
            break
    if bool((uneven > _ROUGH).any()):
        raise _refused(f"geodesics of even speed to {_ROUGH:g}", uneven, _ROUGH)
    return distance


def _refused(expected: str, found: Tensor, limit: float) -> GeometryError:
    got = f"{found.max().item():.1e} at worst, {int((found > limit).sum())} of {len(found)} points above it"
    return GeometryError(message(expected, got, "lower amplitude or frequency, or stay nearer to the support"))


class _Paths:
    """Paths from points z, (n, d), as coefficients c, (n, K, d)."""

    def __init__(self, sines: Sines, inner: float, outer: float, z: Tensor, basis: Basis):
        self.sines, self.inner, self.outer, self.z, self.basis = sines, inner, outer, z, basis

    def solve(self) -> tuple[Tensor, Tensor]:
        """Lengths (n,) of the paths of least energy, and by how much √energy exceeds them (n,), relative."""
        c = self.confined(self.z.new_zeros(len(self.z), len(self.basis.speed), self.z.shape[1]))
        energy, gradient = self.energy(c)
        step = torch.full_like(energy, 0.25)
        for _ in range(_STEPS):
            if bool((self.residual(c, gradient) <= SETTLED).all()):
                self.check_inside(c)
                length = self.length(c)
                return length, energy.sqrt() / length - 1
            last, last_gradient = c, gradient
            c = self.confined(c - step[:, None, None] * gradient)
            energy, gradient = self.energy(c)
            move, turn = c - last, gradient - last_gradient
            secant = move.square().sum(dim=(1, 2)) / (move * turn).sum(dim=(1, 2)).clamp_min(_TINY)
            step = secant.clamp(*_STEP_LENGTHS)
        raise _refused(f"geodesics solved to a relative gradient of {SETTLED:g}", self.residual(c, gradient), SETTLED)

    def confined(self, c: Tensor) -> Tensor:
        """The end z + c_0 moved to the nearest point of the box."""
        end = (self.z + c[:, 0]).clamp(-self.inner, self.inner)
        return torch.cat([(end - self.z)[:, None], c[:, 1:]], dim=1)

    def residual(self, c: Tensor, gradient: Tensor) -> Tensor:
        """(n,): length of the projected gradient step of a flat graph, relative to the path's.

        Ends of paths are rounded to some 1e-16 of w, so the shortest paths are judged as if they were 1e-6 of w long.
        """
        move = self.confined(c - gradient / 2) - c
        length = torch.linalg.vector_norm(c, dim=(1, 2)) + ON * self.outer
        return torch.linalg.vector_norm(move, dim=(1, 2)) / length

    def path(self, c: Tensor) -> Tensor:
        """(n, K, d) -> (n, T, d): the shadow of the path at the nodes."""
        return self.z[:, None] + self.basis.position.T @ c

    def length(self, c: Tensor) -> Tensor:
        """(n, K, d) -> (n,): the length above that shadow."""
        velocity = self.basis.speed.T @ c
        rise = self.sines.slope(self.path(c)) * (velocity @ self.sines.weights.T)
        speed = (velocity.square().sum(dim=2) + rise.square().sum(dim=2)).sqrt()
        return speed @ self.basis.weights

    def energy(self, c: Tensor) -> tuple[Tensor, Tensor]:
        """(n, K, d) -> energy (n,), gradient (n, K, d)."""
        sines, basis = self.sines, self.basis
        doubled = 2 * sines.phase(self.path(c))
        speed = basis.speed.T @ (c @ sines.weights.T)
        weight = (sines.amplitude * sines.frequency) ** 2 * basis.weights[:, None]
        squeeze = weight * (1 + doubled.cos())
        energy = c.square().sum(dim=(1, 2)) + (squeeze * speed.square()).sum(dim=(1, 2)) / 2
        pull = sines.frequency * weight * doubled.sin() * speed.square()
        gradient = 2 * c + (basis.speed @ (squeeze * speed) - basis.position @ pull) @ sines.weights
        return energy, gradient

    def check_inside(self, c: Tensor) -> None:
        if bool((self.path(c).abs() > self.outer * (1 + ON)).any()):
            raise GeometryError(
                message("shortest paths within the manifold", "one that leaves it", "lower amplitude or the distance")
            )
