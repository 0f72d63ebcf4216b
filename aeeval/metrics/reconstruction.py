"""Reconstruction: how far the round trip x → z → x̂ ends from where it should."""

import torch

from aeeval.evidence import Evidence, mean_square_rows, rms_rows
from aeeval.metrics.base import Value, metric


@metric(capability="reconstruction", unit="1", better="lower", ideal=0.0, range="[0, ∞)", floor=1e-6, headline=True)
def fvu(evidence: Evidence) -> float:
    """Fraction of variance unexplained on clean test rows: 0 perfect, 1 answers the mean.

    mean ‖r(x) − x‖² / scale² where the truth is known; Σ ‖r(x) − x‖² / Σ ‖x − x̄_train‖² on real data. The rows are
    clean even where training was noisy: noisy rows reward passing the noise through.
    """
    rows = evidence.dataset.test.clean
    error = mean_square_rows(evidence.test_hat - rows)
    if evidence.dataset.support is not None:
        return error / evidence.scale**2
    return error / mean_square_rows(rows - evidence.dataset.train.clean.mean(dim=0))


@metric(
    capability="reconstruction",
    unit="scale",
    better="lower",
    ideal=0.0,
    range="[0, ∞)",
    needs=("truth", "noise"),
    floor=1e-3,
)
def truth_error(evidence: Evidence) -> float:
    """Distance of x̂ from the true point behind a noisy test row: RMS ‖r(x) − π(x)‖ / scale.

    The identity reads the noise, σ√(D − d).
    """
    test = evidence.dataset.test
    truth = test.clean if evidence.dataset.noise.kind == "tube" else evidence.manifold.project(test.x)  # type: ignore[union-attr]
    return rms_rows(evidence.noisy_test_hat - truth) / evidence.scale


@metric(
    capability="reconstruction",
    unit="scale",
    better="none",
    ideal=0.0,
    range="[0, ∞)",
    needs=("truth",),
    floor=1e-3,
)
def off_manifold(evidence: Evidence) -> float:
    """How far x̂ lies off the true manifold: RMS dist(r(x), 𝓜) / scale. A fact: a constant on 𝓜 reads 0."""
    distance = evidence.manifold.distance(evidence.test_hat)
    return distance.square().mean().sqrt().item() / evidence.scale


@metric(
    capability="reconstruction", unit="scale", better="lower", ideal=0.0, range="[0, ∞)", needs=("codes",), floor=1e-3
)
def idempotence(evidence: Evidence) -> float:
    """Whether a second round trip moves x̂: RMS ‖r(r(x)) − r(x)‖ / scale; 0 for every projector."""
    again = evidence.model.reconstruct(evidence.test_hat)
    return rms_rows(again - evidence.test_hat) / evidence.scale


@metric(
    capability="reconstruction",
    unit="code spread",
    better="lower",
    ideal=0.0,
    range="[0, ∞)",
    needs=("codes",),
    floor=1e-3,
)
def cycle(evidence: Evidence) -> float:
    """Whether a code comes back from its round trip z → x̂ → ẑ: RMS ‖f(g(z)) − z‖ over the RMS spread of codes."""
    codes = evidence.test_codes
    spread = rms_rows(evidence.train_codes - evidence.train_codes.mean(dim=0))
    return rms_rows(evidence.model.encode(evidence.test_hat) - codes) / spread


@metric(
    capability="reconstruction",
    unit="dB",
    better="higher",
    ideal=None,
    range="(−∞, ∞)",
    needs=("image",),
    effect="difference",
    margin=0.2,
)
def psnr(evidence: Evidence) -> float:
    """Peak signal-to-noise ratio of images in [0, 1], the mean over test rows of −10 log₁₀ MSE, capped at 100 dB."""
    error = (evidence.test_hat - evidence.dataset.test.clean).square().mean(dim=1)
    return (-10 * torch.log10(error.clamp(min=1e-10))).mean().item()


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

    0 up to rounding (1e-5) for a model that answers row by row. A fact: above 1e-4 the record carries a reason, for
    chance, statistics over the batch, or a memory of earlier questions.
    """
    rows = evidence.dataset.test.clean[:DRIFT_ROWS]
    order = torch.randperm(len(rows), generator=evidence.generator("metric/answer_drift"))
    again = torch.cat([evidence.model.reconstruct(part) for part in rows[order].split(DRIFT_BATCH)])
    drift = torch.linalg.vector_norm(again - evidence.test_hat[order], dim=1).max().item() / evidence.scale
    flag = (
        "answers change with the batch, the order or the time of asking: see aeeval check" if drift > ROUNDING else None
    )
    return Value(drift, reason=flag)
