"""What theory says of reconstruction, and of a model's answers to its own answers."""

import math
from collections.abc import Callable

from torch import Tensor

from aeeval.metrics.base import Value
from tests.known_answers.by_hand import rms
from tests.known_answers.expect import Expectation, between, exact
from tests.known_answers.ground import WIDE, Ground
from tests.known_answers.models import EXTRA, FACTOR, WEIGHT
from tests.known_answers.rules import LINEAR, ONE, ROUND_TRIPS, SAME, K, Rule, constant, skipped, spread_about_centre


def fvu_of_mean(g: Ground, _: Value) -> Expectation:
    """1 + ‖x̄ − c‖²/scale²: about 1 + 1/n."""
    return exact(1 + 1 / g.count.rows, spread_about_centre(g) + 10 / g.count.rows, "1 + 1/n")


def fvu_of_scaled(g: Ground, _: Value) -> Expectation:
    return exact((1 - FACTOR) ** 2, (1 - FACTOR) ** 2 * spread_about_centre(g), "(1 − .9)²")


def fvu_of_memoriser(g: Ground, _: Value) -> Expectation:
    x = g.data.test.clean
    error = x - g.data.train.x[g.nearest_training(x)]
    return exact(rms(error) ** 2 / g.data.scale**2, words="nearest row, by k-d tree")


def repeated_noise(g: Ground, x: Tensor) -> float:
    """RMS of the noise of the nearest training rows / scale."""
    nearest = g.nearest_training(x)
    return rms(g.data.train.x[nearest] - g.data.train.clean[nearest]) / g.data.scale


def fvu_of_noisy_memoriser(g: Ground, _: Value) -> Expectation:
    return exact((WEIGHT * repeated_noise(g, g.data.test.clean)) ** 2, words="(w ‖ν‖)², by k-d tree")


def at_least_the_tail(rank: Callable[[Ground], int]) -> Rule:
    """No affine map of rank k does better than the best one for these very rows (Eckart and Young)."""
    return lambda g, v: between(g.tail(g.data.test.clean, rank(g)), math.inf, "≥ Σ_{j>k} λ_j")


def root_of_the_tail(rank: Callable[[Ground], int]) -> Rule:
    return lambda g, v: between(math.sqrt(g.tail(g.data.test.clean, rank(g))), math.inf, "≥ √Σ_{j>k} λ_j")


def the_noise(share: Callable[[Ground], float]) -> Rule:
    """RMS of that share of the energy of the noise, / scale."""

    def rule(g: Ground, _: Value) -> Expectation:
        power, error = g.noise_power
        middle = math.sqrt(share(g) * power)
        # a share j/q of the energy is itself random, with relative variance below 2/j a row
        error = (error + WIDE * power * math.sqrt(2 / EXTRA / g.count.rows)) / power
        return exact(middle / g.data.scale, middle * error / g.data.scale, "noise, law of χ")

    return rule


def extra_share(g: Ground) -> float:
    return (EXTRA / g.codim).mean().item()


def no_farther_than_x(g: Ground, _: Value) -> Expectation:
    """dist(r(x), 𝓜) ≤ ‖r(x) − x‖, as x lies on 𝓜."""
    return between(0, math.sqrt(g.value("fvu")), "≤ √fvu")


def off_by_repeated_noise(weight: float) -> Rule:
    """Noise normal to 𝓜 and inside half the reach has its foot where it started."""

    def rule(g: Ground, _: Value) -> Expectation:
        if weight < 1:  # the noise of another point is not normal here
            return between(0, weight * repeated_noise(g, g.data.test.clean), "≤ w ‖ν‖")
        return exact(repeated_noise(g, g.data.test.clean), 1e-7, "‖ν‖ of the nearest row")

    return rule


def twice_the_shift(times: float) -> Rule:
    """‖π(y) − m‖ ≤ 2 ‖y − m‖ for m on 𝓜: the shift is (1 − .9) ‖m − c‖."""
    bound = times * 2 * (1 - FACTOR)
    return lambda g, v: between(0, bound * math.sqrt(1 + spread_about_centre(g)), "≤ 2 (1 − .9)")


THEORY: dict[str, dict[str, Rule]] = {
    "fvu": {
        **dict.fromkeys(SAME, constant(0.0)),
        "mean": fvu_of_mean,
        "scaled projector": fvu_of_scaled,
        "memoriser": fvu_of_memoriser,
        "noisy memoriser": fvu_of_noisy_memoriser,
        "pca": at_least_the_tail(K),
        "oblique": at_least_the_tail(K),
        "collapsed": at_least_the_tail(ONE),
    },
    "truth_error": {
        "identity": the_noise(lambda g: 1.0),
        "projector": constant(0.0, 1e-7),
        "thick projector": the_noise(extra_share),
        "scaled projector": lambda g, v: exact(1 - FACTOR, (1 - FACTOR) * spread_about_centre(g) + 1e-6, "1 − .9"),
        "mean": lambda g, v: exact(1, spread_about_centre(g) + 10 / g.count.rows, "1"),
        "noisy memoriser": lambda g, v: exact(WEIGHT * repeated_noise(g, g.data.test.x), 1e-6, "w ‖ν‖, by k-d tree"),
        "memoriser": lambda g, v: exact(
            rms(g.data.test.clean - g.data.train.x[g.nearest_training(g.data.test.x)]) / g.data.scale,
            words="nearest row, by k-d tree",
        ),
        "pca": root_of_the_tail(K),
        "oblique": root_of_the_tail(K),
        "collapsed": root_of_the_tail(ONE),
    },
    "off_manifold": {
        **dict.fromkeys(SAME, constant(0.0, 1e-7)),
        **dict.fromkeys(("mean", "scaled projector", "pca", "oblique", "collapsed"), no_farther_than_x),
        "memoriser": off_by_repeated_noise(1.0),
        "noisy memoriser": off_by_repeated_noise(WEIGHT),
    },
    "idempotence": {
        **dict.fromkeys((*SAME, "memoriser", "pca", "oblique", "collapsed"), constant(0.0, 1e-7)),
        "mean": skipped("codes do not vary"),
        "scaled projector": twice_the_shift(FACTOR),
    },
    "cycle": {
        **dict.fromkeys((*SAME, "memoriser", "pca", "oblique", "collapsed", "relabelled"), constant(0.0, 1e-7)),
        "mean": skipped("codes do not vary"),
        "scaled projector": twice_the_shift(1.0),
    },
    **{
        metric: {
            **dict.fromkeys(("identity", *LINEAR, "relabelled"), constant(0.0, 1e-6)),
            "mean": skipped("codes do not vary"),
        }
        for metric in ("sampled_idempotence", "sampled_cycle")
    },
    "answer_drift": dict.fromkeys(ROUND_TRIPS, constant(0.0, 1e-7)),
    "passes_input": {
        "identity": constant(1.0),
        **dict.fromkeys(("projector", "thick projector", "scaled projector", "noisy memoriser"), constant(0.0)),
        "memoriser": constant(0.0),
        **dict.fromkeys(("mean", "pca", "oblique", "relabelled"), skipped("k ≤ d")),
        "collapsed": constant(0.0),
    },
}
