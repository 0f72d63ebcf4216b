"""What theory says of extrapolation: along 𝓜, off it, and under changes of real rows."""

import math
from collections.abc import Callable

from torch import Tensor

from aeeval.metrics.base import Value
from tests.known_answers.by_hand import rms
from tests.known_answers.expect import Expectation, absent, between, exact
from tests.known_answers.ground import WIDE, Ground
from tests.known_answers.models import EXTRA, FACTOR, WEIGHT
from tests.known_answers.rules import LINEAR, ONE, SAME, K, Rule, constant


def along_by_bin(error: Callable[[Ground, Tensor], Tensor], words: str) -> Rule:
    """RMS of a stated error / scale in the bin of the value."""

    def rule(g: Ground, v: Value) -> Expectation:
        return exact(rms(error(g, g.beyond_at(v.axes["bin"]))) / g.data.scale, 1e-6, words)

    return rule


def tail_of_bin(rank: Callable[[Ground], int]) -> Rule:
    """Eckart and Young again, on the points of the bin."""

    def rule(g: Ground, v: Value) -> Expectation:
        return between(math.sqrt(g.tail(g.beyond_at(v.axes["bin"]), rank(g))), math.inf, "≥ √Σ_{j>k} λ_j")

    return rule


def over_the_mean(g: Ground, _: Value) -> Expectation:
    """The mean of along_error over that of the mean predictor, which is RMS ‖x − x̄‖ bin by bin."""
    own = g.values["along_error"]
    mean = [rms(to_mean(g, g.beyond_at(value.axes["bin"]))) / g.data.scale for value in own]
    return exact(sum(value.value for value in own) / sum(mean), 1e-6, "along / along of mean")


def to_memory(g: Ground, x: Tensor) -> Tensor:
    return x - g.data.train.x[g.nearest_training(x)]


def to_mean(g: Ground, x: Tensor) -> Tensor:
    return x - g.data.train.x.mean(dim=0)


def shift(g: Ground, x: Tensor) -> Tensor:
    return (1 - FACTOR) * (x - g.data.support.centroid)


def half_noise(g: Ground, x: Tensor) -> Tensor:
    nearest = g.nearest_training(x)
    return WEIGHT * (g.data.train.x[nearest] - g.data.train.clean[nearest])


def censored(g: Ground, _: Value) -> Expectation:
    return exact(g.data.beyond.edges[-1].item() / g.data.scale, words="L, censored")


def tube(inside: Rule) -> Rule:
    """`inside` where half the reach leaves room for the step δ somewhere, else no number."""

    def rule(g: Ground, v: Value) -> Expectation | None:
        return inside(g, v) if len(g.with_room(v.axes["delta"])) else absent("is more than half the reach")

    return rule


def tube_of(error: Callable[[Ground, Tensor], Tensor], words: str) -> Rule:
    """For models that answer m + δν as they answer m: the RMS of a stated error at m, / scale."""
    return tube(lambda g, v: exact(rms(error(g, g.with_room(v.axes["delta"]))) / g.data.scale, 1e-6, words))


def by_triangle(g: Ground, v: Value) -> Expectation | None:
    """r(m + δν) − m is r(m + δν) − r(m), of size δ · pass_through, and r(m) − m, of size √fvu."""
    if len(g.with_room(v.axes["delta"])) < len(g.data.test):
        return None  # the error of the others is not in fvu
    moved, error = v.axes["delta"] * g.value("pass_through", delta=v.axes["delta"]), math.sqrt(g.value("fvu"))
    return between(abs(moved - error), moved + error, "|δ·pass − √fvu| ≤ · ≤ δ·pass + √fvu", slack=1e-6)


def thick_share(times_delta: bool) -> Rule:
    """A random unit normal has a share j/q of its energy in j fixed normal directions, Beta(j/2, (q − j)/2)."""

    def rule(g: Ground, v: Value) -> Expectation:
        room = g.data.manifold.local_reach(g.data.test.clean) / 2
        delta = v.axes["delta"]
        q = g.codim[delta * g.data.scale <= room]
        share = (EXTRA / q).mean().item()
        spread = math.sqrt((2 * EXTRA * (q - EXTRA) / (q**2 * (q + 2))).mean().item() / len(q))
        unit = delta if times_delta else 1.0
        return exact(unit * math.sqrt(share), unit * WIDE * spread / math.sqrt(share), "√(j/(D − d))")

    return rule


