"""Dimension: which directions survive the round trip, along the true manifold and off it."""

import math

import torch
from torch import Tensor

from aeeval.evidence import Evidence
from aeeval.metrics.base import Value, metric
from aeeval.numerics.secants import bounded_rank
from aeeval.probes import RoundTripProbe, decoder_spectra, image_jacobians, round_trip_probes

EPSILONS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
RANK_TOLERANCE = 1e-4


def _mean(values: Tensor) -> Value:
    """The mean over probe points, with its standard error."""
    stderr = (values.std() / len(values) ** 0.5).item() if len(values) > 1 else None
    return Value(values.mean().item(), stderr)


def _kept(probe: RoundTripProbe) -> Tensor:
    return bounded_rank(torch.einsum("pai,pbi->pab", probe.along, probe.tangent))


def _excess(probe: RoundTripProbe) -> Tensor:
    if probe.codim == 0:
        return probe.normal.new_zeros(len(probe.normal))
    if probe.normal_is_full:
        return bounded_rank(torch.einsum("pai,pbi->pab", probe.across, probe.normal))
    return probe.codim * (probe.across * probe.normal).sum(dim=2).mean(dim=1)


def _mismatch(probe: RoundTripProbe, code_length: int, room: int) -> tuple[float, float]:
    """The mismatch on one component, where e(S) − d is `room`, and its standard error, nan for a single point."""
    kept, excess = _kept(probe), _excess(probe)
    deficit = min(code_length, probe.dim) - kept.mean().item()
    surplus = max(0.0, excess.mean().item() - room)
    spread = torch.stack([kept.var(), excess.var() * (surplus > 0)]).sum().item() if len(kept) > 1 else math.nan
    return max(0.0, deficit) + surplus, (spread / len(kept)) ** 0.5


@metric(
    capability="dimension",
    unit="dimensions",
    better="lower",
    ideal=0.0,
    range="[0, D]",
    needs=("truth",),
    effect="difference",
    margin=0.1,
    headline=True,
)
def dimension_mismatch(evidence: Evidence) -> Value:
    """Directions lost along 𝓜 plus directions added off it: a surplus cannot hide a deficit.

    (min(k, d) − kept_dim) + max(0, excess_dim − (e(S) − d)), where e(S) is the least Euclidean dimension that holds the
    support (its upper end where only an interval is known). On a union it is taken on every component, with the d of
    that component, and averaged over the probe points: nor can a surplus on one hide a deficit on another. A k below d
    is no fault here, as only min(k, d) directions are asked for. Null: none; a constant reads min(k, d). Source: ours.
    """
    probes = round_trip_probes(evidence)
    points, value, variance = sum(len(probe.tangent) for probe in probes), 0.0, 0.0
    for probe in probes:
        room, share = evidence.support.embedding_dim[1] - probe.dim, len(probe.tangent) / points
        own, error = _mismatch(probe, evidence.code_length, room)
        value, variance = value + share * own, variance + (share * error) ** 2
    return Value(value, stderr=variance**0.5 if math.isfinite(variance) else None)


@metric(
    capability="dimension",
    unit="dimensions",
    better="target",
    ideal=None,
    range="[0, d]",
    needs=("truth",),
    effect="difference",
    margin=0.1,
)
def kept_dim(evidence: Evidence) -> Value:
    """Directions along 𝓜 that survive the round trip: Σ_j min(1, σ_j(P_T J_r T)); ideal min(k, d).

    J_r by central secants at clean points m ∈ S away from the boundary of 𝓜, step 1 % of min(reach, scale), where T is
    an orthonormal tangent frame at m. Null: 0, nothing of 𝓜 survives. Source: ours; J_r on T in place of a rank.
    """
    return _mean(torch.cat([_kept(probe) for probe in round_trip_probes(evidence)]))


