"""What theory says of overfitting."""

import math

from torch import Tensor

from aeeval.metrics.base import Value
from tests.known_answers.by_hand import rms
from tests.known_answers.expect import Expectation, between, exact
from tests.known_answers.ground import WIDE, Ground
from tests.known_answers.models import WEIGHT, World
from tests.known_answers.rules import SAME, UNFITTED, Rule, constant, skipped


def no_memory(g: Ground, _: Value) -> Expectation:
    """0 within the chance of one ghost set, and what one row of n says of a mean that is fitted to it."""
    return exact(0.0, WIDE * g.stderr("memorised_noise") + 3 / g.count.rows, "0 ± sd of ghosts")


def half_memory(g: Ground, _: Value) -> Expectation:
    """(w − λ)/(1 − λ) for a leak λ ≥ 0 of the ghosts, whose nearest row is mostly their own."""
    return between(-math.inf, WEIGHT + WIDE * g.stderr("memorised_noise"), "≤ w")


def not_below_none(g: Ground, _: Value) -> Expectation:
    """Degrees of freedom that are fitted to the rows are not negative."""
    return between(-WIDE * g.stderr("memorised_noise"), 1, "≥ 0 − sd of ghosts")


def before_any_step(g: Ground, v: Value) -> Expectation:
    """What answers a point of 𝓜 with itself leaves all points where they are: the null."""
    return exact(v.null, words="null: nothing moves")


def remembers_all(g: Ground, _: Value) -> Expectation:
    """log((fvu + c)/c): the error on training rows is 0."""
    x = g.data.test.x
    fvu = rms(x - g.data.train.x[g.nearest_training(x)]) ** 2 / g.data.scale**2
    return exact(math.log((fvu + 1e-6) / 1e-6), 1e-6, "log((fvu + c)/c)")


def no_gap(g: Ground, _: Value) -> Expectation:
    """Errors of the same law on both sides: 0 within 4.5 sd of a log ratio of means."""
    both = [_squares(g, rows) for rows in (g.data.train.x, g.data.test.x)]
    error = math.sqrt(sum((e.var() / len(e) / e.mean().square()).item() for e in both))
    return exact(0.0, WIDE * error + 3 / g.count.rows, "0 ± chance")


def _squares(g: Ground, x: Tensor) -> Tensor:
    world: World = g.evidence.model  # type: ignore[assignment]
    return (world.reconstruct(x) - x).square().sum(dim=1)


def no_better_unseen(g: Ground, v: Value) -> Expectation:
    """What is fitted to the training rows does not err less on others, chance apart."""
    return between(no_gap(g, v).low, math.inf, "≥ 0 − chance")


def fair_coin(g: Ground, _: Value) -> Expectation:
    """Mann and Whitney: sd √((n + m + 1)/12nm) when training rows are nothing special."""
    n = g.count.rows
    return exact(0.5, WIDE * math.sqrt((2 * n + 1) / (12 * n * n)) + 2 / n, "½ ± chance")


def at_least_fair(g: Ground, v: Value) -> Expectation:
    fair = fair_coin(g, v)
    return between(fair.low, 1.0, "≥ ½ − chance")


THEORY: dict[str, dict[str, Rule]] = {
    "memorised_noise": {
        "identity": skipped("of any noise through"),
        "mean": no_memory,
        "projector": constant(0.0, 1e-6),
        "thick projector": no_memory,
        "scaled projector": no_memory,
        "memoriser": constant(1.0, 1e-6),
        "noisy memoriser": half_memory,
        "oblique": no_memory,
        "pca": not_below_none,
        "collapsed": not_below_none,
    },
    "attractor_return": {
        "memoriser": constant(1.0),
        **dict.fromkeys(SAME, before_any_step),
    },
    "gap": {
        "identity": constant(0.0),
        "memoriser": remembers_all,
        **dict.fromkeys(UNFITTED, no_gap),
        **dict.fromkeys(("noisy memoriser", "pca", "collapsed"), no_better_unseen),
    },
    "membership_auc": {
        "identity": constant(0.5),
        "memoriser": constant(1.0),
        **dict.fromkeys(UNFITTED, fair_coin),
        **dict.fromkeys(("noisy memoriser", "pca", "collapsed"), at_least_fair),
    },
}
