"""Exact nearest neighbours in O(n) memory: a shortlist from matrix products, differences in float64, a certificate."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aeeval.numerics.shortlist import Frame, frame, shortlist, slack

_SPARE = 8  # candidates beyond the k that are asked for
_NUMBERS = 1_000_000  # coordinates of differences held at once: 8 MB


@dataclass(frozen=True)
class Neighbours:
    """The k nearest rows of a base to every query, nearest first, equally far ones by their index."""

    distance: Tensor
    """(q, k) float64 distances, rising along a row."""
    index: Tensor
    """(q, k) rows of the base."""

    @property
    def zeros(self) -> int:
        """How many queries equal a row of the base, other than themselves where they are rows of it."""
        return int((self.distance[:, 0] == 0).sum())


def k_nearest(queries: Tensor, base: Tensor, k: int, own: Tensor | None = None) -> Neighbours:
    """The k nearest rows of the base to every query, exactly: ‖x − y‖ from differences in float64.

    |y|²/2 − ⟨x, y⟩ in float32 chooses k + 8 candidates, whose distances are taken anew. A row is accepted when a bound
    on the rounding of all scores proves that no row left out is nearer than its k-th; the others are done again in
    float64, and what is still unproven (more than 8 copies of one row, say) from all differences. Memory O(q k + D)
    beside the rows; time O(q n D). Among rows exactly as far as the k-th, any may be the last.

    Args:
        queries: (q, D) rows of any float dtype, on the device of the base.
        base: (n, D) rows searched.
        k: how many, 1 ≤ k ≤ n, or n − 1 where the queries are rows of the base.
        own: (q,) the index of every query in the base, which is then no neighbour of itself; None where they are not.

    Raises:
        ValueError: fewer rows than k, or rows that are not finite.

    >>> found = k_nearest(torch.tensor([[0.0]]), torch.tensor([[3.0], [1.0], [-2.0]]), k=2)
    >>> found.distance.tolist(), found.index.tolist()
    ([[1.0, 2.0]], [[1, 2]])
    """
    most = len(base) - (own is not None)
    if not 1 <= k <= most:
        raise ValueError(f"expected at least one row to search and k in 1 to {most}; got k = {k}; lower k")
    found = Neighbours(
        torch.empty(len(queries), k, dtype=torch.float64, device=base.device),
        torch.empty(len(queries), k, dtype=torch.int64, device=base.device),
    )
    search, rows = _Search(queries, base, own, found), torch.arange(len(queries), device=base.device)
    place = frame(queries, base)
    for dtype in _dtypes():
        rows = search.by_products(rows, place, dtype)
        place = place._replace(axes=None)  # what the plane did not prove is left to all coordinates
    search.by_differences(rows)
    return found


def nearest(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The nearest row of y to every row of x: (n, D), (m, D) -> distance (n,) in the dtype of x, index (n,).

    >>> nearest(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0], [0.0, 9.0]]))
    (tensor([5.]), tensor([0]))
    """
    found = k_nearest(x, y, 1)
    return found.distance[:, 0].to(x.dtype), found.index[:, 0]


def nearest_distance(x: Tensor, y: Tensor) -> Tensor:
    """Distance to the nearest row of y from every row of x: (n, D), (m, D) -> (n,) in the dtype of x."""
    return nearest(x, y)[0]


def _dtypes() -> tuple[torch.dtype, ...]:
    """float32, then float64; not float32 where torch may make its products of fewer digits."""
    exact = torch.get_float32_matmul_precision() == "highest"
    return (torch.float32, torch.float64) if exact else (torch.float64,)


@dataclass(frozen=True)
class _Search:
    """Fills in `found` row by row."""

    queries: Tensor
    base: Tensor
    own: Tensor | None
    found: Neighbours

    def by_products(self, rows: Tensor, place: Frame, dtype: torch.dtype) -> Tensor:
        """Fill in these rows; returns those for which a nearer neighbour is not ruled out."""
        if len(rows) == 0:
            return rows
        queries = self.queries if len(rows) == len(self.queries) else self.queries[rows]
        own = None if self.own is None else self.own[rows]
        k, most = self.found.distance.shape[1], len(self.base) - (own is not None)
        m = min(k + _SPARE, most)
        near = shortlist(queries, self.base, own, m, place, dtype)
        for part in _parts(len(rows), m * self.base.shape[1], self.base):
            distance, index = _nearest_of(queries[part], self.base, near.candidates[part], k)
            self.found.distance[rows[part]], self.found.index[rows[part]] = distance, index
        farthest = self.found.distance[rows, -1] * place.unit
        rounding = 4 * slack(self.base.shape[1], torch.float64)
        proven = near.bound >= farthest.square() * (1 + rounding)
        return rows[~proven] if m < most else rows[:0]

    def by_differences(self, rows: Tensor) -> None:
        """Fill in these rows from the differences with every row of the base."""
        k, exact = self.found.distance.shape[1], "donot_use_mm_for_euclid_dist"
        for part in _parts(len(rows), len(self.base), self.base):
            here = rows[part]
            mine, blocks = self.queries[here].double(), self.base.split(max(1, _NUMBERS // self.base.shape[1]))
            table = torch.cat([torch.cdist(mine, block.double(), compute_mode=exact) for block in blocks], dim=1)
            if self.own is not None:
                table[torch.arange(len(here), device=here.device), self.own[here]] = torch.inf
            order = table.sort(dim=1, stable=True)
            self.found.distance[here], self.found.index[here] = order.values[:, :k], order.indices[:, :k]


def _parts(rows: int, numbers: int, like: Tensor) -> tuple[Tensor, ...]:
    """0 … rows − 1 in parts that hold a bounded count of numbers, of which a row has so many."""
    return torch.arange(rows, device=like.device).split(max(1, _NUMBERS // max(1, numbers))) if rows else ()


def _nearest_of(queries: Tensor, base: Tensor, candidates: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k nearest of the candidates (q, m) of every query, by differences, equally far ones by index."""
    index = candidates.sort(dim=1).values
    gaps = base[index].double().sub_(queries[:, None])
    order = torch.linalg.vector_norm(gaps, dim=2).sort(dim=1, stable=True)
    return order.values[:, :k], index.gather(1, order.indices[:, :k])
