"""Flags of dimension: derivatives that are not what they say, and codes whose spread says little."""

import torch

from aeeval.errors import Skipped
from aeeval.evidence import Evidence
from aeeval.metrics.base import Value, metric
from aeeval.numerics.secants import secants

SLOPE_ROWS, WIDE_GAP = 64, 0.5
IDLE = 1e-12  # of the largest variance: axes of the codes with less are idle
HEAVY = 4.0
FLAT = 1e-9  # slopes below are none: both sides are rounding


@metric(
    capability="dimension",
    unit="1",
    better="none",
    ideal=0.0,
    range="[0, 2]",
    floor=1e-3,
)
def gradient_gap(evidence: Evidence) -> Value:
    """Whether the gradient is the slope: ‖a − s‖ / max(‖a‖, ‖s‖), a by autograd and s by central secants of r.

    a and s hold ⟨w, J_r(x) u⟩ at 64 clean test rows x, with random unit directions u and w, one pair a row; the step is
    that of all secants here. About 1e-3 for a smooth model. A flag: above .5 the record carries a reason, for a
    backward pass that is not the derivative of the forward pass (straight-through quantisers, custom or blocked
    gradients). No number here uses gradients, so nothing else is affected. Skipped for models without gradients.
    Null 0. Source: ours.
    """
    rows = evidence.dataset.test.clean[:SLOPE_ROWS]
    generator = evidence.generator("metric/gradient_gap")
    along, onto = (
        torch.nn.functional.normalize(torch.randn(rows.shape, generator=generator, dtype=rows.dtype), dim=1)
        for _ in range(2)
    )
    slope = evidence.model.slope(rows, along, onto)
    moved = secants(evidence.model.reconstruct, rows, along[:, None], evidence.step)[:, 0]
    secant = (moved * onto).sum(dim=1)
    size = max(torch.linalg.vector_norm(slope).item(), torch.linalg.vector_norm(secant).item())
    gap = torch.linalg.vector_norm(slope - secant).item() / size if size > FLAT else 0.0
    flag = f"gradients differ from secants by {gap:.0%}: the backward pass is not the derivative of the forward pass"
    return Value(gap, null=0.0, reason=flag if gap > WIDE_GAP else None)


@metric(
    capability="dimension",
    unit="1",
    better="none",
    ideal=None,
    range="[0, ∞)",
    needs=("codes",),
    floor=1e-3,
)
def code_tail(evidence: Evidence) -> Value:
    """Whether a few far codes make up the spread of all: q₅₀(χ²_k) / median m², m² = (z − z̄)ᵀ Σ_z⁻¹ (z − z̄).

    Over training codes z, idle axes left out (k counts the others). 1 for Gaussian codes, less for codes that fill a
    ball or a cube; it grows without bound where the tails are heavy, as mean m² is always k. A flag: above 4 the record
    carries a reason, for Σ_z then says nothing of most codes, and what is measured in its units (`spectrum_count`, the
    samplers gauss and gmm10, `code_drift`) is to be read with care. No affine recoding changes it. Null 1.
    Source: ours.
    """
    from scipy.stats import chi2

    codes = evidence.train_codes - evidence.train_codes.mean(dim=0)
    values, vectors = torch.linalg.eigh(torch.cov(codes.T).reshape(codes.shape[1], -1))
    busy = values > IDLE * values.max()
    if len(codes) <= 2 * int(busy.sum()):
        raise Skipped(f"{len(codes)} codes are too few for the spread of {int(busy.sum())} axes")
    squares = (codes @ vectors[:, busy]).square() @ (1 / values[busy])
    middle = squares.median().item()
    tail = chi2.ppf(0.5, int(busy.sum())).item() / max(middle, 1e-300)
    flag = f"heavy tails: half of all codes lie within {tail**-0.5:.0%} of the radius that their covariance says"
    return Value(tail, null=1.0, reason=flag if tail > HEAVY else None)
