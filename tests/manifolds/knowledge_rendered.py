"""Charts and laws of rendered rows, written independently of their modules: every row by its formula."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aeeval.manifolds.digit import FOUR
from aeeval.manifolds.photo_patch import PATCH
from aeeval.manifolds.splats import CLOUD
from aeeval.manifolds.sprite import FIGURE


def pulses_chart(shape: Any, u: Tensor) -> Tensor:
    """A exp(-t²/2w²) cos(2πft + φ), w = 6D/64."""
    count = shape.ambient_dim
    (least, most), (low, high) = shape.amplitudes, shape.frequencies
    t = torch.arange(count, dtype=torch.float64) - (count - 1) / 2
    amplitude, phase, frequency = (u[..., axis, None] for axis in range(3))
    angle = 2 * math.pi * ((low + (high - low) * frequency) * t + phase)
    return (least + (most - least) * amplitude) * torch.exp(-((t / (6 * count / 64)) ** 2) / 2) * torch.cos(angle)


def pulses_share(shape: Any, y: Tensor) -> Tensor:
    """Of the amplitude, whose cube is uniform: the energy of a pulse is A² w√π/2."""
    amplitude = torch.linalg.vector_norm(y, dim=1) / math.sqrt(6 * shape.ambient_dim / 64 * math.sqrt(math.pi) / 2)
    least, most = shape.amplitudes
    return (amplitude**3 - least**3) / (most**3 - least**3)


SPRITE_GRID = torch.stack(torch.meshgrid(*[torch.arange(32).double() - 15.5] * 2, indexing="xy"), dim=-1).reshape(-1, 2)


def sprite_chart(shape: Any, u: Tensor) -> Tensor:
    """Σ w exp(-|p - c|²/2s²), blob by blob and pixel by pixel of 32 x 32; a copy of it 32 pixels away is added."""
    flat = u.reshape(-1, 4)
    x, y = (shape.half_width * (2 * flat[:, axis] - 1) for axis in (0, 1))
    scale, angle = 1 + (shape.most - 1) * flat[:, 2], 2 * math.pi * flat[:, 3]
    total = torch.zeros(len(flat), 1024, dtype=torch.float64)
    for a, b, weight in FIGURE:
        blob = torch.ones(())
        across = x + 1.6 * scale * (a * angle.cos() - b * angle.sin())
        down = y + 1.6 * scale * (a * angle.sin() + b * angle.cos())
        for centre, axis in ((across, 0), (down, 1)):
            apart = SPRITE_GRID[:, axis] - centre[:, None]
            near = sum(torch.exp(-(((apart + turn) / (1.6 * scale[:, None])) ** 2) / 2) for turn in (-32, 0, 32))
            blob = blob * near
        total += weight * blob
    return total.reshape(*u.shape[:-1], 1024)


def sprite_share(shape: Any, y: Tensor) -> Tensor:
    """Of the scale, whose square is uniform: the sum of all pixels is 2π (1.6 λ)² Σ w."""
    square = y.sum(dim=1) / (2 * math.pi * 1.6**2 * sum(weight for _, _, weight in FIGURE))
    return (square - 1) / (shape.most**2 - 1)


def blobs_chart(shape: Any, u: Tensor) -> Tensor:
    """Three blobs of weights 1, .85 and .7 in three quarters of 28 x 28 pixels, pixel by pixel."""
    flat = u.reshape(-1, 6)
    pixel = torch.stack(torch.meshgrid(*[torch.arange(28).double() - 13.5] * 2, indexing="xy"), dim=-1).reshape(-1, 2)
    total = torch.zeros(len(flat), 784, dtype=torch.float64)
    for j, (place, weight) in enumerate([((-7.0, -7.0), 1.0), ((7.0, 7.0), 0.85), ((7.0, -7.0), 0.7)]):
        centre = torch.tensor(place).double() + shape.half_width * (2 * flat[:, 2 * j : 2 * j + 2] - 1)
        total += weight * torch.exp(-((pixel - centre[:, None]) ** 2).sum(dim=2) / (2 * 1.4**2))
    return total.reshape(*u.shape[:-1], 784)


def blobs_share(shape: Any, y: Tensor) -> Tensor:
    """Of x of the first blob: the mean column of its quarter of the picture, which holds it up to e^-9."""
    quarter = y.reshape(-1, 28, 28)[:, :14, :14]
    column = quarter.sum(dim=1) @ (torch.arange(14).double() - 6.5) / quarter.sum(dim=(1, 2))
    return ((column / shape.half_width + 1) / 2).clamp(0, 1)


def pattern_at(coefficients: tuple[float, ...], q: Tensor) -> Tensor:
    """Σ c_mn φ_m(q_1) φ_n(q_2) at (..., 2), by polynomials; coefficients by m + n, then by m."""
    order = next(k for k in range(20) if (k + 1) * (k + 2) // 2 == len(coefficients))
    table = np.zeros((order + 1, order + 1))
    for c, (m, n) in zip(coefficients, ((m, k - m) for k in range(order + 1) for m in range(k + 1)), strict=True):
        table[m, n] = c / math.sqrt(2.0 ** (m + n) * math.factorial(m) * math.factorial(n) * math.pi)
    x, y = q.numpy().transpose(-1, *range(q.ndim - 1))
    return torch.from_numpy(np.polynomial.hermite.hermval2d(x, y, table)) * torch.exp(-q.square().sum(dim=-1) / 2)


def affine_chart(coefficients: tuple[float, ...], width: float, low: Any, high: Any, u: Tensor) -> Tensor:
    """Pixel by pixel of 32 x 32: q = R(-θ) L⁻¹ (p - (x, y)) / width; `low` and `high` of all six numbers."""
    first, last = (torch.tensor(ends, dtype=torch.float64) for ends in (low, high))
    pose = first + (last - first) * u
    x, y, scale, angle, stretch, shear = pose[..., None, :].unbind(dim=-1)
    across, down = (SPRITE_GRID[:, 0] - x) / scale / width, (SPRITE_GRID[:, 1] - y) / scale / width
    across, down = across / stretch.exp(), down * stretch.exp() - shear * across
    turned = [across * angle.cos() + down * angle.sin(), down * angle.cos() - across * angle.sin()]
    return pattern_at(coefficients, torch.stack(turned, dim=-1))


def photo_chart(shape: Any, u: Tensor) -> Tensor:
    ends = torch.zeros(*u.shape[:-1], 6, dtype=torch.float64)
    ends[..., [0, 1, 3]] = u
    far = shape.high[0].item()
    return affine_chart(PATCH, 2.1, [-far, -far, 1.0, -math.pi, 0, 0], [far, far, 1.0, math.pi, 0, 0], ends)


def photo_share(shape: Any, y: Tensor) -> Tensor:
    """Of twice the angle: the phase of fourth moments of the power spectrum, which turns as the patch does."""
    power = torch.fft.fft2(y.reshape(-1, 32, 32)).abs().square()
    down, across = torch.meshgrid(*[torch.fft.fftfreq(32, dtype=torch.float64)] * 2, indexing="ij")
    weight = power * (across**2 + down**2)
    real, imaginary = (weight * (across**2 - down**2)).sum(dim=(1, 2)), (2 * weight * across * down).sum(dim=(1, 2))
    return (torch.atan2(imaginary, real) / (2 * math.pi) + 0.5).remainder(1.0)


def digit_chart(shape: Any, u: Tensor) -> Tensor:
    ends = torch.zeros(*u.shape[:-1], 6, dtype=torch.float64)
    ends[..., : shape.dim] = u
    low, high = [0.0, 0.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    low[: shape.dim], high[: shape.dim] = shape.low.tolist(), shape.high.tolist()
    return affine_chart(FOUR, 2.08, low, high, ends)


def digit_share(shape: Any, y: Tensor) -> Tensor:
    """Of the scale, whose power dim - 2 is uniform: the sum of all pixels is that of the pattern times λ²; or of x."""
    if shape.dim < 3:
        picture = y.reshape(-1, 32, 32)
        column = picture.sum(dim=1) @ (torch.arange(32).double() - 15.5) / picture.sum(dim=(1, 2))
        plain = digit_chart(shape, torch.full((1, shape.dim), 0.5).double()).reshape(32, 32)
        column = column - plain.sum(dim=0) @ (torch.arange(32).double() - 15.5) / plain.sum()
        return ((column / shape.high[0] + 1) / 2).clamp(0, 1)
    low = [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    plain = affine_chart(FOUR, 2.08, low, low, torch.zeros(1, 6).double())
    power = shape.dim - 2
    scale = (y.sum(dim=1) / plain.sum()).sqrt()
    return ((scale**power - 1) / (shape.high[2] ** power - 1)).clamp(0, 1)


def splats_chart(shape: Any, u: Tensor) -> Tensor:
    """The cloud turned by the Euler angles z, y, z and looked at along z, pixel by pixel of 32 x 32."""
    flat = u.reshape(-1, 3)
    body = torch.tensor(CLOUD, dtype=torch.float64)
    x, y, z = (body[:, axis].expand(len(flat), -1) for axis in range(3))
    for turn, axis in ((2 * math.pi * flat[:, 2:], 2), (math.pi * flat[:, 1:2], 1), (2 * math.pi * flat[:, :1], 2)):
        if axis == 2:
            x, y = x * turn.cos() - y * turn.sin(), x * turn.sin() + y * turn.cos()
        else:
            x, z = x * turn.cos() + z * turn.sin(), z * turn.cos() - x * turn.sin()
    total = torch.zeros(len(flat), 1024, dtype=torch.float64)
    for spot, weight in enumerate(body[:, 3]):
        centre = 1.7 * torch.stack([x[:, spot], y[:, spot]], dim=1)[:, None]
        size = 1.7 * torch.exp(0.07 * z[:, spot, None])
        total += weight * torch.exp(-((SPRITE_GRID - centre) ** 2).sum(dim=2) / (2 * size**2))
    return total.reshape(*u.shape[:-1], 1024)


def splats_share(shape: Any, y: Tensor) -> Tensor:
    """Of the angle of the centroid, as every picture is as likely turned in its plane."""
    picture, pixel = y.reshape(-1, 32, 32), torch.arange(32).double() - 15.5
    across, down = picture.sum(dim=1) @ pixel, picture.sum(dim=2) @ pixel
    return (torch.atan2(down, across) / (2 * math.pi) + 0.5).remainder(1.0)