def linear_share(g: Ground, v: Value) -> Expectation:
    """For an orthogonal projection, ‖P ν‖² has the mean tr(P_N P)/(D − d) over unit normals: excess_dim/(D − d)."""
    if g.is_union or len(g.with_room(v.axes["delta"])) < len(g.data.test):
        return between(0, 1, "≤ 1, orthogonal")
    q = g.codim[0].item()
    rank = 1 if g.model.name == "collapsed" else g.k
    share = g.value("excess_dim") / q
    # of ν: Beta as above, of variance below 2 k / q² a row; of the points: other rows than the probes of excess_dim
    error = WIDE * math.sqrt(2 * rank / q**2 / g.count.rows + 2 * (g.stderr("excess_dim") / q) ** 2)
    low, high = math.sqrt(max(0.0, share - error)), math.sqrt(share + error)
    return between(low, high, "√(excess/(D − d))")


# real rows


def triangle_of_change(g: Ground, v: Value) -> Expectation:
    """r(c) − x is r(c) − r(x), of size passed · ‖c − x‖, and r(x) − x."""
    size = v.null * g.data.scale
    moved = g.value("corruption_passed", **v.axes) * size
    rows = g.data.test.clean[:500]
    error = rms(g.r(rows) - rows)
    unit = g.data.scale
    return between(abs(moved - error) / unit, (moved + error) / unit, "|passed ‖c − x‖ − err| ≤ · ≤ sum", slack=1e-6)


def of_the_mean(g: Ground, _: Value) -> Expectation:
    return exact(rms(to_mean(g, g.data.test.clean[:500])) / g.data.scale, 1e-7, "‖x̄ − x‖")


THEORY: dict[str, dict[str, Rule]] = {
    "along_error": {
        **dict.fromkeys(SAME, constant(0.0, 1e-7)),
        "noisy memoriser": along_by_bin(half_noise, "w ‖ν‖, by k-d tree"),
        "pca": tail_of_bin(K),
        "oblique": tail_of_bin(K),
        "collapsed": tail_of_bin(ONE),
        "mean": along_by_bin(to_mean, "‖x − x̄‖"),
        "memoriser": along_by_bin(to_memory, "nearest row, by k-d tree"),
        "scaled projector": along_by_bin(shift, "(1 − .9) ‖x − c‖"),
    },
    "extrapolation_error": {
        **dict.fromkeys(SAME, constant(0.0, 1e-7)),
        "mean": constant(1.0),
        **dict.fromkeys(("memoriser", "noisy memoriser", "scaled projector", *LINEAR), over_the_mean),
    },
    "off_support_auroc": dict.fromkeys(SAME, constant(0.5)),
    "extrapolation_reach": {**dict.fromkeys(SAME, censored), "mean": constant(0.0)},
    "tube_error": {
        "identity": tube(lambda g, v: exact(v.axes["delta"], words="δ")),
        "projector": tube(constant(0.0, 1e-6)),
        "thick projector": tube(thick_share(times_delta=True)),
        "mean": tube_of(to_mean, "‖x̄ − m‖"),
        "scaled projector": tube_of(shift, "(1 − .9) ‖m − c‖"),
        **dict.fromkeys(("memoriser", "noisy memoriser", *LINEAR), tube(by_triangle)),
    },
    "pass_through": {
        "identity": tube(constant(1.0)),
        "mean": tube(constant(0.0)),
        "projector": tube(constant(0.0, 1e-5)),
        "scaled projector": tube(constant(0.0, 1e-5)),
        "thick projector": tube(thick_share(times_delta=False)),
        "pca": tube(linear_share),
        "collapsed": tube(linear_share),
    },
    "shift_error": {"identity": constant(0.0), "mean": constant(1.0)},
    "corruption_error": {
        "identity": lambda g, v: exact(v.null, words="‖c − x‖"),
        "mean": of_the_mean,
        **dict.fromkeys(("memoriser", "pca", "oblique", "collapsed"), triangle_of_change),
    },
    "corruption_passed": {
        "identity": constant(1.0),
        "mean": constant(0.0),
        **dict.fromkeys(("pca", "collapsed"), lambda g, v: between(0, 1, "≤ 1, orthogonal")),
    },
}
