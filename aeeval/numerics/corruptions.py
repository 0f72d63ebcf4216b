"""Changes of rows of a stated size: shifts, after which a row still is one of its kind, and corruptions of it."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional

from aeeval.errors import Skipped
from aeeval.numerics.ssim import AT_ONCE, gaussian_window, windowed


@dataclass(frozen=True)
class Columns:
    """What is usual in each coordinate: `mean` and `spread`, the standard deviation, (D,) of the training rows."""

    mean: Tensor
    spread: Tensor


@dataclass(frozen=True)
class Change:
    """A kind of change and how far it is carried.

    `apply` maps rows (n, *shape), a severity and a generator to rows of the same shape. `shift` says whether a changed
    row is one that a model should represent as it is, or a damaged one that it should not.
    """

    name: str
    severities: tuple[float, ...]
    apply: Callable[[Tensor, float, Generator, Columns], Tensor]
    shift: bool


def translated(images: Tensor, pixels: float, generator: Generator, _: Columns) -> Tensor:
    """Images (n, C, H, W) moved by whole pixels, each up, down, left or right at random; the edge is repeated."""
    step, (height, width) = int(pixels), images.shape[2:]
    if 2 * step >= min(height, width):
        raise Skipped(f"{step} pixels are half of an image of {height} × {width}, or more")
    padded = functional.pad(images, (step, step, step, step), mode="replicate")
    corners = torch.tensor([(0, step), (2 * step, step), (step, 0), (step, 2 * step)])
    corner = corners[torch.randint(4, (len(images),), generator=generator)]
    moved = torch.empty_like(images)
    for top, left in corners.tolist():
        rows = (corner == torch.tensor([top, left])).all(dim=1)
        moved[rows] = padded[rows, :, top : top + height, left : left + width]
    return moved


def brightened(images: Tensor, step: float, _: Generator, __: Columns) -> Tensor:
    """min(1, x + step)."""
    return (images + step).clamp(0, 1)


def flattened(images: Tensor, lost: float, _: Generator, __: Columns) -> Tensor:
    """x̄ + (1 − lost)(x − x̄), with x̄ the mean of each image."""
    return torch.lerp(images, images.mean(dim=(1, 2, 3), keepdim=True), lost)


def noisy(images: Tensor, sigma: float, generator: Generator, _: Columns) -> Tensor:
    """x + σ ε with ε Gaussian in every pixel, cut off at 0 and 1."""
    return (images + sigma * torch.randn(images.shape, generator=generator, dtype=images.dtype)).clamp(0, 1)


def blurred(images: Tensor, sigma: float, _: Generator, __: Columns) -> Tensor:
    """Images under a Gaussian window of σ pixels, cut off at 3 σ; the edge is repeated."""
    radius = round(3 * sigma)
    weights = gaussian_window(2 * radius + 1, sigma, images)
    return torch.cat(
        [
            windowed(functional.pad(some, (radius,) * 4, mode="replicate"), weights)
            for some in images.split(max(1, AT_ONCE // images[0].numel()))
        ]
    )


def occluded(images: Tensor, share: float, generator: Generator, _: Columns) -> Tensor:
    """A black square of about that share of the area, at least one pixel, at a random place of each image."""
    height, width = images.shape[2:]
    side = max(1, round(share**0.5 * min(height, width)))
    inside = []
    for length in (height, width):
        start = torch.randint(length - side + 1, (len(images), 1), generator=generator)
        place = torch.arange(length)[None]
        inside.append((place >= start) & (place < start + side))
    hole = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    return images.masked_fill(hole, 0.0)


def drifted(rows: Tensor, step: float, generator: Generator, columns: Columns) -> Tensor:
    """Every column moved by step · spread, up or down at random, the same for all rows."""
    sign = 2 * torch.randint(2, rows.shape[1:], generator=generator) - 1
    return rows + step * columns.spread * sign


def jittered(rows: Tensor, sigma: float, generator: Generator, columns: Columns) -> Tensor:
    """Every number under Gaussian noise of standard deviation σ · spread of its column."""
    return rows + sigma * columns.spread * torch.randn(rows.shape, generator=generator, dtype=rows.dtype)


def with_gaps(rows: Tensor, share: float, generator: Generator, columns: Columns) -> Tensor:
    """Every number replaced by the mean of its column with that probability, as where values are missing."""
    gone = torch.rand(rows.shape, generator=generator, dtype=rows.dtype) < share
    return torch.where(gone, columns.mean, rows)


OF_IMAGES = (
    Change("translation", (1, 2, 4), translated, shift=True),
    Change("brightness", (0.1, 0.2, 0.4), brightened, shift=True),
    Change("contrast", (0.25, 0.5, 0.75), flattened, shift=True),
    Change("noise", (0.05, 0.1, 0.2), noisy, shift=False),
    Change("blur", (0.5, 1, 2), blurred, shift=False),
    Change("occlusion", (0.05, 0.1, 0.25), occluded, shift=False),
)
OF_ROWS = (
    Change("drift", (0.1, 0.25, 0.5), drifted, shift=True),
    Change("jitter", (0.1, 0.25, 0.5), jittered, shift=False),
    Change("missing", (0.1, 0.25, 0.5), with_gaps, shift=False),
)


def changes_of(shape: tuple[int, ...]) -> tuple[Change, ...]:
    """The changes of rows of that shape: of images (C, H, W), or of anything else."""
    return OF_IMAGES if len(shape) == 3 else OF_ROWS
