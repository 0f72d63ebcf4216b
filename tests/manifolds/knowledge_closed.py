"""Charts and laws of tori, bands, bottles, rotations, subspaces and curves, written independently of their modules."""

import math
from typing import Any

import torch
from scipy import special
from torch import Tensor

TURN = 2 * math.pi


def interpolate(x: Tensor, grid: Tensor, density: Tensor) -> Tensor:
    """The share of the density on a rising grid that lies below x."""
    mass = torch.cat([torch.zeros(1), ((density[1:] + density[:-1]) / 2 * grid.diff()).cumsum(0)])
    right = torch.searchsorted(grid, x.contiguous()).clamp(1, len(grid) - 1)
    part = (x - grid[right - 1]) / (grid[right] - grid[right - 1])
    return ((mass[right - 1] + part * (mass[right] - mass[right - 1])) / mass[-1]).clamp(0, 1)


def fine(low: float, high: float, n: int = 4001) -> Tensor:
    return torch.linspace(low, high, n, dtype=torch.float64)


def complex_pairs(*numbers: Tensor) -> Tensor:
    return torch.stack([part for number in numbers for part in (number.real, number.imag)], dim=-1)


def turned(angle: Tensor) -> Tensor:
    return torch.polar(torch.ones_like(angle), angle)


def flat_chart(shape: Any, u: Tensor) -> Tensor:
    return complex_pairs(*(shape.radius * turned(TURN * u)).unbind(-1))


def flat_share(shape: Any, y: Tensor) -> Tensor:
    return torch.atan2(y[:, -1], y[:, -2]).remainder(TURN) / TURN


def torus_chart(shape: Any, u: Tensor) -> Tensor:
    ring = (shape.major + shape.minor * (TURN * u[..., 1]).cos()) * turned(TURN * u[..., 0])
    return torch.cat([complex_pairs(ring), shape.minor * (TURN * u[..., 1:]).sin()], dim=-1)


def torus_share(shape: Any, y: Tensor) -> Tensor:
    """Pappus: the area between φ = 0 and φ is 2πr (Rφ + r sin φ)."""
    phi = torch.atan2(y[:, 2], torch.linalg.vector_norm(y[:, :2], dim=1) - shape.major)
    return (phi + shape.minor / shape.major * phi.sin()) / TURN + 0.5


def klein_chart(shape: Any, u: Tensor) -> Tensor:
    angle, phi = TURN * u[..., 0], TURN * u[..., 1]
    ring, lift = shape.major + shape.minor * phi.cos(), shape.minor * phi.sin()
    return complex_pairs(ring * turned(angle), lift * turned(angle / 2))


def klein_share(shape: Any, y: Tensor) -> Tensor:
    ring, lift = torch.linalg.vector_norm(y[:, :2], dim=1), torch.linalg.vector_norm(y[:, 2:], dim=1)
    phi = fine(0, math.pi)
    area = ((shape.major + shape.minor * phi.cos()) ** 2 + (shape.minor * phi.sin()) ** 2 / 4).sqrt()
    return interpolate(torch.atan2(lift, ring - shape.major), phi, area)


def mobius_chart(shape: Any, u: Tensor) -> Tensor:
    angle, v = TURN * u[..., 0], shape.length * (2 * u[..., 1] - 1)
    ring = (shape.radius + v * (angle / 2).cos()) * turned(angle)
    return torch.cat([complex_pairs(ring), (v * (angle / 2).sin())[..., None]], dim=-1)


def mobius_share(shape: Any, y: Tensor) -> Tensor:
    """The distance from the middle circle along the straight lines, its density summed around."""
    offset = torch.stack([torch.linalg.vector_norm(y[:, :2], dim=1) - shape.radius, y[:, 2]], dim=1)
    v, angle = fine(0, shape.length)[:, None], TURN / 400 * torch.arange(800)
    area = ((shape.radius + v * (angle / 2).cos()) ** 2 + v**2 / 4).sqrt().sum(dim=1)
    return interpolate(torch.linalg.vector_norm(offset, dim=1), v.squeeze(1), area)


def rotation_chart(shape: Any, u: Tensor) -> Tensor:
    """Euler angles."""
    first, middle, last = TURN * u[..., 0], math.pi * u[..., 1], TURN * u[..., 2]
    return (about_z(first) @ about_x(middle) @ about_z(last)).flatten(-2)


def about_z(angle: Tensor) -> Tensor:
    zero, one = torch.zeros_like(angle), torch.ones_like(angle)
    rows = [angle.cos(), -angle.sin(), zero, angle.sin(), angle.cos(), zero, zero, zero, one]
    return torch.stack(rows, dim=-1).unflatten(-1, (3, 3))


