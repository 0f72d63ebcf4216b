"""Rendered rows: shapes whose natural coordinates are the pixels of a picture or the samples of a signal."""

import torch
from torch import Tensor

from aeeval.manifolds.embedded import Embedded
from aeeval.manifolds.shape import Shape
from aeeval.manifolds.validate import rows


class Rendered(Embedded):
    """A shape of R^m that stays in its own axes, D = m: x = shift + factor · y; rotations would mix pixels.

    `row_shape` is what a row is: (C, H, W) of a picture, (D,) of a signal.
    """

    def __init__(
        self, native: Shape, row_shape: tuple[int, ...], shift: Tensor | None = None, factor: float = 1.0
    ) -> None:
        place = torch.zeros(native.ambient_dim, dtype=torch.float64) if shift is None else shift
        super().__init__(native, torch.eye(native.ambient_dim, dtype=torch.float64), place, factor)
        self.row_shape = row_shape
        self._kept: tuple[Tensor, Tensor] | None = None

    def lift(self, y: Tensor) -> Tensor:
        return (self.factor * y).add_(self.shift)

    def coordinates(self, x: Tensor) -> Tensor:
        return (rows(x, self.ambient_dim) - self.shift) / self.factor

    def out_of_span(self, x: Tensor, y: Tensor) -> Tensor:
        return torch.zeros(len(x), dtype=torch.float64)

    def tangent(self, m: Tensor) -> Tensor:
        """Frames at the rows that were asked about last are kept: noise is drawn at the same ones a hundred times."""
        y = self.coordinates(m)
        if self._kept is None or not torch.equal(self._kept[0], y):
            self._kept = y, self.native.tangent(y)
        return self._kept[1]

    def normal(self, m: Tensor) -> Tensor:
        return self.native.normal(self.coordinates(m))

    def moved(self, shift: Tensor, factor: float) -> "Rendered":
        assert isinstance(self.native, Shape)
        return Rendered(self.native, self.row_shape, shift, factor)
