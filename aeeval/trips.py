"""Round trips x → z → x̂ in batches: codes are kept, and of their answers no more than one batch of numbers."""

from collections.abc import Callable
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from aeeval.numerics.batches import NUMBERS, batches, by_batches


class Maps(Protocol):
    """f and g of flat float64 rows."""

    def encode(self, x: Tensor) -> Tensor: ...

    def decode(self, z: Tensor) -> Tensor: ...


class Decoded:
    """g(z) of codes z (n, k). Few answers are kept; of many, each who asks has the batches decoded again.

    So an evaluation holds one copy of the rows, their codes, and a few batches, however many rows there are.
    """

    def __init__(self, model: Maps, codes: Tensor, dim: int):
        self.model, self.codes, self.dim = model, codes, dim

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def small(self) -> bool:
        """Whether all answers are at most one batch of numbers."""
        return len(self) * self.dim <= NUMBERS

    @cached_property
    def all(self) -> Tensor:
        """(n, D) all answers at once, a second copy of the rows where these are many."""
        return self.model.decode(self.codes)

    def of(self, rows: slice | Tensor) -> Tensor:
        """(m, D) the answers of some rows."""
        return self.all[rows] if self.small else self.model.decode(self.codes[rows])

    def each(self, function: Callable[..., Tensor], *beside: Tensor) -> Tensor:
        """(n, ...) what a function says row by row of the answers, and of rows (n, ·) beside them, batch by batch."""
        parts = batches(len(self), self.dim)
        return torch.cat([function(self.of(part), *(rows[part] for rows in beside)) for part in parts])

    def distances(self, rows: Tensor) -> Tensor:
        """(n,) ‖g(z) − y‖ to rows y (n, D)."""
        return self.each(between, rows)

    @cached_property
    def again(self) -> Tensor:
        """(n, 2) how far a second round trip moves an answer, ‖r(g(z)) − g(z)‖, and its code, ‖f(g(z)) − z‖."""

        def once_more(answers: Tensor, codes: Tensor) -> Tensor:
            back = self.model.encode(answers)
            return torch.stack([between(self.model.decode(back), answers), between(back, codes)], dim=1)

        return self.each(once_more, self.codes)


class Trips(Decoded):
    """r(x) of rows x (n, D)."""

    def __init__(self, model: Maps, x: Tensor):
        super().__init__(model, by_batches(model.encode, x), x.shape[1])
        self.x = x

    @cached_property
    def errors(self) -> Tensor:
        """(n,) ‖r(x) − x‖."""
        return self.distances(self.x)


def between(x: Tensor, y: Tensor) -> Tensor:
    """(n,) ‖x − y‖ of rows (n, D), without any square of them held."""
    return torch.linalg.vector_norm(x - y, dim=1)
