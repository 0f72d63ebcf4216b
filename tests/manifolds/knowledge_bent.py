"""Charts and laws of the bowls, conoids, patches, sheets and balls, written independently of their modules."""

import math
from typing import Any

import torch
from scipy import special
from torch import Tensor


def directions(u: Tensor) -> Tensor:
    """(..., d-1) in [0, 1] -> (..., d) of length 1, by hyperspherical angles; for d = 1 there is nothing to choose."""
    rest, coordinates = torch.ones(u.shape[:-1], dtype=u.dtype), []
    for axis in range(u.shape[-1]):
        angle = (2 if axis == u.shape[-1] - 1 else 1) * math.pi * u[..., axis]
        coordinates.append(rest * angle.cos())
        rest = rest * angle.sin()
    return torch.stack([*coordinates, rest], dim=-1)


def polar(u: Tensor, radius: float) -> tuple[Tensor, Tensor]:
    """(..., d) -> distance (...,) in [0, radius] and direction (..., d); both ways along the line for d = 1."""
    if u.shape[-1] == 1:
        return radius * (2 * u - 1).abs().squeeze(-1), (2 * u - 1).sign()
    return radius * u[..., 0], directions(u[..., 1:])


def ball_chart(shape: Any, u: Tensor) -> Tensor:
    r, direction = polar(u, shape.radius)
    return r[..., None] * direction


def ball_share(shape: Any, y: Tensor) -> Tensor:
    return (torch.linalg.vector_norm(y, dim=1) / shape.radius) ** shape.dim


def hemisphere_chart(shape: Any, u: Tensor) -> Tensor:
    angle, direction = polar(u, math.pi / 2)
    return shape.radius * torch.cat([angle.sin()[..., None] * direction, angle.cos()[..., None]], dim=-1)


def hemisphere_share(shape: Any, y: Tensor) -> Tensor:
    """(1 + cosine)/2 of the whole sphere has the law Beta(d/2, d/2); here it is the upper half of it."""
    u = ((1 + y[:, -1] / shape.radius) / 2).clamp(0, 1)
    return 2 * torch.from_numpy(special.betainc(shape.dim / 2, shape.dim / 2, u.numpy())) - 1


def paraboloid_chart(shape: Any, u: Tensor) -> Tensor:
    s, direction = polar(u, shape.rim)
    return torch.cat([s[..., None] * direction, (s * s / (2 * shape.radius))[..., None]], dim=-1)


def paraboloid_share(shape: Any, y: Tensor) -> Tensor:
    """∫ s^(d-1) √(1 + s²) ds = s^d/d · F(-1/2, d/2; 1 + d/2; -s²) in units of the radius."""

    def mass(s: Any) -> Any:
        return s**shape.dim * special.hyp2f1(-0.5, shape.dim / 2, 1 + shape.dim / 2, -(s**2))

    s = torch.linalg.vector_norm(y[:, :-1], dim=1) / shape.radius
    return torch.from_numpy(mass(s.numpy()) / mass(shape.rim / shape.radius))


def saddle_chart(shape: Any, u: Tensor) -> Tensor:
    """z = xy/c."""
    c, half_length, half_width = shape.reach, shape.half_length, shape.high[1].item()
    x = half_length * (2 * u[..., 0] - 1)
    y = half_width * (2 * u[..., 1] - 1) / (1 + x.square() / c**2).sqrt()
    return torch.stack([x, y, x * y / c], dim=-1)


def saddle_share(shape: Any, y: Tensor) -> Tensor:
    """Of x: at x the line has area ∫ √(1 + s² q²) ds, with q = c / (c² + x²)."""
    c, half_length, half_width = shape.reach, shape.half_length, shape.high[1].item()
    x = torch.linspace(-half_length, half_length, 4001, dtype=torch.float64)
    turn = half_width * c / (c**2 + x.square())
    area = (turn * (1 + turn.square()).sqrt() + torch.asinh(turn)) / turn
    mass = torch.cat([torch.zeros(1), ((area[1:] + area[:-1]) / 2).cumsum(0)])
    right = torch.searchsorted(x, y[:, 0].contiguous()).clamp(1, len(x) - 1)
    part = (y[:, 0] - x[right - 1]) / (x[right] - x[right - 1])
    return (mass[right - 1] + part * (mass[right] - mass[right - 1])) / mass[-1]


def helicoid_chart(shape: Any, u: Tensor) -> Tensor:
    c, (half_angle, half_width) = shape.reach, shape.high.tolist()
    angle, s = half_angle * (2 * u[..., 0] - 1), half_width * (2 * u[..., 1] - 1)
    return torch.stack([c * angle, s * angle.cos(), s * angle.sin()], dim=-1)


def helicoid_share(shape: Any, y: Tensor) -> Tensor:
    """Of the signed distance s from the axis, with area √(c² + s²) for a unit of angle."""
    c, half_width = shape.reach, shape.high[1]

    def mass(s: Tensor) -> Tensor:
        return s * (c**2 + s * s).sqrt() + c**2 * torch.asinh(s / c)

    angle = y[:, 0] / c
    s = y[:, 1] * angle.cos() + y[:, 2] * angle.sin()
    return (1 + mass(s) / mass(half_width)) / 2


def pseudosphere_chart(shape: Any, u: Tensor) -> Tensor:
    """By distance from the axis; the height is that of the tractrix, log((1 + √(1-r²)) / r) - √(1-r²)."""
    wide, narrow = (-shape.low[0] / shape.radius).exp(), (-shape.high[0] / shape.radius).exp()
    r, angle = wide + (narrow - wide) * u[..., 0], shape.high[1] * (2 * u[..., 1] - 1)
    root = (1 - r * r).sqrt()
    height = ((1 + root) / r).log() - root
    return shape.radius * torch.stack([r * angle.cos(), r * angle.sin(), height], dim=-1)


def pseudosphere_share(shape: Any, y: Tensor) -> Tensor:
    """A circle of radius r has length proportional to r, and r falls as e^(-v): r is uniform."""
    r = torch.linalg.vector_norm(y[:, :2], dim=1) / shape.radius
    wide, narrow = (-shape.low[0] / shape.radius).exp(), (-shape.high[0] / shape.radius).exp()
    return (wide - r) / (wide - narrow)


def s_chart(shape: Any, u: Tensor) -> Tensor:
    t, radius = 3 * math.pi * (u[..., 0] - 0.5), shape.profile.radius
    bend = t.sign() * (t.cos() - 1)
    return torch.stack([radius * t.sin(), radius * bend, shape.width * u[..., 1]], dim=-1)


def s_share(shape: Any, y: Tensor) -> Tensor:
    """The angle, from its cosine and the side on which it lies."""
    x, height = y[:, 0] / shape.profile.radius, y[:, 1] / shape.profile.radius
    upper = height > 0
    angle = torch.acos((1 - height.abs()).clamp(-1, 1))
    angle = torch.where(torch.where(upper, -x, x) < 0, 2 * math.pi - angle, angle)
    return (torch.where(upper, -angle, angle) / (1.5 * math.pi) + 1) / 2
