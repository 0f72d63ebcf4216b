"""What theory says of dimension."""

import math
from collections.abc import Callable

import numpy as np

from aeeval.metrics.base import Value
from tests.known_answers.expect import RANGE, Expectation, absent, between, exact
from tests.known_answers.ground import AMBIENT_DIM, Ground, shared
from tests.known_answers.models import EXTRA, FACTOR
from tests.known_answers.theory_roundtrip import ROUND_TRIPS, Rule, constant, skipped

CURVED = 5e-4  # what a secant of 1 % of the reach loses on a bend: (s/ρ)² a direction, and room


def dims(factor: float, tolerance: float = CURVED) -> Rule:
    return lambda g, v: exact(factor * g.probe_dim, tolerance * g.probe_dim, f"{factor:g} d" if factor != 1 else "d")


def rank(g: Ground) -> int:
    return 1 if g.model.name == "collapsed" else g.k


def some_tangents(g: Ground, _: Value) -> Expectation:
    """Singular values of a product of projections are at most 1, and rank of them are not 0."""
    most = sum(share * min(rank(g), d) for d, share in g.probe_shares.items())
    return between(0, most, "≤ min(k, d)", slack=1e-3)


def the_rest(g: Ground, _: Value) -> Expectation:
    """tr(P_T P P_T) + tr(P_N P P_N) = tr P = k for an orthogonal projection, and no part is over 1."""
    return exact(rank(g) - g.value("kept_dim"), 1e-6, "k − kept")


def mismatch_of_extra(extra: Callable[[int], float], lost: float = 0.0) -> Rule:
    """Extra directions beyond e(S) − d, and a deficit, component by component."""

    def rule(g: Ground, _: Value) -> Expectation:
        surplus = sum(share * max(0.0, extra(d) - (g.room - d)) for d, share in g.probe_shares.items())
        return exact(lost * g.probe_dim + surplus, 0.01 + CURVED * g.probe_dim, "deficit + surplus")

    return rule


def mismatch_of_projection(g: Ground, _: Value) -> Expectation:
    """From kept_dim alone, as excess = k − kept; only where there is one component to average over."""
    if g.is_union:
        return between(0, AMBIENT_DIM, "≥ 0")
    d, kept = g.data.manifold.dim, g.value("kept_dim")
    deficit = max(0.0, min(d, g.evidence.code_length) - kept)
    return exact(deficit + max(0.0, rank(g) - kept - (g.room - d)), 1e-6, "(min(k,d) − kept) + …")


def bent_tangents(g: Ground, _: Value) -> Expectation:
    """‖(P − I) T‖² = d − kept at every point; its root is between kept's share and, by Jensen, the root of it."""
    if g.is_union:
        return between(0, 1, "≤ 1")
    share = max(0.0, 1 - g.value("kept_dim") / g.data.manifold.dim)
    return between(share, math.sqrt(share), "1 − kept/d ≤ · ≤ √", slack=1e-6)


def codes(length: Callable[[Ground], int]) -> Rule:
    return lambda g, v: exact(length(g), words="length of the code")


def deviations(g: Ground, v: Value) -> Expectation:
    """For PCA the spectrum is the standard deviations of the training rows along its axes."""
    spread = np.linalg.eigvalsh(np.cov(g.data.train.x.numpy().T))[::-1][: rank(g)]
    return exact(int((np.sqrt(spread) > v.axes["eps"] * g.data.scale).sum()), words="#{λ_j^½ > ε}")


def at_most_code(g: Ground, _: Value) -> Expectation:
    return between(0, g.evidence.code_length, "≤ k")


def of_rows(reconstructions: Rule) -> Rule:
    """The data are the same for every model; samples there are none; reconstructions as the rule says."""

    def rule(g: Ground, v: Value) -> Expectation:
        if v.axes["of"] == "samples":
            return absent("no sampler")
        if v.axes["of"] == "reconstructions":
            return reconstructions(g, v)
        first = shared(g.manifold, g.count).get(f"{sorted(v.axes.items())}", lambda: v)
        return absent(first.reason or "") if first.value is None else exact(first.value, words="one for all models")

    return rule


def as_the_data(g: Ground, v: Value) -> Expectation:
    """Ratios of distances are the same among rows that are the data, or similar to them."""
    wanted = {**v.axes, "of": "data"}
    data = next((value for value in g.values["estimated_dim"] if value.axes == wanted), None)
    if data is None or data.value is None:
        return absent("")
    return exact(data.value, 1e-5, "that of the data")


