"""Which of two sets of rows is the nearer one, for one split of their rows into two sets after another."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aeeval.numerics.neighbours import k_nearest


def nearer(own: Tensor, others: Tensor) -> Tensor:
    """P(own < other), ties ½, of distances (n,) against sets of them (..., n) -> (...)."""
    return ((own < others).double() + 0.5 * (own == others).double()).mean(dim=-1)


@dataclass(frozen=True)
class Nearest:
    """Who of the rows of two sets, (2m,) of them, is nearest to each of n samples: the set that it is put in wins."""

    index: Tensor
    """(s,) the nearest row of each sample that has one."""
    tied: Tensor
    """(n − s, 2m) bool: the rows that are exactly as near, of all other samples."""

    def share_of(self, rows: Tensor) -> float:
        """P(a set of these rows is nearer than all the others), ties ½: (m,) rows -> [0, 1]."""
        chosen = torch.zeros(self.tied.shape[1], dtype=torch.bool)
        chosen[rows] = True
        inside, outside = (self.tied & chosen).any(dim=1), (self.tied & ~chosen).any(dim=1)
        single, even = chosen[self.index].double(), inside.double() * torch.where(outside, 0.5, 1.0)
        return torch.cat([single, even]).mean().item()


def nearest_of_two(samples: Tensor, first: Tensor, second: Tensor) -> Nearest:
    """The nearest rows of two sets (m, D), (m, D), counted through both, to samples (n, D).

    Only who is nearest decides which part of a split is nearer, so no split looks at a distance again. A sample whose
    two nearest rows are equally far is looked at in full: more may be. Time O(n m D), memory O(n + m) where none is.

    >>> near = nearest_of_two(torch.tensor([[0.0], [9.0]]), torch.tensor([[1.0]]), torch.tensor([[8.0]]))
    >>> near.share_of(torch.tensor([0])), near.share_of(torch.tensor([1]))
    (0.5, 0.5)
    """
    found = [k_nearest(samples, rows, min(2, len(rows))) for rows in (first, second)]
    distances = torch.cat([near.distance for near in found], dim=1)
    places = torch.cat([found[0].index, found[1].index + len(first)], dim=1)
    least = distances.amin(dim=1, keepdim=True)
    alone = (distances == least).sum(dim=1) == 1
    index = places.gather(1, distances.argmin(dim=1, keepdim=True))[alone, 0]
    return Nearest(index, _as_near(samples[~alone], first, second))


def _as_near(samples: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """(n, 2m) bool: the rows at the least distance from each sample, by differences, which are exact for copies."""
    exact = "donot_use_mm_for_euclid_dist"
    gaps = torch.cat([torch.cdist(samples, rows, compute_mode=exact) for rows in (first, second)], dim=1)
    return gaps == gaps.amin(dim=1, keepdim=True)
