"""Charts and laws of rendered rows, written independently of their modules: every row by its formula."""

import math
from typing import Any

import torch
from torch import Tensor

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
