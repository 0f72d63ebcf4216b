"""Reliability: whether M is more to be trusted where there were more samples, and how the error leaves the support."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from aeeval.errors import Skipped
from aeeval.evidence import Evidence
from aeeval.metrics.base import Value, metric
from aeeval.numerics.batches import by_batches, rows_at_once
from aeeval.samples import fresh_rows

PERMUTATIONS = 999
LEAST_DECADES, SPREAD = 2.9, 2000  # a density that falls by three decades is seen to fall by 2.9 at so many points
ROUNDING = 1e-6  # of scale: single precision leaves as much
NEIGHBOURS = 10
EDGES = 2.0 ** (torch.arange(-16, 7, dtype=torch.float64) / 2)
LEAST_POINTS = 20
_PAIRS = 4_000_000


@metric(
    capability="extrapolation",
    unit="rank correlation",
    better="none",
    ideal=None,
    range="[−1, 1]",
    needs=("truth",),
    effect="difference",
)
def reliability(evidence: Evidence) -> Value:
    """Whether the error falls where more samples are expected: rank correlation of n p(m) vol and ‖r(m) − m‖.

    Spearman's ρ over clean test rows m, p the exact density of the data and vol the volume of a small ball, one for all
    points: below 0 where M is more reliable in dense regions. Only where the density falls by three decades over S,
    else it is skipped: an even density has nothing to correlate with. A fact: a model that is exact everywhere is
    skipped, and one that is as bad everywhere reads 0. Null 0; `p` is the exact rank of ρ among 999 permutations,
    one-sided. Source: Spearman, Am. J. Psychology 1904.
    """
    rows = evidence.dataset.test.clean
    density = by_batches(evidence.support.log_prob, rows)
    if len({component.dim for component in evidence.manifold.components}) > 1:
        raise Skipped("densities on pieces of different dimension do not compare")
    decades = evidence.shared.get("decades", lambda: _decades(evidence))
    if decades < LEAST_DECADES:
        raise Skipped(f"needs a density that falls by three decades; that of the support falls by {decades:.1f}")
    error = evidence.test_trips.errors
    if error.max() < ROUNDING * evidence.scale:
        raise Skipped("the error is at the level of rounding everywhere")
    dense, poor = _ranks(density), _ranks(error)
    generator = evidence.generator("metric/reliability")
    orders = (torch.randperm(len(rows), generator=generator) for _ in range(PERMUTATIONS))
    own, others = (dense * poor).sum(), torch.stack([(dense * poor[order]).sum() for order in orders])
    return Value(own.item(), null=0.0, p=(1 + int((others <= own + 1e-12).sum())) / (1 + PERMUTATIONS))


def _decades(evidence: Evidence) -> float:
    """How far the density falls over S: at points of its own, which crowd where it is high, and points even over 𝓜."""
    generator = evidence.generator("metric/decades")
    points = torch.cat([law.sample(SPREAD, generator) for law in (evidence.support, evidence.manifold)])
    everywhere = evidence.support.log_prob(points)
    inside = everywhere[everywhere.isfinite()]
    return (inside.max() - inside.min()).item() / math.log(10)


def _ranks(values: Tensor) -> Tensor:
    """Mid-ranks (n,), centred and of norm 1: the product of two is Spearman's ρ; 0 where all values are equal."""
    from scipy.stats import rankdata

    ranks = torch.from_numpy(rankdata(values.numpy()))
    centred = ranks - ranks.mean()
    return centred / torch.linalg.vector_norm(centred).clamp(min=1e-300)


@metric(
    capability="extrapolation",
    unit="scale",
    better="none",
    ideal=0.0,
    range="[0, ∞)",
    needs=("beyond",),
    floor=1e-3,
)
def edge_error(evidence: Evidence) -> Iterator[Value]:
    """The error from deep inside the support to far outside, along one scale: RMS ‖r(x) − x‖ / scale.

    Clean test rows and points of 𝓜 beyond S together, by the radius of the ball about x that holds 10 rows of a fresh
    draw of S as large as the training split: small where data are dense, growing without a jump across the edge of S.
    M is trustworthy where there were many samples, and the curve shows that there is no sharp edge between that and
    elsewhere. Axis `bin` is the middle (geometric) of bins of ratio √2 in units of scale; bins that no point falls in
    have no number. A fact. Null: none. Source: ours.
    """
    bins = evidence.shared.get("edge bins", lambda: _edge_bins(evidence))
    squares = torch.cat([evidence.test_trips.errors, evidence.beyond_trips.errors]).square()
    for index in bins.unique().tolist():
        middle = round((EDGES[index] * EDGES[index + 1]).sqrt().item(), 4)
        some = squares[bins == index]
        if len(some) < LEAST_POINTS:
            yield Value.skipped(f"fewer than {LEAST_POINTS} points in this bin", bin=middle)
        else:
            yield Value(some.mean().sqrt().item() / evidence.scale, axes={"bin": middle})


def _edge_bins(evidence: Evidence) -> Tensor:
    """(n,) the bin of every clean test row and every point beyond."""
    size, generator = len(evidence.dataset.train), evidence.generator("metric/edge")
    points, place = (evidence.dataset.test.clean, evidence.beyond.x), min(NEIGHBOURS, size)
    nearest = [torch.full((len(rows), place), torch.inf, dtype=torch.float64) for rows in points]
    for law in fresh_rows(evidence, size, generator):
        for rows, least in zip(points, nearest, strict=True):
            _keep_least(rows, law, least)
    return torch.bucketize(torch.cat(nearest).amax(dim=1) / evidence.scale, EDGES[1:-1])


def _keep_least(rows: Tensor, law: Tensor, least: Tensor) -> None:
    """Put the least distances of rows (n, D) to a part of a draw into `least` (n, place), which keeps its width."""
    size = max(1, min(_PAIRS // len(law), rows_at_once(rows.shape[1])))
    for chunk, kept in zip(rows.split(size), least.split(size), strict=True):
        both = torch.cat([kept, torch.cdist(chunk, law)], dim=1)
        kept.copy_(both.topk(kept.shape[1], dim=1, largest=False).values)
