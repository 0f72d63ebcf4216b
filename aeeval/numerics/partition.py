"""Cells of equal mass: a tree of half-spaces that halves a large sample again and again."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Cells:
    """2^depth cells of R^D, each the meet of `depth` half-spaces; node j has the children 2j + 1 and 2j + 2."""

    axes: Tensor
    """(2^depth − 1, D) unit normals of the cuts."""
    cuts: Tensor
    """(2^depth − 1,) a point x of node j goes to 2j + 2 when ⟨axis, x⟩ > cut."""
    depth: int

    def __len__(self) -> int:
        return 2**self.depth

    def of(self, points: Tensor) -> Tensor:
        """(n, D) -> (n,) the cell of every point, 0 to 2^depth − 1."""
        node = torch.zeros(len(points), dtype=torch.long, device=points.device)
        for _ in range(self.depth):
            along = (points * self.axes[node]).sum(dim=1)
            node = 2 * node + 1 + (along > self.cuts[node])
        return node - (len(self) - 1)


def equal_mass_cells(points: Tensor, depth: int) -> Cells:
    """Cells that hold n / 2^depth of the points (n, D) each: every cell is halved across its longest principal axis.

    Of the law behind the points a cell holds 2^−depth up to a relative sd of (2^depth / n)^½, whatever the law.
    """
    if len(points) < 2**depth:
        raise ValueError(f"expected a point a cell, {2**depth} or more; got {len(points)}; lower the depth")
    axes, cuts = points.new_empty(2**depth - 1, points.shape[1]), points.new_empty(2**depth - 1)
    parts = [points]
    for node in range(2**depth - 1):
        part = parts[node]
        axes[node] = _longest_axis(part)
        along = part @ axes[node]
        cuts[node] = _middle(along)
        upper = along > cuts[node]
        parts += [part[~upper], part[upper]]
    return Cells(axes, cuts, depth)


def total_variation(counts: Tensor, mass: Tensor) -> float:
    """½ Σ |counts / n − mass| over cells: (c,), (c,) -> [0, 1].

    >>> total_variation(torch.tensor([3, 1]), torch.tensor([0.5, 0.5]))
    0.25
    """
    if not counts.sum() > 0:
        raise ValueError(f"expected points in the cells; got {counts.sum()}; nothing has no shares")
    return (counts / counts.sum() - mass).abs().sum().item() / 2


def total_variation_null(cells: int, n: int) -> float:
    """About E[total_variation] of n points of the law in cells of equal mass: ((K − 1)/(2πn))^½, for n some times K.

    >>> round(total_variation_null(64, 1000), 4)
    0.1001
    """
    return float(((cells - 1) / (2 * torch.pi * n)) ** 0.5)


def _middle(values: Tensor) -> Tensor:
    """The mean of the two middle ones of (n,): the same cut, whichever way the axis points."""
    low, high = (values.kthvalue(place).values for place in ((len(values) + 1) // 2, len(values) // 2 + 1))
    return low if low == high else (low + high) / 2


def _longest_axis(points: Tensor) -> Tensor:
    """(n, D) -> (D,) the first principal direction."""
    centred = points - points.mean(dim=0)
    return torch.linalg.eigh(centred.T @ centred).eigenvectors[:, -1]
