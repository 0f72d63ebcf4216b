"""Overfitting seen by iteration: whether r, applied again and again, falls back on the training rows."""

import torch
from torch import Tensor

from aeeval.errors import SubmissionError, TimeLimit
from aeeval.evidence import Evidence
from aeeval.metrics.base import Value, metric
from aeeval.numerics.neighbours import nearest_distance

STARTS, ITERATIONS = 128, 100
TOLERANCE = 0.01  # of scale
STILL, LOST = 1e-6, 1e3  # of scale: steps below end an iteration, and so do points farther than that from the start


@metric(
    capability="overfitting",
    unit="1",
    better="none",
    ideal=0.0,
    range="[0, 1]",
    needs=("training rows",),
    effect="difference",
)
def attractor_return(evidence: Evidence) -> Value:
    """Share of points that iterate to a training row: #{dist(r¹⁰⁰(x), T) < 1 % of scale} / #{x}, T the rows as seen.

    From 128 clean test rows, at most 100 iterations each (12,800 rows in all); a point that no longer moves (1e-6 of
    scale) is done, one that runs off (1,000 scales, or no finite answer) does not return. A diagnostic: training rows
    become attractors only where few rows are overfitted much, and an honest model that keeps to 𝓜 comes near them as
    often as fresh rows do. `null` is the share of the starting points that lie so near before any iteration: 0 where
    rows are sparse or noisy. Source: Radhakrishnan, Belkin, Uhler, PNAS 2020.
    """
    starts, rows = evidence.dataset.test.clean[:STARTS], evidence.dataset.train.x
    near = TOLERANCE * evidence.scale
    ends, held = _iterated(evidence, starts)
    returned = (nearest_distance(ends, rows) < near) & held
    before = nearest_distance(starts, rows) < near
    share = returned.double().mean().item()
    stderr = (share * (1 - share) / len(starts)) ** 0.5
    return Value(share, stderr, null=before.double().mean().item())


def _iterated(evidence: Evidence, starts: Tensor) -> tuple[Tensor, Tensor]:
    """(n, D) where the iterations end, (n,) whether they stayed within bounds."""
    points, held = starts.clone(), torch.ones(len(starts), dtype=torch.bool)
    moving = torch.arange(len(starts))
    for _ in range(ITERATIONS):
        try:
            answers = evidence.model.reconstruct(points[moving])
        except TimeLimit:
            raise
        except SubmissionError:  # no finite answer so far away: whatever still moves is lost
            held[moving] = False
            break
        step = torch.linalg.vector_norm(answers - points[moving], dim=1) / evidence.scale
        away = torch.linalg.vector_norm(answers - starts[moving], dim=1) / evidence.scale
        points[moving] = answers
        held[moving[away > LOST]] = False
        moving = moving[(step > STILL) & (away <= LOST)]
        if len(moving) == 0:
            break
    return points, held
