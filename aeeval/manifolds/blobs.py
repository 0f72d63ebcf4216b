"""Sums of round Gaussian blobs on a grid of pixels that closes on itself: rendered, and differentiated by their places.

A blob exp(-|p - c|²/2s²) is a product of one profile along the columns and one along the rows. Pixels that are no
farther apart than s/1.6 lose nothing: sums over them of products of two blobs are integrals, up to e^(-π²s²) = 1e-11.
"""

from typing import NamedTuple

import torch
from torch import Tensor

_POWERS = 5  # of the place in a profile that second derivatives by c and log s take


class Profiles(NamedTuple):
    """`across`, `down` (n, J, 5, size): (p - c)/s to the powers 0 to 4 times the profile; `width` (n, J) is s."""

    across: Tensor
    down: Tensor
    width: Tensor


def profiles(size: int, centre: Tensor, width: Tensor) -> Profiles:
    """Centres (n, J, 2) in pixels from the middle, widths (n, J)."""
    place = places(size, centre, width[..., None])
    bump = (-place.square() / 2).exp()
    powers = torch.stack([bump * place**power for power in range(_POWERS)], dim=-2)
    return Profiles(powers[:, :, 0], powers[:, :, 1], width)


def places(size: int, centre: Tensor, width: Tensor) -> Tensor:
    """(...), (...) -> (..., size): (p - c)/s at all pixels p, from the nearest of all copies of the centre."""
    pixel = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    return (torch.remainder(pixel - centre[..., None] + size / 2, size) - size / 2) / width[..., None]


def rendered(weight: Tensor, blobs: Profiles) -> Tensor:
    """Weights (J,) -> (n, size, size): the picture, its rows from top to bottom."""
    return _sum(weight.expand(blobs.width.shape)[:, None], blobs.down[:, :, 0], blobs.across[:, :, 0])[:, 0]


def slopes(weight: Tensor, turn: Tensor, blobs: Profiles) -> Tensor:
    """(J,), (n, d, J, 3) -> (n, d, size, size): derivatives by d numbers that move (c_x, c_y, log s) of the blobs."""
    moves = turn * weight[:, None]
    x, y, wider = moves[..., 0] / blobs.width[:, None], moves[..., 1] / blobs.width[:, None], moves[..., 2]
    across, down = blobs.across, blobs.down
    along = _sum(x, down[:, :, 0], across[:, :, 1]) + _sum(y, down[:, :, 1], across[:, :, 0])
    return along + _sum(wider, down[:, :, 0], across[:, :, 2]) + _sum(wider, down[:, :, 2], across[:, :, 0])


def pulls(weight: Tensor, picture: Tensor, blobs: Profiles) -> tuple[Tensor, Tensor]:
    """Products of a picture (n, size, size) with both derivatives of the blobs by (c_x, c_y, log s).

    (n, J, 3) and (n, J, 3, 3).
    """
    count, size = len(weight), picture.shape[1]
    halves = picture @ blobs.across.reshape(-1, count * _POWERS, size).mT
    halves = halves.mT.reshape(-1, count, _POWERS, size)
    m = weight[:, None, None] * (halves @ blobs.down.mT)  # m[a, b]: power a across, power b down
    m = m.movedim((2, 3), (0, 1))
    s = blobs.width
    first = torch.stack([m[1, 0] / s, m[0, 1] / s, m[2, 0] + m[0, 2]], dim=-1)
    mixed = m[1, 1] / s**2
    wider_x = (m[3, 0] - 2 * m[1, 0] + m[1, 2]) / s
    wider_y = (m[0, 3] - 2 * m[0, 1] + m[2, 1]) / s
    widest = m[4, 0] - 2 * m[2, 0] + 2 * m[2, 2] + m[0, 4] - 2 * m[0, 2]
    second = [(m[2, 0] - m[0, 0]) / s**2, mixed, wider_x, mixed, (m[0, 2] - m[0, 0]) / s**2, wider_y]
    return first, torch.stack([*second, wider_x, wider_y, widest], dim=-1).unflatten(-1, (3, 3))


def pulled(weight: Tensor, picture: Tensor, blobs: Profiles, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """The same by d numbers that move the blobs with these derivatives, (n, d, J, 3) and (n, d, d, J, 3).

    (n, d) and (n, d, d).
    """
    slope, bend = pulls(weight, picture, blobs)
    turned = torch.einsum("njpq,nkjq->nkjp", bend, first).flatten(2)
    curved = first.flatten(2) @ turned.mT + (second.flatten(3) @ slope.flatten(1)[:, None, :, None]).squeeze(3)
    return (first.flatten(2) @ slope.flatten(1)[:, :, None]).squeeze(2), curved


def _sum(weights: Tensor, down: Tensor, across: Tensor) -> Tensor:
    """(n, d, J), (n, J, size), (n, J, size) -> (n, d, size, size)."""
    return (weights[:, :, None] * down.mT[:, None]) @ across[:, None]
