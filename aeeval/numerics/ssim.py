"""Structural similarity of pictures."""

import torch
from torch import Tensor
from torch.nn.functional import conv2d

WINDOW, SIGMA = 11, 1.5
LEAST_WINDOW = 7
C1, C2 = 0.01**2, 0.03**2
AT_ONCE = 2**16  # of pictures at once: what they are filtered to stays in the cache, 8 times faster than 2**22


def window_of(height: int, width: int) -> int:
    """The side of the window: 11, or the largest odd number that fits into smaller pictures.

    >>> [window_of(28, 28), window_of(8, 8)]
    [11, 7]
    """
    side = min(height, width, WINDOW)
    return side if side % 2 else side - 1


def structural_similarity(x: Tensor, y: Tensor) -> Tensor:
    """SSIM of pairs of pictures in [0, 1], the mean over channels and all places where the window fits.

    (2 μ_x μ_y + C₁)(2 σ_xy + C₂) / ((μ_x² + μ_y² + C₁)(σ_x² + σ_y² + C₂)), moments under a Gaussian window of 11 × 11
    and σ = 1.5, C₁ = .01², C₂ = .03². Smaller pictures take the largest odd window that fits. Range [−1, 1], 1 only for
    equal pictures. Source: Wang, Bovik, Sheikh, Simoncelli, IEEE Trans. Image Processing 2004.

    Args:
        x, y: (n, C, H, W); min(H, W) ≥ 7, else ValueError.

    Returns:
        (n,) one number a pair.
    """
    side = window_of(*x.shape[-2:])
    if x.shape != y.shape or side < LEAST_WINDOW:
        shapes = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise ValueError(f"expected pictures of one shape, 7 × 7 or more; got {shapes}; there is no smaller window")
    rows = max(1, AT_ONCE // x[0].numel())
    parts = zip(x.double().split(rows), y.double().split(rows), strict=True)
    return torch.cat([_similarity(a, b, side) for a, b in parts])


def _similarity(x: Tensor, y: Tensor, side: int) -> Tensor:
    weights = gaussian_window(side, SIGMA, x)
    mean_x, mean_y, square_x, square_y, product = (windowed(part, weights) for part in (x, y, x * x, y * y, x * y))
    cross = mean_x * mean_y
    powers = mean_x.square() + mean_y.square()
    light = (2 * cross + C1) / (powers + C1)
    contrast = (2 * (product - cross) + C2) / (square_x + square_y - powers + C2)
    return (light * contrast).mean(dim=(1, 2, 3))


def gaussian_window(side: int, sigma: float, like: Tensor) -> Tensor:
    """(side,) the weights of a Gaussian of σ places about the middle, of sum 1, of the type and device of `like`."""
    offsets = torch.arange(side, dtype=like.dtype, device=like.device) - side // 2
    weights = torch.exp(-(offsets**2) / (2 * sigma**2))
    return weights / weights.sum()


def windowed(pictures: Tensor, weights: Tensor) -> Tensor:
    """(n, C, H, W) -> (n, C, H − side + 1, W − side + 1): means under the window, along rows and then columns."""
    n, channels, height, width = pictures.shape
    flat = pictures.reshape(n * channels, 1, height, width)
    means = conv2d(conv2d(flat, weights.reshape(1, 1, -1, 1)), weights.reshape(1, 1, 1, -1))
    return means.reshape(n, channels, *means.shape[-2:])
