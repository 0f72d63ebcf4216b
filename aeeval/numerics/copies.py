"""Signs of copying in distances: the rank-sum z of two sets of distances, and authenticity."""

import math

import torch
from torch import Tensor

from aeeval.numerics.neighbours import Neighbours, k_nearest


def rank_sum_z(x: Tensor, y: Tensor) -> float:
    """Mann-Whitney z of two sets of numbers (n,), (m,): N(0, 1) for two samples of one law, < 0 where x is smaller.

    (U − nm/2) / sd(U), U = #{x > y} + ½ #{x = y}, the variance corrected for ties; 0 when all numbers are equal.
    Source: Mann and Whitney, Ann. Math. Stat. 18, 1947; Meehan et al., AISTATS 2020, who call it Z_U.

    >>> round(rank_sum_z(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([4.0, 5.0, 6.0])), 3)
    -1.964
    """
    n, m, total = len(x), len(y), len(x) + len(y)
    _, place, counts = torch.cat([x, y]).unique(return_inverse=True, return_counts=True)
    ranks = counts.cumsum(0) - (counts.double() - 1) / 2
    excess = (ranks[place[:n]].sum() - n * (total + 1) / 2).item()
    ties = (counts.double() ** 3 - counts).sum().item()
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    return excess / math.sqrt(variance) if variance > 0 else 0.0


def authentic(samples: Tensor, train: Tensor) -> Tensor:
    """Which samples lie farther from the nearest training row than that row from its own: (n, D), (m, D) -> (n,) bool.

    Copies are not; of an independent sample of the same law a share of 1 − p_d is, for large m, with p_d of
    `mutual_neighbours`: under a half, more where few rows are nearest to many. So it is to be held against the share
    of other true rows, not against a half. Source: Alaa et al., ICML 2022.
    """
    return Gaps(train).authentic(k_nearest(samples, train, 1))


class Gaps:
    """Distances of rows (m, D), m ≥ 2, to the nearest other one, each found when it is first asked for.

    >>> Gaps(torch.tensor([[0.0], [1.0], [5.0]])).of(torch.tensor([2, 0, 0]))
    tensor([4., 1., 1.], dtype=torch.float64)
    """

    def __init__(self, rows: Tensor):
        self.rows, self._known = rows, rows.new_full((len(rows),), math.nan, dtype=torch.float64)

    def of(self, index: Tensor) -> Tensor:
        """(n,) places of rows -> (n,) float64."""
        asked = index.unique()
        new = asked[self._known[asked].isnan()]
        if len(new) > 0:
            self._known[new] = k_nearest(self.rows[new], self.rows, 1, own=new).distance[:, 0]
        return self._known[index]

    def authentic(self, found: Neighbours) -> Tensor:
        """(n,) bool: which samples lie farther from their nearest row, found already, than that from its own."""
        return found.distance[:, 0] > self.of(found.index[:, 0])


def mutual_neighbours(dim: int) -> float:
    """p_d, the probability that a point is the nearest neighbour of its nearest neighbour.

    1 / (2 − I_{3/4}((d+1)/2, 1/2)), for many points in d dimensions, d the intrinsic one. Two balls of one radius, each
    through the centre of the other, overlap by I_{3/4}((d+1)/2, 1/2) of their volume.

    >>> [round(1 - mutual_neighbours(d), 4) for d in (1, 2, 3, 5, 10)]
    [0.3333, 0.3785, 0.4074, 0.4423, 0.4787]
    """
    from scipy.special import betainc

    return float(1 / (2 - betainc((dim + 1) / 2, 0.5, 0.75)))
