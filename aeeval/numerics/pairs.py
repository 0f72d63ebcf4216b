"""Means over all pairs of two samples: energy distance and maximum mean discrepancy, in memory of O(n)."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

_PAIRS = 500_000  # pairs held at once: 4 MB, what a cache holds

Of = Callable[[Tensor], Tensor]


def energy_distance(x: Tensor, y: Tensor) -> float:
    """2 E|X − Y| − E|X − X′| − E|Y − Y′| from samples (n, D), (m, D): 0 in the mean for two samples of one law.

    Pairs of a row with itself are left out (a U-statistic), so that there is no bias and a value may be negative. In
    the unit of the rows. Source: Székely and Rizzo, J. Stat. Plan. Inference 143, 2013.

    >>> energy_distance(torch.tensor([[0.0], [1.0]]), torch.tensor([[3.0], [4.0]]))
    4.0
    """
    return 2 * mean_distance(x, y) - mean_distance_within(x) - mean_distance_within(y)


def mean_distance(x: Tensor, y: Tensor) -> float:
    """Mean of |x − y| over all pairs of rows of (n, D) and (m, D)."""
    return _sum_over_pairs(x, y, _root) / (len(x) * len(y))


def mean_distance_within(x: Tensor) -> float:
    """Mean of |x − x′| over all pairs of different rows of (n, D), n ≥ 2."""
    return _sum_within(x, _root) / _pairs_within(x)


def mmd(x: Tensor, y: Tensor, bandwidth: float) -> float:
    """Unbiased squared maximum mean discrepancy E k(X, X′) + E k(Y, Y′) − 2 E k(X, Y), k = exp(−|x − y|² / 2h²).

    Of samples (n, D), (m, D); h the bandwidth, in the unit of the rows. 0 in the mean for two samples of one law, then
    as often negative; at most 2. Source: Gretton et al., JMLR 13, 2012, lemma 6.
    """
    return mean_kernel_within(x, bandwidth) + mean_kernel_within(y, bandwidth) - 2 * mean_kernel(x, y, bandwidth)


def mean_kernel(x: Tensor, y: Tensor, bandwidth: float) -> float:
    """Mean of exp(−|x − y|² / 2h²) over all pairs of rows of (n, D) and (m, D)."""
    return _sum_over_pairs(x, y, _gaussian(bandwidth)) / (len(x) * len(y))


def mean_kernel_within(x: Tensor, bandwidth: float) -> float:
    """Mean of exp(−|x − x′|² / 2h²) over all pairs of different rows of (n, D), n ≥ 2."""
    return (_sum_within(x, _gaussian(bandwidth)) - len(x)) / _pairs_within(x)


def mean_distance_and_kernel(x: Tensor, y: Tensor, bandwidth: float) -> tuple[float, float]:
    """`mean_distance` and `mean_kernel` of the same rows, from one look at all pairs."""
    distance, kernel = _sums_over_pairs(x, y, (_root, _gaussian(bandwidth)))
    return distance / (len(x) * len(y)), kernel / (len(x) * len(y))


def mean_distance_and_kernel_within(x: Tensor, bandwidth: float) -> tuple[float, float]:
    """`mean_distance_within` and `mean_kernel_within` of the same rows, from one look at all pairs."""
    distance, kernel = _sums_over_pairs(x, x, (_root, _gaussian(bandwidth)), itself=True)
    return distance / _pairs_within(x), (kernel - len(x)) / _pairs_within(x)


def median_distance(x: Tensor) -> float:
    """The median of |x − x′| over pairs of different rows of the first 1,000 of (n, D), n ≥ 2: a kernel's bandwidth."""
    _pairs_within(x)
    return torch.pdist(x[:1000].double()).median().item()


def _root(squares: Tensor) -> Tensor:
    return squares.clamp_(min=0).sqrt_()


def _gaussian(bandwidth: float) -> Of:
    if not bandwidth > 0:
        raise ValueError(f"expected a bandwidth > 0; got {bandwidth}; rows that are all equal have none")
    return lambda squares: squares.clamp_(min=0).mul_(-0.5 / bandwidth**2).exp_()


def _pairs_within(x: Tensor) -> int:
    if len(x) < 2:
        raise ValueError(f"expected two rows or more; got {len(x)}; a pair has two different rows")
    return len(x) * (len(x) - 1)


def _sum_within(x: Tensor, of: Of) -> float:
    return _sum_over_pairs(x, x, of, itself=True)


def _sum_over_pairs(x: Tensor, y: Tensor, of: Of, itself: bool = False) -> float:
    (total,) = _sums_over_pairs(x, y, (of,), itself)
    return total


def _sums_over_pairs(x: Tensor, y: Tensor, each: Sequence[Of], itself: bool = False) -> list[float]:
    """Σ of(|x_i − y_j|²) in float64; `itself`: x and y are the same rows, and a row is at distance 0 from itself.

    From |x|² + |y|² − 2⟨x, y⟩ of rows centred at a median, which a few far rows do not move: an error of 1e-16 of the
    squared norms of a pair. Near copies lose their digits, and weigh nothing in a mean.
    """
    centre = y.median(dim=0).values
    x, y = (x - centre).double(), (y - centre).double()
    left = torch.cat([-2 * x, torch.ones_like(x[:, :1]), x.square().sum(dim=1, keepdim=True)], dim=1)
    right = torch.cat([y, y.square().sum(dim=1, keepdim=True), torch.ones_like(y[:, :1])], dim=1)
    rows, totals = max(1, _PAIRS // (len(y) * len(each))), [0.0] * len(each)
    squares = left.new_empty(min(rows, len(left)), len(right))
    copy = torch.empty_like(squares) if len(each) > 1 else squares
    for start in range(0, len(left), rows):
        chunk = torch.mm(left[start : start + rows], right.T, out=squares[: len(left) - start])
        if itself:
            chunk.diagonal(start).zero_()
        for place, of in enumerate(each):  # each works in place: all but the last on a copy
            last = place == len(each) - 1
            totals[place] += of(chunk if last else copy[: len(chunk)].copy_(chunk)).sum().item()
    return totals
