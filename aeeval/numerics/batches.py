"""Batches of rows: how many go through a model, or through what is measured of them, at once."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

BATCH, NUMBERS = 4096, 2**22
"""At most so many rows, and so many numbers of rows (32 MB in float64): images take memory in the layers of a model."""


def rows_at_once(dim: int) -> int:
    """Rows of `dim` numbers in a batch, at least one.

    >>> rows_at_once(20), rows_at_once(3 * 32 * 32)
    (4096, 1365)
    """
    return max(1, min(BATCH, NUMBERS // max(1, dim)))


def batches(count: int, dim: int) -> Iterator[slice]:
    """The places 0 to count − 1 in batches of rows of `dim` numbers; one that is empty where there are none.

    >>> [part.stop for part in batches(9000, 20)]
    [4096, 8192, 9000]
    """
    size = rows_at_once(dim)
    for start in range(0, max(1, count), size):
        yield slice(start, min(start + size, count))


def by_batches(function: Callable[..., Tensor], *rows: Tensor) -> Tensor:
    """(n, ...) what a function answers row by row to (n, D) rows, asked in batches: cat of function(*(part of each)).

    >>> by_batches(lambda x, y: (x - y).sum(dim=1), torch.ones(3, 2), torch.zeros(3, 2))
    tensor([2., 2., 2.])
    """
    count, dim = len(rows[0]), rows[0][:1].numel() or 1
    return torch.cat([function(*(each[part] for each in rows)) for part in batches(count, dim)])
