"""Flags of reconstruction: facts that a reader must know before a number is believed. See `aeeval.report.flags`."""

import torch

from aeeval.errors import Skipped
from aeeval.evidence import Evidence
from aeeval.metrics.base import Value, metric
from aeeval.metrics.dimension import excess_dim
from aeeval.metrics.reconstruction import fvu

DRIFT_ROWS, DRIFT_BATCH = 64, 5
ROUNDING = 1e-4  # of scale: what single precision leaves when sums are made in another order is below 1e-5


@metric(
    capability="reconstruction",
    unit="scale",
    better="none",
    ideal=0.0,
    range="[0, ∞)",
    floor=ROUNDING,
)
def answer_drift(evidence: Evidence) -> Value:
    """Whether an answer depends on more than its row: max ‖r(x) − r′(x)‖ / scale, r′ asked again, shuffled, by fives.

    0 up to rounding (1e-5) for a model that answers row by row. A flag: above 1e-4 the record carries a reason, for
    chance, statistics over the batch, or a memory of earlier questions. Null 0. Source: ours.
    """
    rows = evidence.dataset.test.clean[:DRIFT_ROWS]
    order = torch.randperm(len(rows), generator=evidence.generator("metric/answer_drift"))
    again = torch.cat([evidence.model.reconstruct(part) for part in rows[order].split(DRIFT_BATCH)])
    drift = (
        torch.linalg.vector_norm(again - evidence.test_trips.of(slice(DRIFT_ROWS))[order], dim=1).max().item()
        / evidence.scale
    )
    flag = (
        "answers change with the batch, the order or the time of asking: see aeeval check" if drift > ROUNDING else None
    )
    return Value(drift, reason=flag)


@metric(
    capability="reconstruction",
    unit="flag",
    better="none",
    ideal=0.0,
    range="[0, 1]",
    needs=("truth", "normals"),
    effect="difference",
)
def passes_input(evidence: Evidence) -> Value:
    """Whether the model hands its input through instead of learning 𝓜: 1 if fvu < 1e-6 and excess_dim > (k − d) / 2.

    Such a model reconstructs all rows, on 𝓜 and off it, and represents nothing: a wide enough identity is perfect. A
    flag: at 1 the record carries a reason, and the cell is shown but not ranked on reconstruction and extrapolation.
    Skipped where k ≤ d, as there is no spare dimension to pass anything by. Null 0. Source: ours.
    """
    spare = evidence.code_length - evidence.manifold.dim
    if spare <= 0:
        raise Skipped("k ≤ d: the code has no room for directions off the manifold")
    (error,), (excess,) = fvu(evidence), excess_dim(evidence)
    assert error.value is not None
    assert excess.value is not None
    if error.value >= fvu.floor or excess.value <= spare / 2:
        return Value(0.0, null=0.0)
    share = f"{excess.value:.2g} of {spare} spare directions"
    return Value(
        1.0, null=0.0, reason=f"pass-through: {share} off the manifold are handed on, at fvu {error.value:.1g}"
    )