def at_most_the_room(g: Ground, v: Value) -> Expectation:
    """Any estimate: not negative; there may be none."""
    return absent("") if v.value is None else Expectation(RANGE, 0, math.inf, "≥ 0")


def repeats_of_memory(g: Ground, _: Value) -> Expectation:
    """Rows that share their nearest training row, by k-d tree."""
    nearest = g.nearest_training(g.data.test.clean[: g.count.samples])
    return exact(1 - len(set(nearest.tolist())) / len(nearest), words="nearest rows, by k-d tree")


D = AMBIENT_DIM
MODELS_OF_LENGTH_D = ("identity", "projector", "thick projector", "scaled projector", "memoriser", "noisy memoriser")

THEORY: dict[str, dict[str, Rule]] = {
    "kept_dim": {
        "identity": dims(1, 1e-9),
        "mean": constant(0.0),
        "projector": dims(1),
        "thick projector": dims(1, 0.01),
        "scaled projector": dims(FACTOR),
        **dict.fromkeys(("pca", "oblique", "collapsed"), some_tangents),
    },
    "excess_dim": {
        "identity": lambda g, v: exact(D - g.probe_dim, words="D − d"),
        "mean": constant(0.0),
        "projector": constant(0.0, 1e-4),
        "scaled projector": constant(0.0, 1e-4),
        "thick projector": constant(EXTRA, 1e-3),
        "pca": the_rest,
        "collapsed": the_rest,
    },
    "dimension_mismatch": {
        "identity": mismatch_of_extra(lambda d: D - d),
        "mean": constant(1.0),
        "projector": mismatch_of_extra(lambda d: 0.0),
        "thick projector": mismatch_of_extra(lambda d: EXTRA),
        "scaled projector": mismatch_of_extra(lambda d: 0.0, lost=1 - FACTOR),
        "pca": mismatch_of_projection,
        "collapsed": mismatch_of_projection,
    },
    "round_trip_dim": {
        "identity": constant(D),
        "mean": constant(0.0),
        "projector": dims(1, 0.005),
        "pca": lambda g, v: exact(g.k, 1e-6, "k"),
        "oblique": lambda g, v: exact(g.k, 1e-6, "k"),
        "collapsed": constant(1.0, 1e-6),
    },
    "tangent_error": {
        "identity": constant(0.0),
        "mean": constant(1.0),
        "projector": constant(0.0, 1e-3),
        "scaled projector": constant(1 - FACTOR, 1e-3),
        "pca": bent_tangents,
        "collapsed": bent_tangents,
    },
    "estimated_dim": {
        **dict.fromkeys(ROUND_TRIPS, of_rows(at_most_the_room)),
        **dict.fromkeys(("identity", "projector", "thick projector", "scaled projector"), of_rows(as_the_data)),
        "mean": of_rows(skipped("1 distinct rows")),
    },
    "zero_distances": {
        **dict.fromkeys(ROUND_TRIPS, of_rows(constant(0.0))),
        "mean": of_rows(lambda g, v: exact(1 - 1 / min(g.count.rows, g.count.samples), words="1 − 1/n")),
        "memoriser": of_rows(repeats_of_memory),
    },
    "code_tail": {"mean": skipped("codes do not vary")},
    "gradient_gap": dict.fromkeys(ROUND_TRIPS, skipped("gradient")),
    "latent_dim": {
        **dict.fromkeys(MODELS_OF_LENGTH_D, codes(lambda g: D)),
        "mean": codes(lambda g: 1),
        "pca": codes(lambda g: g.k),
        "oblique": codes(lambda g: g.k),
        "relabelled": codes(lambda g: g.k),
        "collapsed": codes(lambda g: g.k + 1),
    },
    "decoder_rank": {
        "identity": constant(D),
        "memoriser": constant(D),
        "mean": constant(0.0),
        "projector": lambda g, v: between(1, g.data.manifold.span_dim, "≤ span of 𝓜"),
        "scaled projector": lambda g, v: between(1, g.data.manifold.span_dim, "≤ span of 𝓜"),
        "pca": lambda g, v: exact(g.k, 1e-6, "k"),
        **dict.fromkeys(("oblique", "relabelled"), lambda g, v: exact(g.k, 1e-6, "k")),
        "collapsed": constant(1.0, 1e-6),
        **dict.fromkeys(("thick projector", "noisy memoriser"), at_most_code),
    },
    "spectrum_count": {
        "pca": deviations,
        "collapsed": deviations,
        "mean": skipped("codes do not vary"),
        **dict.fromkeys((*MODELS_OF_LENGTH_D, "oblique", "relabelled"), at_most_code),
    },
}
