"""Reconstruction: how far the round trip x → z → x̂ ends from where it should."""

from aeeval.errors import Skipped
from aeeval.evidence import Evidence, mean_square, rms
from aeeval.metrics.base import metric
from aeeval.numerics.batches import by_batches
from aeeval.numerics.latent_samplers import gaussian
from aeeval.trips import Decoded, between

SAME = 1e-9  # of scale: rows nearer than that are one point


@metric(capability="reconstruction", unit="1", better="lower", ideal=0.0, range="[0, ∞)", floor=1e-6, headline=True)
def fvu(evidence: Evidence) -> float:
    """Fraction of variance unexplained on clean test rows: 0 perfect, 1 answers the mean.

    mean ‖r(x) − x‖² / scale² where the truth is known; Σ ‖r(x) − x‖² / Σ ‖x − x̄_train‖² on real data. The rows are
    clean even where training was noisy: noisy rows reward passing the noise through. Null: 1 for a model that has
    learned nothing but the mean. Source: the usual 1 − R², over the true scale.
    """
    rows = evidence.dataset.test.clean
    error = mean_square(evidence.test_trips.errors)
    if evidence.dataset.support is not None:
        return error / evidence.scale**2
    mean = evidence.dataset.train.clean.mean(dim=0)
    spread = mean_square(by_batches(lambda x: between(x, mean), rows))
    if spread <= (SAME * evidence.scale) ** 2:
        raise Skipped("all test rows are the mean of the training rows: there is no variance to explain")
    return error / spread


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

    The identity reads the noise, σ√(D − d). Null: σ √(D − d), the identity's. Source: ours.
    """
    test = evidence.dataset.test
    if evidence.dataset.noise.kind == "tube":  # type: ignore[union-attr]
        return rms(evidence.noisy_test_trips.distances(test.clean)) / evidence.scale
    project = evidence.manifold.project
    return rms(evidence.noisy_test_trips.each(lambda x_hat, x: between(x_hat, project(x)), test.x)) / evidence.scale


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
    """How far x̂ lies off the true manifold: RMS dist(r(x), 𝓜) / scale. A fact: a constant on 𝓜 reads 0.

    Null: none. Source: ours.
    """
    return rms(evidence.test_trips.each(evidence.manifold.distance)) / evidence.scale


@metric(
    capability="reconstruction", unit="scale", better="lower", ideal=0.0, range="[0, ∞)", needs=("codes",), floor=1e-3
)
def idempotence(evidence: Evidence) -> float:
    """Whether a second round trip moves x̂: RMS ‖r(r(x)) − r(x)‖ / scale; 0 for every projector.

    On clean test rows. Null: none. Source: ours; f∘g = id is what makes r a projection.
    """
    return rms(evidence.test_trips.again[:, 0]) / evidence.scale


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
    """Whether a code comes back from its round trip z → x̂ → ẑ: RMS ‖f(g(z)) − z‖ / RMS ‖z_i − z̄‖.

    At the codes of clean test rows, over the spread of the training codes z_i. Null: none. Source: ours.
    """
    return rms(evidence.test_trips.again[:, 1]) / _spread(evidence)


def _spread(evidence: Evidence) -> float:
    """RMS ‖z − z̄‖ of the training codes."""
    return rms(between(evidence.train_codes, evidence.train_codes.mean(dim=0)))


def _sampled(evidence: Evidence) -> Decoded:
    """g of codes of one Gaussian fitted to the training codes, as many as test rows."""

    def sampled() -> Decoded:
        draw = evidence.generator("metric/sampled_codes")
        codes = gaussian(evidence.train_codes, len(evidence.dataset.test), draw)
        return Decoded(evidence.model, codes, evidence.dataset.ambient_dim)

    return evidence.memo.get("sampled codes", sampled)


@metric(
    capability="reconstruction", unit="scale", better="lower", ideal=0.0, range="[0, ∞)", needs=("codes",), floor=1e-3
)
def sampled_idempotence(evidence: Evidence) -> float:
    """As `idempotence`, from sampled codes: RMS ‖r(g(z)) − g(z)‖ / scale with z ~ N(z̄, Σ_z) of the training codes.

    Whether a decoded sample is a fixed point: M is one surface and r keeps to it, also between the codes of data. Null:
    none. Source: ours.
    """
    return rms(_sampled(evidence).again[:, 0]) / evidence.scale


@metric(
    capability="reconstruction",
    unit="code spread",
    better="lower",
    ideal=0.0,
    range="[0, ∞)",
    needs=("codes",),
    floor=1e-3,
)
def sampled_cycle(evidence: Evidence) -> float:
    """As `cycle`, at sampled codes: RMS ‖f(g(z)) − z‖ / RMS ‖z_i − z̄‖ with z ~ N(z̄, Σ_z) of the training codes z_i.

    Null: none. Source: ours.
    """
    return rms(_sampled(evidence).again[:, 1]) / _spread(evidence)