@metric(
    capability="dimension",
    unit="dimensions",
    better="target",
    ideal=None,
    range="[0, D − d]",
    needs=("truth",),
    effect="difference",
    margin=0.1,
)
def excess_dim(evidence: Evidence) -> Value:
    """Directions off 𝓜 that M adds: Σ min(1, σ(P_N J_r P_N)); ideal within [0, e(S) − d].

    By antithetic probes along normals at clean points, so that curvature cancels exactly. Where D > 100 it is the trace
    (D − d) · mean ⟨r(m + sν) − r(m − sν), ν⟩ / 2s over one random unit normal ν a point. Null: 0 for a model that
    answers on 𝓜, D − d for the identity. Source: ours; traces by random probes are Hutchinson's (1990).
    """
    return _mean(torch.cat([_excess(probe) for probe in round_trip_probes(evidence)]))


@metric(
    capability="dimension",
    unit="dimensions",
    better="none",
    ideal=None,
    range="[0, k]",
    effect="difference",
    margin=0.1,
    version=3,
)
def round_trip_dim(evidence: Evidence) -> Value:
    """Dimension of M as the round trip sees it: mean Σ min(1, σ_i(J_r)) at r(x); the rank of any projector.

    Over the k largest σ_i: J_r = J_g J_f has no more, and what its differences read beyond is rounding. Invariant to
    every recoding. On data without a known manifold too. For D > 100 at so many of the probe points as 16,384 round
    trips allow, 10 for 28 × 28; D ≤ 1024. Null: none. Source: ours.
    """
    most = evidence.code_length
    return _mean(torch.cat([bounded_rank(block, most) for block in image_jacobians(evidence)]))


@metric(capability="dimension", unit="1", better="lower", ideal=0.0, range="[0, 1]", needs=("truth",), floor=1e-3)
def tangent_error(evidence: Evidence) -> Value:
    """How much the round trip turns or stretches tangent vectors: mean min(1, ‖(J_r − I) T‖_F / √d).

    Null: 1 for a constant. Source: ours.
    """
    probes = round_trip_probes(evidence)
    errors = [torch.linalg.matrix_norm(probe.along - probe.tangent) / probe.dim**0.5 for probe in probes]
    return _mean(torch.cat(errors).clamp(max=1))


@metric(capability="dimension", unit="dimensions", better="none", ideal=None, range="[0, ∞)", effect="difference")
def latent_dim(evidence: Evidence) -> float:
    """The length of the code, k: a fact, and the prior that a plain autoencoder imposes.

    k = the number of columns of f(x), for reference rows too. Null: none. Source: the design of the model.
    """
    return float(evidence.code_length)


@metric(capability="dimension", unit="dimensions", better="none", ideal=None, range="[0, k]", effect="difference")
def decoder_rank(evidence: Evidence) -> Value:
    """Numerical rank of J_g at codes of test rows: a fact that tells k more than d.

    #{σ_i(J_g Σ_z^½) > 1e-4 σ_1}, the mean over probe points; 0 where the codes do not vary. Idle code units without any
    variance do not count. At k = 6 plain networks read 6 on d = 2 and 4, and 3 to 6 on d = 1 (docs/findings.md).
    Null: k. Source: ours.
    """
    if not evidence.codes_vary:
        return Value(0.0)
    spectra = decoder_spectra(evidence)
    return _mean((spectra > RANK_TOLERANCE * spectra[:, :1].clamp(min=1e-12)).double().sum(dim=1))


@metric(
    capability="dimension",
    unit="dimensions",
    better="none",
    ideal=None,
    range="[0, k]",
    needs=("codes",),
    effect="difference",
)
def spectrum_count(evidence: Evidence) -> list[Value]:
    """Directions of M that move x̂ by more than ε for one standard deviation of the code: a curve in ε.

    #{σ_i(J_g Σ_z^½) > ε · scale}, the mean over probe points, at axes `eps` in units of scale. The mark to read is
    max(1 %, 2σ), which is fixed by the task and not by the model. Null: none. Source: ours.
    """
    sigma = evidence.dataset.noise.sigma if evidence.dataset.noise else 0.0
    levels = sorted({*EPSILONS, max(0.01, 2 * sigma)})
    spectra = decoder_spectra(evidence) / evidence.scale
    counts = [_mean((spectra > level).double().sum(dim=1)) for level in levels]
    return [Value(count.value, count.stderr, axes={"eps": level}) for count, level in zip(counts, levels, strict=True)]
