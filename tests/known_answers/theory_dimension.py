"""What theory says of dimension."""

import math
from collections.abc import Callable

import numpy as np

from aeeval.metrics.base import Value
from tests.known_answers.again_dimension import FULL_FRAME, looked_at
from tests.known_answers.expect import Expectation, absent, between, exact
from tests.known_answers.ground import WIDE, Ground
from tests.known_answers.models import EXTRA, FACTOR
from tests.known_answers.rules import LINEAR, ROUND_TRIPS, Rule, constant, skipped

CURVED = 5e-4  # what a secant of 1 % of the reach loses on a bend: (s/ρ)² a direction, and room


def dims(factor: float, tolerance: float = CURVED) -> Rule:
    return lambda g, v: exact(factor * g.probe_dim, tolerance * g.probe_dim, f"{factor:g} d" if factor != 1 else "d")


def rank(g: Ground) -> int:
    return 1 if g.model.name == "collapsed" else g.k


def some_tangents(g: Ground, _: Value) -> Expectation:
    """Singular values of a product of projections are at most 1, and rank of them are not 0."""
    most = sum(share * min(rank(g), d) for d, share in g.probe_shares.items())
    return between(0, most, "≤ min(k, d)", slack=1e-3)


def chance(g: Ground, extra: float) -> float:
    """4.5 sd of a trace that is read off one random unit normal ν a point; 0 where all normals are looked at.

    For a projection P and q normals, q ⟨Pν, ν⟩ has the variance 2q/(q + 2) (tr A² − (tr A)²/q) ≤ 2 tr A with
    A = P_N P P_N.
    """
    return WIDE * math.sqrt(2 * extra / len(g.probe_points)) if g.data.ambient_dim > FULL_FRAME else 0.0


def the_rest(g: Ground, _: Value) -> Expectation:
    """tr(P_T P P_T) + tr(P_N P P_N) = tr P = k for an orthogonal projection, and no part is over 1."""
    rest = rank(g) - g.value("kept_dim")
    return exact(rest, 1e-6 + chance(g, rest), "k − kept")


def thick(g: Ground, _: Value) -> Expectation:
    return exact(EXTRA, 1e-3 + chance(g, EXTRA), f"{EXTRA}")


def mismatch_of_extra(extra: Callable[[Ground, int], float], lost: float = 0.0, projection: bool = True) -> Rule:
    """Extra directions beyond e(S) − d, and a deficit, component by component."""

    def rule(g: Ground, _: Value) -> Expectation:
        surplus = sum(share * max(0.0, extra(g, d) - (g.room - d)) for d, share in g.probe_shares.items())
        error = 0.01 + CURVED * g.probe_dim + (chance(g, surplus) if projection else 0)
        return exact(lost * g.probe_dim + surplus, error, "deficit + surplus")

    return rule


def mismatch_of_projection(g: Ground, _: Value) -> Expectation:
    """From kept_dim alone, as excess = k − kept; of a union at least that of the means (the bounds are convex).

    With one random normal a point, the excess that these very normals showed.
    """
    kept = g.value("kept_dim")
    if g.is_union:
        most = sum(share * min(d, g.evidence.code_length) for d, share in g.probe_shares.items())
        return between(max(0.0, most - kept), math.inf, "≥ min(k,d) − kept")
    d = g.data.manifold.dim
    deficit = max(0.0, min(d, g.evidence.code_length) - kept)
    excess = rank(g) - kept if g.data.ambient_dim <= FULL_FRAME else g.value("excess_dim")
    return exact(deficit + max(0.0, excess - (g.room - d)), 1e-6, "(min(k,d) − kept) + …")


def bent_tangents(g: Ground, _: Value) -> Expectation:
    """‖(P − I) T‖² = d − kept at every point; its root is between kept's share and, by Jensen, the root of it."""
    if g.is_union:
        most = sum(share / d for d, share in g.probe_shares.items())
        return between(0, math.sqrt(min(1.0, most * g.probe_dim)), "≤ √(1 − kept/d) or 1")
    share = max(0.0, 1 - g.value("kept_dim") / g.data.manifold.dim)
    return between(share, math.sqrt(share), "1 − kept/d ≤ · ≤ √", slack=1e-6)


def codes(length: Callable[[Ground], int]) -> Rule:
    return lambda g, v: exact(length(g), words="length of the code")


def deviations(g: Ground, v: Value) -> Expectation:
    """For PCA the spectrum is the standard deviations of the training rows along its axes."""
    spread = np.linalg.eigvalsh(np.cov(g.data.train.x.numpy().T))[::-1][: rank(g)]
    return exact(int((np.sqrt(spread) > v.axes["eps"] * g.data.scale).sum()), words="#{λ_j^½ > ε}")


