"""Extrapolation in codes and in error: where decoded codes go, and whether an error tells what lies outside S."""

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor

from aeeval.evidence import Evidence
from aeeval.metrics.base import Value, metric
from aeeval.metrics.samplers import alone
from aeeval.trips import Trips

RADII = (0.5, 1.0, 2.0, 4.0)
CODES = 256
ROUNDING = 1e-6  # of scale: single precision leaves as much
IDLE = 1e-12  # of the largest variance: axes of the codes with less are idle


def _codes_at(evidence: Evidence) -> Iterator[tuple[float, Tensor]]:
    """For each radius ρ, codes z̄ + ρ √k Σ_z^½ u (256, k), with the same random unit vectors u at all radii."""
    codes = evidence.train_codes
    values, vectors = torch.linalg.eigh(torch.cov(codes.T).reshape(codes.shape[1], -1))
    busy = values > IDLE * values.max()
    axes = (vectors[:, busy] * values[busy].sqrt()).T
    draw = torch.randn(CODES, len(axes), generator=evidence.generator("metric/code_drift"), dtype=torch.float64)
    unit = draw / torch.linalg.vector_norm(draw, dim=1, keepdim=True)
    for radius in RADII:
        yield radius, codes.mean(dim=0) + radius * len(axes) ** 0.5 * unit @ axes


@metric(
    capability="extrapolation",
    unit="scale",
    better="none",
    ideal=0.0,
    range="[0, ∞)",
    needs=("truth", "codes"),
    floor=1e-3,
)
def code_drift(evidence: Evidence) -> Iterator[Value]:
    """How far decoded codes leave 𝓜 as they leave the cloud of training codes: RMS dist(g(z), 𝓜) / scale.

    z = z̄ + ρ √k Σ_z^½ u with u uniform on the unit sphere and Σ_z the covariance of the training codes, idle axes left
    out: the Mahalanobis radius of z is ρ √k, and 1 is that of a typical Gaussian code. Axis `radius` is ρ ∈ {.5, 1, 2,
    4}; 256 codes each; an affine recoding changes nothing. A fact: a decoder that answers one point of 𝓜 reads 0, and
    where 𝓜 ends every decoder that goes on leaves it. Null: 0 for a decoder that stays on 𝓜. Source: ours.
    """

    def measure(radius: float, codes: Tensor) -> Iterator[Value]:
        distance = evidence.manifold.distance(evidence.model.decode(codes))
        yield Value(distance.square().mean().sqrt().item() / evidence.scale, null=0.0, axes={"radius": radius})

    for radius, codes in _codes_at(evidence):
        yield from alone(partial(measure, radius, codes), radius=radius)


@metric(
    capability="extrapolation",
    unit="probability",
    better="none",
    ideal=None,
    range="[0, 1]",
    needs=("beyond",),
    effect="difference",
    version=2,
)
def off_support_auroc(evidence: Evidence) -> Value:
    """Whether the error tells points outside S from points inside: P(error beyond > error of a test row), ties ½.

    The area under the ROC curve of ‖r(x) − x‖ as an anomaly score, clean points of 𝓜 outside S against clean test
    rows; errors below 1e-6 of scale count as none. `p` is one-sided Mann–Whitney. A fact: autoencoders that extrapolate
    well read .5 and are the better for it, and the error is known to fail as an anomaly score. Null .5. Source: Mann
    and Whitney, Ann. Math. Statist. 1947.
    """
    share, p = share_above(errors(evidence, evidence.beyond_trips), errors(evidence, evidence.test_trips))
    return Value(share, null=0.5, p=p)


def errors(evidence: Evidence, trips: Trips) -> Tensor:
    """(n,) ‖r(x) − x‖ / scale, 0 where it is at the level of rounding: a model that is exact tells nothing apart."""
    error = trips.errors / evidence.scale
    return error.where(error >= ROUNDING, 0.0)


def share_above(outside: Tensor, inside: Tensor) -> tuple[float, float]:
    """P(outside > inside), ties ½, of scores (m,) and (n,), and the one-sided p-value of Mann and Whitney."""
    from scipy.stats import mannwhitneyu

    result = mannwhitneyu(outside.numpy(), inside.numpy(), alternative="greater")
    share = float(result.statistic) / (len(inside) * len(outside))
    return share, float(result.pvalue) if result.pvalue == result.pvalue else 1.0
