"""What theory says of reconstruction, extrapolation and overfitting."""

import math
from collections.abc import Callable

import torch

from aeeval.metrics.base import Value
from tests.known_answers.expect import Expectation, absent, between, exact
from tests.known_answers.ground import WIDE, Ground
from tests.known_answers.models import EXTRA, FACTOR, MODELS, WEIGHT, World

Rule = Callable[[Ground, Value], Expectation | None]


def constant(value: float, tolerance: float = 1e-9) -> Rule:
    """The same number whatever the manifold."""
    return lambda g, v: exact(value, tolerance)


def skipped(reason: str) -> Rule:
    """No number whatever the manifold."""
    return lambda g, v: absent(reason)


def as_pca(metric: str) -> Rule:
    """What the same model reads under other labels of its codes: rounding apart, the same."""

    def rule(g: Ground, v: Value) -> Expectation:
        base = g.base_value(metric, v.axes)
        return absent(base.reason or "") if base.value is None else exact(base.value, 1e-6, "as pca")

    return rule


def rms(rows) -> float:
    return torch.as_tensor(rows).square().sum(dim=1).mean().sqrt().item()


def mean_of(squares: torch.Tensor, unit: float) -> tuple[float, float]:
    """Chance error, 4.5 sd, of the mean of squares, in units."""
    return squares.mean().item() / unit, WIDE * (squares.std() / len(squares) ** 0.5).item() / unit


def spread_about_centre(g: Ground) -> float:
    """4.5 sd of the mean of ‖x − c‖² / scale², whose expectation is 1."""
    squares = (g.data.test.clean - g.data.support.centroid).square().sum(dim=1)
    return mean_of(squares, g.data.scale**2)[1]


# reconstruction


def fvu_of_mean(g: Ground, _: Value) -> Expectation:
    """1 + ‖x̄ − c‖²/scale²: about 1 + 1/n."""
    return exact(1 + 1 / g.count.rows, spread_about_centre(g) + 10 / g.count.rows, "1 + 1/n")


def fvu_of_scaled(g: Ground, _: Value) -> Expectation:
    return exact((1 - FACTOR) ** 2, (1 - FACTOR) ** 2 * spread_about_centre(g), "(1 − .9)²")


def fvu_of_memoriser(g: Ground, _: Value) -> Expectation:
    x = g.data.test.clean
    error = x - g.data.train.x[g.nearest_training(x)]
    return exact(rms(error) ** 2 / g.data.scale**2, words="nearest row, by k-d tree")


def repeated_noise(g: Ground, x: torch.Tensor) -> float:
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


# extrapolation


def along_by_bin(error: Callable[[Ground, torch.Tensor], torch.Tensor], words: str) -> Rule:
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


def to_memory(g: Ground, x: torch.Tensor) -> torch.Tensor:
    return x - g.data.train.x[g.nearest_training(x)]


def to_mean(g: Ground, x: torch.Tensor) -> torch.Tensor:
    return x - g.data.train.x.mean(dim=0)


def shift(g: Ground, x: torch.Tensor) -> torch.Tensor:
    return (1 - FACTOR) * (x - g.data.support.centroid)


def half_noise(g: Ground, x: torch.Tensor) -> torch.Tensor:
    nearest = g.nearest_training(x)
    return WEIGHT * (g.data.train.x[nearest] - g.data.train.clean[nearest])


def censored(g: Ground, _: Value) -> Expectation:
    return exact(g.data.beyond.edges[-1].item() / g.data.scale, words="L, censored")


def tube(inside: Rule) -> Rule:
    """`inside` where half the reach leaves room for the step δ somewhere, else no number."""

    def rule(g: Ground, v: Value) -> Expectation | None:
        return inside(g, v) if len(g.with_room(v.axes["delta"])) else absent("is more than half the reach")

    return rule


def tube_of(error: Callable[[Ground, torch.Tensor], torch.Tensor], words: str) -> Rule:
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


ON_REAL_ROWS: dict[str, dict[str, Rule]] = {
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

# overfitting


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


def _squares(g: Ground, x: torch.Tensor) -> torch.Tensor:
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


K: Callable[[Ground], int] = lambda g: g.k  # noqa: E731
ONE: Callable[[Ground], int] = lambda g: 1  # noqa: E731
SAME = ("identity", "projector", "thick projector")
LINEAR = ("pca", "oblique", "collapsed")
UNFITTED = ("mean", "projector", "thick projector", "scaled projector", "oblique")  # no row of theirs is a training row
ROUND_TRIPS = tuple(model.name for model in MODELS if not model.samples)

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
    **ON_REAL_ROWS,
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
