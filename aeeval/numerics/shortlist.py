"""Candidates for the nearest rows, from matrix products, with a bound under which no row left out can lie."""

from typing import NamedTuple

import torch
from torch import Tensor

from aeeval.numerics.batches import NUMBERS

_BASE, _LEAST_BASE = NUMBERS, 1024  # numbers of the base prepared at once, and rows at least
_PAIRS = 1_000_000  # scores held at once: 4 MB in float32
_GROUP = 16  # columns that share one minimum: the m least of a row lie in the m groups of least minimum
_COORDINATES = 500_000  # coordinates of queries squared at once: 4 MB
_REST = 1e-14  # share of the energy that may lie across the axes: single precision resolves no more
_WORTH = 8  # queries a coordinate from which finding the axes costs little beside the search


class Frame(NamedTuple):
    """x -> (x − centre) · unit: offsets and units cost no digits, and no square over- or underflows."""

    centre: Tensor
    unit: float
    axes: Tensor | None = None
    """(D, e) orthonormal, of a plane in which nearly all of the base lies: products of e coordinates in place of D.

    Distances between feet on a plane are lower bounds of distances, so that any axes leave a bound a bound.
    """


class Shortlist(NamedTuple):
    """The m least scores of every query."""

    candidates: Tensor
    """(q, m) rows of the base, in no order."""
    bound: Tensor
    """(q,) float64 lower bound of the squared distance to every row that is left out, in the frame's unit."""


def frame(queries: Tensor, base: Tensor) -> Frame:
    """The median of about 250 rows as the centre, which no outlier moves, and a power of two as the unit.

    Raises:
        ValueError: rows that are not finite.
    """
    centre = base[:: len(base) // 250 + 1].double().median(dim=0).values
    ends = [end.double() for rows in (queries, base) if len(rows) for end in torch.aminmax(rows, dim=0)]
    top = (torch.stack(ends) - centre).abs().amax()
    if not top.isfinite():
        raise ValueError("expected finite rows; got nan or infinite numbers; remove them")
    place = Frame(centre, 2.0 ** -top.frexp().exponent.item())
    return place._replace(axes=_axes(base, place)) if len(queries) > _WORTH * base.shape[1] else place


def _axes(base: Tensor, place: Frame) -> Tensor | None:
    """The main axes of the base, where half of the coordinates are enough for all but `_REST` of its energy."""
    chunks = base.split(max(1, _COORDINATES // max(1, base.shape[1])))
    energy, axes = torch.linalg.eigh(sum(part.T @ part for part in (_placed(chunk, place) for chunk in chunks)))
    needed = max(1, int((energy.clamp(min=0).cumsum(0) > _REST * energy.sum()).sum()))
    return axes[:, len(energy) - needed :].contiguous() if 2 * needed <= len(energy) else None


def slack(dim: int, dtype: torch.dtype) -> float:
    """γ: a score |y|²/2 − ⟨x, y⟩ of D coordinates, however it is summed, errs by less than γ (|x|²/2 + |y|²).

    With u the unit roundoff, rounding the coordinates costs 2u of Σ|x_i y_i|, D products and sums cost D u, and |y|²/2
    another few; the rest of the 1.1 (D + 8) u is room for terms of second order. Source: Higham, Accuracy and
    Stability of Numerical Algorithms, section 3.1.
    """
    return 1.1 * (dim + 8) * torch.finfo(dtype).eps / 2


def shortlist(queries: Tensor, base: Tensor, own: Tensor | None, m: int, place: Frame, dtype: torch.dtype) -> Shortlist:
    """The m rows of the base with the least |y|²/2 − ⟨x, y⟩ − γ|y|², computed in a dtype.

    The term γ|y|² turns every score into a lower bound up to a term of the query alone, at no cost.

    Args:
        queries: (q, D).
        base: (n, D).
        own: (q,) row of the base that is left out for every query, or None.
        m: candidates a query.
        place: the frame of both.
        dtype: float32 or float64, of the products.
    """
    best = torch.full((len(queries), m), torch.inf, dtype=dtype, device=base.device)
    index = torch.zeros_like(best, dtype=torch.int64)
    rows_at_once = max(_LEAST_BASE, min(_BASE // 256, _BASE // max(1, base.shape[1])))
    for start in range(0, len(base), rows_at_once):
        tile, halves = _prepared(base[start : start + rows_at_once], place, dtype)
        step = max(1, _PAIRS // len(tile))
        for low in range(0, len(queries), step):
            rows = slice(low, low + step)
            scores = torch.addmm(halves, _placed(queries[rows], place).to(dtype), tile.T, alpha=-1)
            if own is not None:
                _forget(scores, own[rows] - start)
            value, column = _least(scores, m)
            _merge(best[rows], index[rows], value, column + start)
    return Shortlist(index, _bound(queries, best.amax(dim=1), place, dtype))


def _placed(rows: Tensor, place: Frame) -> Tensor:
    """(n, D) -> (n, e) float64 coordinates in the frame."""
    moved = (rows.double() - place.centre) * place.unit
    return moved if place.axes is None else moved @ place.axes


def _prepared(rows: Tensor, place: Frame, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Rows in the frame and their (1/2 − γ)|y|², filled up to whole groups by rows that never score."""
    exact = _placed(rows, place)
    halves = (0.5 - slack(rows.shape[1], dtype)) * torch.linalg.vecdot(exact, exact)
    fill = -len(rows) % _GROUP
    tile = torch.nn.functional.pad(exact.to(dtype), (0, 0, 0, fill))
    return tile, torch.nn.functional.pad(halves.to(dtype), (0, fill), value=torch.inf)


def _forget(scores: Tensor, column: Tensor) -> None:
    here = ((column >= 0) & (column < scores.shape[1])).nonzero()[:, 0]
    scores[here, column[here]] = torch.inf


def _least(scores: Tensor, m: int) -> tuple[Tensor, Tensor]:
    """The min(m, columns) least of every row and their columns, in no order."""
    m, groups = min(m, scores.shape[1]), scores.shape[1] // _GROUP
    if groups < 4 * m:
        least = scores.topk(m, dim=1, largest=False, sorted=False)
        return least.values, least.indices
    group = scores.view(-1, _GROUP, groups).amin(dim=1).topk(m, dim=1, largest=False, sorted=False).indices
    columns = (group[:, :, None] + groups * torch.arange(_GROUP, device=scores.device)).flatten(1)
    least = scores.gather(1, columns).topk(m, dim=1, largest=False, sorted=False)
    return least.values, columns.gather(1, least.indices)


def _merge(best: Tensor, index: Tensor, value: Tensor, column: Tensor) -> None:
    """Put the least of both into `best` and `index`, which keep their width."""
    values, columns = torch.cat([best, value], dim=1), torch.cat([index, column], dim=1)
    least = values.topk(best.shape[1], dim=1, largest=False, sorted=False)
    best.copy_(least.values)
    index.copy_(columns.gather(1, least.indices))


def _bound(queries: Tensor, worst: Tensor, place: Frame, dtype: torch.dtype) -> Tensor:
    """2 score + |x|² (1 − 4γ), the query's part of the slack and the error of |x|² included."""
    gamma, bounds = slack(queries.shape[1], dtype), []
    for chunk in queries.split(max(1, _COORDINATES // max(1, queries.shape[1]))):
        bounds.append(_placed(chunk, place).square().sum(dim=1) * (1 - 4 * gamma))
    tiny = queries.shape[1] * torch.finfo(dtype).tiny  # what underflow may hide
    return 2 * worst.double() + torch.cat(bounds) - tiny
