"""Charts and laws of products, unions and warps, written independently of their modules."""

import math
from collections.abc import Callable
from typing import Any

import torch
from scipy import special
from torch import Tensor

from tests.manifolds.knowledge_bent import directions, polar

Chart = Callable[[Tensor], Tensor]


def sphere(u: Tensor) -> Tensor:
    """(..., d) -> (..., d+1) on the unit sphere, which it covers once."""
    return directions(u)


def cap_share(height: Tensor, dim: int) -> Tensor:
    """(1 + height)/2 of uniform points of the unit d-sphere has the law Beta(d/2, d/2)."""
    return torch.from_numpy(special.betainc(dim / 2, dim / 2, ((1 + height) / 2).clamp(0, 1).numpy()))


def cylinder_chart(shape: Any, u: Tensor) -> Tensor:
    height = shape.segment.half_width * (2 * u[..., -1:] - 1)
    return torch.cat([shape.sphere.radius * sphere(u[..., :-1]), height], dim=-1)


def cylinder_share(shape: Any, y: Tensor) -> Tensor:
    return (y[:, -1] / shape.segment.half_width + 1) / 2


def spheres_chart(shape: Any, u: Tensor) -> Tensor:
    first = shape.first.radius * sphere(u[..., : shape.first.dim])
    return torch.cat([first, shape.second.radius * sphere(u[..., shape.first.dim :])], dim=-1)


def spheres_share(shape: Any, y: Tensor) -> Tensor:
    return cap_share(y[:, -1] / shape.second.radius, shape.second.dim)


def warped_sphere_chart(shape: Any, u: Tensor) -> Tensor:
    return lifted(shape, shape.base.radius * sphere(u))


def warped_roll_chart(shape: Any, u: Tensor) -> Tensor:
    t = 1.5 * math.pi * (1 + 2 * u[..., 0])
    return lifted(shape, torch.stack([t * t.cos(), t * t.sin(), shape.base.width * u[..., 1]], dim=-1))


def lifted(shape: Any, x: Tensor) -> Tensor:
    sines = shape.sines
    return torch.cat([x, sines.amplitude * torch.sin(sines.frequency * x @ sines.weights.T)], dim=-1)


def nested_centres(shape: Any) -> tuple[Tensor, list[float]]:
    """The small spheres are evenly around the centre, as far from each other as from the big one."""
    big, small = (shape.components[j].native.radius for j in (0, 1))
    count, size = len(shape.components) - 1, shape.ambient_dim
    half = math.sin(math.pi / count)  # of the distance of neighbours, for the circle of radius 1
    offset = 0.0 if count == 1 else (big + small) / (1 + 2 * half)
    turn = 2 * math.pi * torch.arange(count) / count
    centres = torch.zeros(count + 1, size, dtype=torch.float64)
    centres[1:, :2] = offset * torch.stack([turn.cos(), turn.sin()], dim=1)
    return centres, [big] + [small] * count


def row_of_centres(shape: Any) -> tuple[Tensor, list[float]]:
    radii = [component.native.radius for component in shape.components]
    centres = torch.zeros(len(radii), shape.ambient_dim, dtype=torch.float64)
    centres[:, 0] = (2 * radii[0] + shape.gap) * torch.arange(len(radii))
    return centres, radii


def sphere_charts(place: Callable[[Any], tuple[Tensor, list[float]]]) -> Callable[[Any], list[tuple[int, Chart]]]:
    def charts(shape: Any) -> list[tuple[int, Chart]]:
        pairs = zip(*place(shape), strict=True)
        dims = [component.native.ambient_dim - 1 for component in shape.components]
        return [(dim, _moved_sphere(centre, radius)) for dim, (centre, radius) in zip(dims, pairs, strict=True)]

    return charts


def _moved_sphere(centre: Tensor, radius: float) -> Chart:
    def chart(u: Tensor) -> Tensor:
        padded = torch.zeros(*u.shape[:-1], len(centre), dtype=u.dtype)
        padded[..., : u.shape[-1] + 1] = radius * sphere(u)
        return centre + padded

    return chart