def about_x(angle: Tensor) -> Tensor:
    return about_z(angle).roll((1, 1), dims=(-2, -1))


def rotation_share(shape: Any, y: Tensor) -> Tensor:
    """Rotation angles have the density (1 - cos ω)/π."""
    angle = ((y[:, [0, 4, 8]].sum(dim=1) - 1) / 2).clamp(-1, 1).acos()
    return (angle - angle.sin()) / math.pi


def subspace_chart(shape: Any, u: Tensor) -> Tensor:
    """Lines, and their complements, by half a sphere; planes of R^4 by a sphere and half a sphere."""
    if (shape.inner, shape.outer) == (2, 4):
        return shape.coordinates(plane_of(on_sphere(u[..., :2]), on_sphere(u[..., 2:] * torch.tensor([1, 0.5]))))
    line = on_sphere(u * torch.tensor([1.0] * (shape.dim - 1) + [0.5]))[..., None]
    matrix = line @ line.mT
    return shape.coordinates(matrix if shape.inner == 1 else torch.eye(shape.outer) - matrix)


def on_sphere(u: Tensor) -> Tensor:
    """(..., d) -> (..., d+1), the last angle a whole turn."""
    rest, coordinates = torch.ones_like(u[..., 0]), []
    for axis in range(u.shape[-1] - 1):
        coordinates.append(rest * (math.pi * u[..., axis]).cos())
        rest = rest * (math.pi * u[..., axis]).sin()
    turn = TURN * u[..., -1]
    return torch.stack([*coordinates, rest * turn.cos(), rest * turn.sin()], dim=-1)


def plane_of(left: Tensor, right: Tensor) -> Tensor:
    """(..., 3), (..., 3) unit -> (..., 4, 4): the plane of the bivector W = (left · I + right · J)/2, which is -W²."""
    bivector = torch.zeros(*left.shape[:-1], 4, 4, dtype=left.dtype)
    for vector, sign in ((left, 1), (right, -1)):
        for a, b, c, part in ((1, 2, 3, vector[..., 0]), (2, 3, 1, vector[..., 1]), (3, 1, 2, vector[..., 2])):
            for i, j, value in ((0, a, part), (b, c, sign * part)):
                bivector[..., i, j] += value / 2
                bivector[..., j, i] -= value / 2
    return -bivector @ bivector


def subspace_share(shape: Any, y: Tensor) -> Tensor:
    """The squared length of a unit vector's projection on a uniform subspace has the law Beta(k/2, (n-k)/2)."""
    square = shape.matrix(y)[:, 0, 0].clamp(0, 1)
    return torch.from_numpy(special.betainc(shape.inner / 2, (shape.outer - shape.inner) / 2, square.numpy()))


def helix_chart(shape: Any, u: Tensor) -> Tensor:
    path, angle = shape.path, shape.path.end * u[..., 0]
    return torch.cat([complex_pairs(path.radius * turned(angle)), (path.rise * angle)[..., None]], dim=-1)


def helix_share(shape: Any, y: Tensor) -> Tensor:
    return y[:, 2] / (shape.path.rise * shape.path.end)


def trefoil_chart(shape: Any, u: Tensor) -> Tensor:
    t = TURN * u[..., 0]
    flat = 1j * (turned(-t) - 2 * turned(2 * t))
    return shape.path.radius * torch.cat([complex_pairs(flat), -(3 * t).sin()[..., None]], dim=-1)


def trefoil_share(shape: Any, y: Tensor) -> Tensor:
    """The height -sin φ, φ = 3t: for each φ in (-π/2, π/2) there are two points, with cos φ and with -cos φ."""
    phi = fine(-math.pi / 2, math.pi / 2, 20_001)
    speed = [(17 + sign * 8 * phi.cos() + 9 * phi.cos() ** 2).sqrt() for sign in (1, -1)]
    return interpolate((-y[:, 2] / shape.path.radius).clamp(-1, 1).asin(), phi, speed[0] + speed[1])


def spiral_chart(shape: Any, u: Tensor) -> Tensor:
    t = 1.5 * math.pi + 3 * math.pi * u[..., 0]
    return complex_pairs(t * turned(t))


def spiral_share(shape: Any, y: Tensor) -> Tensor:
    t = fine(1.5 * math.pi, 4.5 * math.pi, 20_001)
    return interpolate(torch.linalg.vector_norm(y, dim=1), t, (1 + t * t).sqrt())