def at_most_the_span(g: Ground, _: Value) -> Expectation:
    """Codes that lie on 𝓜 vary in no more directions than 𝓜."""
    return between(1, g.data.manifold.span_dim, "≤ span of 𝓜")


def of_frames(value: Callable[[Ground], float], tolerance: float = 1e-6) -> Rule:
    """Where D is small enough for all directions to be looked at."""

    def rule(g: Ground, _: Value) -> Expectation:
        return exact(value(g), tolerance) if looked_at(g) else absent("forward passes a point")

    return rule


def as_the_data(g: Ground, v: Value) -> Expectation | None:
    """Ratios of distances are the same among rows that are the data, or similar to them.

    Rows are sorted before local_pca chooses some, and dark pixels of pictures differ by rounding: there it is others.
    """
    if v.axes["of"] != "reconstructions" or (v.axes.get("estimator") == "local_pca" and len(g.data.shape) == 3):
        return None
    wanted = {**v.axes, "of": "data"}
    data = next(value for value in g.values["estimated_dim"] if wanted.items() <= value.axes.items())
    return absent(data.reason or "") if data.value is None else exact(data.value, 1e-5, "that of the data")


def repeats_of_memory(g: Ground, v: Value) -> Expectation | None:
    """Rows that share their nearest training row, by k-d tree."""
    if v.axes["of"] != "reconstructions":
        return None
    nearest = g.nearest_training(g.data.test.clean[: g.count.samples])
    return exact(1 - len(set(nearest.tolist())) / len(nearest), words="nearest rows, by k-d tree")


def all_one(g: Ground, v: Value) -> Expectation | None:
    if v.axes["of"] != "reconstructions":
        return None
    return exact(1 - 1 / min(g.count.rows, g.count.samples), words="1 − 1/n")


D: Callable[[Ground], int] = lambda g: g.data.ambient_dim  # noqa: E731
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
        "identity": lambda g, v: exact(D(g) - g.probe_dim, 1e-6, words="D − d"),
        "mean": constant(0.0),
        "projector": constant(0.0, 1e-4),
        "scaled projector": constant(0.0, 1e-4),
        "thick projector": thick,
        "pca": the_rest,
        "collapsed": the_rest,
    },
    "dimension_mismatch": {
        "identity": mismatch_of_extra(lambda g, d: D(g) - d, projection=False),
        "mean": constant(1.0),
        "projector": mismatch_of_extra(lambda g, d: 0.0),
        "thick projector": mismatch_of_extra(lambda g, d: EXTRA),
        "scaled projector": mismatch_of_extra(lambda g, d: 0.0, lost=1 - FACTOR),
        "pca": mismatch_of_projection,
        "collapsed": mismatch_of_projection,
    },
    "round_trip_dim": {
        "identity": of_frames(D),
        "mean": of_frames(lambda g: 0),
        "projector": of_frames(lambda g: g.probe_dim, 0.01),
        "thick projector": of_frames(lambda g: g.probe_dim + EXTRA, 0.02),
        **dict.fromkeys(("pca", "oblique"), of_frames(lambda g: g.k)),
        "collapsed": of_frames(lambda g: 1),
    },
    "tangent_error": {
        "identity": constant(0.0),
        "mean": constant(1.0),
        **dict.fromkeys(("projector", "thick projector"), constant(0.0, 1e-3)),
        "scaled projector": constant(1 - FACTOR, 1e-3),
        "pca": bent_tangents,
        "collapsed": bent_tangents,
    },
    "estimated_dim": dict.fromkeys(("identity", "projector", "thick projector", "scaled projector"), as_the_data),
    "zero_distances": {"mean": all_one, "memoriser": repeats_of_memory},
    "code_tail": {"mean": skipped("codes do not vary")},
    "gradient_gap": {
        **dict.fromkeys(ROUND_TRIPS, skipped("gradient")),
        **dict.fromkeys(("identity", *LINEAR), constant(0.0, 1e-6)),
        "relabelled": lambda g, v: between(0, 1e-3, "≤ 1e-3, smooth"),
    },
    "latent_dim": {
        **dict.fromkeys(MODELS_OF_LENGTH_D, codes(D)),
        "mean": codes(lambda g: 1),
        "pca": codes(lambda g: g.k),
        "oblique": codes(lambda g: g.k),
        "relabelled": codes(lambda g: g.k),
        "collapsed": codes(lambda g: g.k + 1),
    },
    "decoder_rank": {
        "mean": constant(0.0),
        **dict.fromkeys(("projector", "scaled projector"), at_most_the_span),
        **dict.fromkeys(("pca", "oblique", "relabelled"), lambda g, v: exact(g.k, 1e-6, "k")),
        "collapsed": constant(1.0, 1e-6),
    },
    "spectrum_count": {
        **dict.fromkeys(("pca", "collapsed"), deviations),
        "mean": skipped("codes do not vary"),
    },
}