def sphere_shares(
    place: Callable[[Any], tuple[Tensor, list[float]]], weights: Callable[[int], list[float]]
) -> Callable[[Any, Tensor], Tensor]:
    """The share of a point within its sphere, after those of the spheres before it."""

    def share(shape: Any, y: Tensor) -> Tensor:
        centres, radii = place(shape)
        gaps = torch.stack([((y - c).norm(dim=1) - r).abs() for c, r in zip(centres, radii, strict=True)])
        index, mass = gaps.argmin(dim=0), torch.tensor(weights(len(radii)), dtype=torch.float64)
        within = torch.empty(len(y), dtype=torch.float64)
        for j, component in enumerate(shape.components):
            dim, mine = component.native.ambient_dim - 1, index == j
            within[mine] = cap_share((y - centres[j])[mine, dim] / radii[j], dim)
        return (mass.cumsum(0) - mass)[index] + mass[index] * within

    return share


def half_on_the_first(count: int) -> list[float]:
    return [0.5] + [0.5 / (count - 1)] * (count - 1)


def evenly(count: int) -> list[float]:
    return [1 / count] * count


def moon_charts(shape: Any) -> list[tuple[int, Chart]]:
    """scikit-learn's formulas: (cos t, sin t) and (1 - cos t, 1/2 - sin t), 0 <= t <= π."""

    def upper(u: Tensor) -> Tensor:
        return torch.cat([(math.pi * u).cos(), (math.pi * u).sin()], dim=-1)

    return [(1, upper), (1, lambda u: torch.tensor([1.0, 0.5], dtype=u.dtype) - upper(u))]


def moon_share(shape: Any, y: Tensor) -> Tensor:
    lower = (y.norm(dim=1) - 1).abs() > 1e-6  # more than float32 moves a point of the upper one
    upright = torch.where(lower[:, None], torch.tensor([1.0, 0.5], dtype=y.dtype) - y, y)
    return (lower + torch.atan2(upright[:, 1].clamp_min(0), upright[:, 0]) / math.pi) / 2


def lollipop_charts(shape: Any) -> list[tuple[int, Chart]]:
    radius, length = shape.components[0].native.radius, shape.length

    def disc(u: Tensor) -> Tensor:
        r, direction = polar(u, radius)
        return r[..., None] * direction

    return [(2, disc), (1, lambda u: torch.cat([radius + length * u, torch.zeros_like(u)], dim=-1))]


def lollipop_share(shape: Any, y: Tensor) -> Tensor:
    radius = shape.components[0].native.radius
    r = y.norm(dim=1)
    return torch.where(r <= radius, 2 / 3 * (r / radius) ** 2, 2 / 3 + (r - radius) / shape.length / 3)


def mixed_charts(shape: Any) -> list[tuple[int, Chart]]:
    """Line, disc and ball of radius R at x₁ = R + 2 gap, R + gap and 0, in the last axes of R³."""

    def solid(dim: int, x: float) -> tuple[int, Chart]:
        def chart(u: Tensor) -> Tensor:
            r, direction = polar(u, shape.radius)
            padded = torch.zeros(*u.shape[:-1], 3, dtype=u.dtype)
            padded[..., 3 - dim :] = r[..., None] * direction
            return padded + x * torch.eye(3, dtype=u.dtype)[0]

        return dim, chart

    near, far = shape.radius + shape.gap, shape.radius + 2 * shape.gap
    return [solid(1, far), solid(2, near), solid(3, 0.0)]


def mixed_share(shape: Any, y: Tensor) -> Tensor:
    """By the distance from the centre of each, to the power of its dimension."""
    near, far = shape.radius + shape.gap, shape.radius + 2 * shape.gap
    dim = torch.where(y[:, 0] > (near + far) / 2, 1, torch.where(y[:, 0] > shape.radius + shape.gap / 2, 2, 3))
    centre = torch.tensor([far, near, 0.0], dtype=y.dtype)[dim - 1]
    r = torch.cat([y[:, :1] - centre[:, None], y[:, 1:]], dim=1).norm(dim=1) / shape.radius
    return (dim - 1 + r**dim) / 3
