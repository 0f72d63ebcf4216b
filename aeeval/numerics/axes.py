"""Principal axes of rows, the same on every machine."""

from dataclasses import dataclass

import torch
from torch import Tensor

_EQUAL = 1e-6  # of the largest spread: axes nearer than that in spread are in no order


@dataclass(frozen=True)
class View:
    """A projection of rows (n, D) to a few coordinates about their mean; `share` of their variance is kept."""

    centre: Tensor
    """(D,) mean of the rows."""
    axes: Tensor
    """(p, D) orthonormal rows, the one of largest variance first."""
    share: float

    def of(self, rows: Tensor) -> Tensor:
        """(..., D) -> (..., p)."""
        return (rows - self.centre) @ self.axes.T


def principal_view(rows: Tensor, count: int) -> View:
    """The view of rows (n, D) along their `count` principal axes, fewer where n or D is smaller.

    Axes of equal spread are any orthonormal basis of their span, and one axis has either sign: both are settled by
    fixed vectors, projected onto the span, so that a picture looks the same on every machine.

    >>> view = principal_view(torch.tensor([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]]), 1)
    >>> round(view.share, 6), view.of(torch.tensor([[3.0, 5.0]])).abs()
    (0.8, tensor([[3.]]))
    """
    centre = rows.mean(dim=0)
    _, spread, axes = torch.linalg.svd(rows - centre, full_matrices=False)
    kept = spread[:count].square().sum() / spread.square().sum().clamp(min=1e-300)
    return View(centre, _settled(spread, axes, count), float(kept))


def _settled(spread: Tensor, axes: Tensor, count: int) -> Tensor:
    """(m,), (m, D) -> (count, D): the first axes, up to what the spread leaves open."""
    generator = torch.Generator().manual_seed(0)
    group = torch.nn.functional.pad((spread.diff() < -_EQUAL * spread[0]).cumsum(dim=0), (1, 0))
    wanted = group <= group[:count].max()
    parts = []
    for span in axes[wanted].split(torch.bincount(group[wanted]).tolist()):
        fixed = torch.randn(span.shape, generator=generator, dtype=span.dtype)
        basis, triangle = torch.linalg.qr((fixed @ span.T @ span).T)
        parts.append((basis * triangle.diagonal().sign()).T)
    return torch.cat(parts)[:count]
