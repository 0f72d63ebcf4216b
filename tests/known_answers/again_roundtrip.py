"""Numbers of a round trip a second time, from their definitions, by numpy and scipy: where no formula gives them."""

import itertools
import math
from dataclasses import replace

import numpy as np
import torch
from scipy import ndimage, spatial, stats
from torch import Tensor

from aeeval.metrics.base import Value
from aeeval.numerics.corruptions import Columns, changes_of
from tests.known_answers.expect import Expectation, absent, again, exact
from tests.known_answers.ground import WIDE, Ground

ROUNDING = 1e-6  # of scale: errors below are none


def rms(rows: Tensor | np.ndarray) -> float:
    return float(np.sqrt(np.square(np.asarray(rows)).sum(axis=1).mean()))


def squares(rows: Tensor | np.ndarray) -> np.ndarray:
    return np.square(np.asarray(rows)).sum(axis=1)


def from_chance(mean: float, sd: float, rows: int, own: int, words: str) -> Expectation:
    """The root of a mean of `rows` squares, known from `own` other draws of the same law, within 4.5 sd of both."""
    slack = WIDE * sd * math.sqrt(1 / rows + 1 / own) + 1e-12
    low, high = (math.sqrt(max(0.0, mean + sign * slack)) for sign in (-1, 1))
    return replace(exact((low + high) / 2, (high - low) / 2 + 1e-6, words), again=True)


# reconstruction


def fvu(g: Ground, _: Value) -> Expectation:
    x = g.data.test.clean
    unit = g.data.scale**2 if g.known else squares(x - g.data.train.clean.mean(dim=0)).mean()
    return again(squares(g.r(x) - x).mean() / unit, "Σ‖r(x) − x‖² by numpy")


def truth_error(g: Ground, _: Value) -> Expectation:
    """Tube noise has its foot where it started."""
    return again(rms(g.r(g.data.test.x) - g.data.test.clean) / g.data.scale, "‖r(x) − π(x)‖ by numpy")


def off_manifold(g: Ground, _: Value) -> Expectation:
    answers = g.r(g.data.test.clean)
    return again(rms(answers - g.data.manifold.project(answers)) / g.data.scale, "dist(r(x), 𝓜) by numpy")


def idempotence(g: Ground, _: Value) -> Expectation:
    answers = g.r(g.data.test.clean)
    return again(rms(g.r(answers) - answers) / g.data.scale, "r twice, by numpy")


def cycle(g: Ground, _: Value) -> Expectation:
    codes = g.f(g.data.test.clean)
    return again(rms(g.f(g.g(codes)) - codes) / g.spread_of_codes, "f∘g by numpy")


def sampled_idempotence(g: Ground, _: Value) -> Expectation:
    """Other codes of the same Gaussian, four times as many."""
    codes = g.train_codes.numpy()
    n = len(g.data.test)
    drawn = np.random.default_rng(1).multivariate_normal(
        codes.mean(axis=0), np.cov(codes.T).reshape(g.length, -1), 4 * n
    )
    rows = g.g(torch.from_numpy(drawn))
    moved = squares(g.r(rows) - rows) / g.data.scale**2
    return from_chance(moved.mean(), moved.std(), n, len(moved), "own draws of N(z̄, Σ_z)")


def sampled_cycle(g: Ground, _: Value) -> Expectation:
    """With g(z) = z, or c + .9 (z − c), f(g(z)) − z is r(g(z)) − g(z), divided by .9."""
    factor = g.model.factor * g.spread_of_codes / g.data.scale
    return again(g.value("sampled_idempotence") / factor, "as sampled_idempotence, since g is a scaling", 1e-6)


def psnr(g: Ground, _: Value) -> Expectation:
    x = g.data.test.clean
    error = np.square((g.r(x) - x).numpy()).mean(axis=1)
    return again((-10 * np.log10(np.maximum(error, 1e-10))).mean(), "−10 log₁₀ MSE by numpy")


def ssim(g: Ground, _: Value) -> Expectation:
    """By scipy's correlation with the Gaussian window, places where it does not fit cut off."""
    height, width = g.data.shape[-2:]
    side = min(height, width, 11)
    side -= side % 2 == 0
    if side < 7:
        return absent("hold no window")
    rows, answers = (part.numpy().reshape(-1, height, width) for part in (g.data.test.clean, g.r(g.data.test.clean)))
    return again(np.mean([_ssim(x, y, side) for x, y in zip(rows, answers, strict=True)]), "by scipy.ndimage", 1e-6)


def _ssim(x: np.ndarray, y: np.ndarray, side: int) -> float:
    offsets = np.arange(side) - side // 2
    line = np.exp(-(offsets**2) / (2 * 1.5**2))
    window = np.outer(line, line) / line.sum() ** 2

    def mean(picture: np.ndarray) -> np.ndarray:
        half = side // 2
        return ndimage.correlate(picture, window)[half : len(x) - half, half : x.shape[1] - half]

    mx, my = mean(x), mean(y)
    vx, vy, cross = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
    part = (2 * mx * my + 1e-4) * (2 * cross + 9e-4) / ((mx**2 + my**2 + 1e-4) * (vx + vy + 9e-4))
    return float(part.mean())


# extrapolation


def tube_error(g: Ground, v: Value) -> Expectation:
    return _pushed(g, v, lambda answers, m: answers - m, "own normals") or _no_room()


def pass_through(g: Ground, v: Value) -> Expectation:
    delta = v.axes["delta"]
    return _pushed(g, v, lambda answers, m: (answers - g.r(m)) / delta, "own normals") or _no_room()


def _no_room() -> Expectation:
    return absent("is more than half the reach")


def _pushed(g: Ground, v: Value, change, words: str, draws: int = 4) -> Expectation | None:
    """RMS of a change at m + δν over the points with room, from own unit normals: the sd is that within a point."""
    m = g.with_room(v.axes["delta"])
    if len(m) == 0:
        return None
    step, random = v.axes["delta"] * g.data.scale, np.random.default_rng(2)
    moved = np.stack([squares(change(g.r(m + step * g.unit_normals(m, random)), m)) for _ in range(draws)])
    moved /= g.data.scale**2
    within = math.sqrt(moved.var(axis=0, ddof=1).mean()) + moved.max() / math.sqrt(len(m) * draws)
    return from_chance(moved.mean(), within, len(m), moved.size, words)


def along_error(g: Ground, v: Value) -> Expectation:
    x = g.beyond_at(v.axes["bin"])
    return again(rms(g.r(x) - x) / g.data.scale, "‖r(x) − x‖ by numpy")


def extrapolation_error(g: Ground, v: Value) -> Expectation:
    """Of held-out classes; on manifolds the theory has it."""
    x = g.data.held_out
    return again(rms(g.r(x) - x) / rms(x - g.data.train.x.mean(dim=0)), "‖r(x) − x‖ / ‖x − x̄‖ by numpy")


def held_out_error(g: Ground, _: Value) -> Expectation:
    return again(rms(g.r(g.data.held_out) - g.data.held_out) / g.data.scale, "‖r(x) − x‖ by numpy")


def held_out_auroc(g: Ground, _: Value) -> Expectation:
    return _auroc(_errors(g, g.data.held_out), _errors(g, g.data.test.clean))


def off_support_auroc(g: Ground, _: Value) -> Expectation:
    return _auroc(_errors(g, g.data.beyond.x), _errors(g, g.data.test.clean))


def _errors(g: Ground, x: Tensor) -> np.ndarray:
    """Errors of a model; what is within rounding counts as none."""
    error = np.sqrt(squares(g.r(x) - x)) / g.data.scale
    return np.where(error < ROUNDING, 0.0, error)


def _auroc(above: np.ndarray, below: np.ndarray) -> Expectation:
    """P(above > below), ties ½, over all pairs; where two numbers are equal up to rounding either may be larger."""
    more, same = above[:, None] > below, above[:, None] == below
    close = ~same & np.isclose(above[:, None], below, rtol=1e-9, atol=0)
    return again((more + 0.5 * same).mean(), "all pairs, by numpy", 1e-9 + close.mean())


def extrapolation_reach(g: Ground, _: Value) -> Expectation:
    """The first place where the line through the errors of the bins is above a tenth."""
    edges = (g.data.beyond.edges / g.data.scale).numpy()
    errors = np.array([math.sqrt(g.value("fvu")), *(value.value for value in g.values["along_error"])])
    places = np.array([0.0, *(edges[1:] + edges[:-1]) / 2])
    fine = np.concatenate([np.linspace(a, b, 2001) for a, b in itertools.pairwise(places)])
    above = np.interp(fine, places, errors) > 0.1
    if errors[0] > 0.1:
        return again(0.0, "the error inside is above .1")
    return again(fine[above.argmax()] if above.any() else edges[-1], "line through along_error", (edges[-1] / 2000))


def code_drift(g: Ground, v: Value) -> Expectation:
    """Other directions of the same law, as many."""
    codes = g.train_codes.numpy()
    values, vectors = np.linalg.eigh(np.cov(codes.T).reshape(g.length, -1))
    busy = values > 1e-12 * values.max()
    unit = np.random.default_rng(3).standard_normal((g.count.drift, busy.sum()))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    moved = unit * np.sqrt(values[busy]) @ vectors[:, busy].T
    z = torch.from_numpy(codes.mean(axis=0) + v.axes["radius"] * math.sqrt(busy.sum()) * moved)
    distance = np.square(g.data.manifold.distance(g.g(z)).numpy()) / g.data.scale**2
    slack = distance.std() + distance.max() / math.sqrt(len(distance)) * (len(codes[0]) > 0)
    return from_chance(distance.mean(), slack, 256, len(distance), "own directions, dist to 𝓜")


def edge_error(g: Ground, v: Value) -> Expectation:
    """By a k-d tree over the same fresh draw of S: the radius that holds ten rows, in bins of ratio √2."""
    test, beyond = g.data.test.clean, g.data.beyond.x
    law = g.data.support.sample(len(g.data.train), g.evidence.generator("metric/edge"))
    points = torch.cat([test, beyond])
    radius = spatial.cKDTree(law.numpy()).query(points.numpy(), k=min(10, len(law)))[0][:, -1] / g.data.scale
    near = np.clip(np.floor(2 * np.log2(radius) + 16), 0, 21) == round(2 * math.log2(v.axes["bin"]) + 15.5)
    if near.sum() < 20:
        return absent("fewer than 20 points in this bin")
    some = points[torch.from_numpy(near)]
    return again(rms(g.r(some) - some) / g.data.scale, "k-d tree, by numpy")


def reliability(g: Ground, _: Value) -> Expectation:
    rows = g.data.test.clean
    if len({part.dim for part in g.data.manifold.components}) > 1:
        return absent("densities on pieces of different dimension do not compare")
    if g.data.support.density != "exponential":
        return absent("needs a density that falls by three decades")
    error = np.sqrt(squares(g.r(rows) - rows)) / g.data.scale
    if error.max() < ROUNDING:
        return absent("the error is at the level of rounding everywhere")
    found = stats.spearmanr(g.data.support.log_prob(rows).numpy(), error).statistic
    return again(
        0.0 if math.isnan(found) else found, "scipy's Spearman", 1e-4
    )  # errors that are equal up to rounding may go either way


def changed(g: Ground, v: Value) -> tuple[Tensor, Tensor]:
    """Up to 500 clean test rows, and the same changed as the axes of a value say."""
    rows, train = g.data.test.clean[:500], g.data.train.clean
    change = next(one for one in changes_of(g.data.shape) if one.name == v.axes["corruption"])
    generator = g.evidence.generator(f"metric/corrupted/{change.name}/{v.axes['severity']}")
    usual = Columns(train.mean(dim=0).reshape(g.data.shape), train.std(dim=0, correction=0).reshape(g.data.shape))
    shaped = rows.reshape(-1, *g.data.shape)
    return rows, change.apply(shaped, v.axes["severity"], generator, usual).flatten(1)


def shift_error(g: Ground, v: Value) -> Expectation:
    _, c = changed(g, v)
    return again(rms(g.r(c) - c) / rms(g.data.train.x.mean(dim=0) - c), "‖r(c) − c‖ / ‖x̄ − c‖ by numpy")


def corruption_error(g: Ground, v: Value) -> Expectation:
    x, c = changed(g, v)
    return again(rms(g.r(c) - x) / g.data.scale, "‖r(c) − x‖ by numpy")


def corruption_passed(g: Ground, v: Value) -> Expectation:
    x, c = changed(g, v)
    return again(rms(g.r(c) - g.r(x)) / rms(c - x), "‖r(c) − r(x)‖ / ‖c − x‖ by numpy")


# overfitting


def memorised_noise(g: Ground, _: Value) -> Expectation:
    """Against twenty ghosts of its own: 4.5 sd of the means of 99 and of 20."""
    clean, generator = g.data.train.clean, torch.Generator().manual_seed(5)
    own = _leak(g, g.data.train.x)
    ghosts = np.array([_leak(g, g.data.perturb(clean, generator)) for _ in range(20)])
    mean, slack = ghosts.mean(), WIDE * ghosts.std(ddof=1) * math.sqrt(1 / 99 + 1 / 20)
    low, high = ((own - end) / (1 - end) for end in (mean + slack, mean - slack))
    return replace(exact((low + high) / 2, (high - low) / 2 + 1e-9, "own ghosts"), again=True)


def _leak(g: Ground, rows: Tensor) -> float:
    noise = (rows - g.data.train.clean).numpy()
    return float(((g.r(rows) - g.data.train.clean).numpy() * noise).sum() / np.square(noise).sum())


def gap(g: Ground, _: Value) -> Expectation:
    seen, unseen = (squares(g.r(x) - x).mean() / g.data.scale**2 for x in (g.data.train.x, g.data.test.x))
    return again(math.log((unseen + 1e-6) / (seen + 1e-6)), "log of the ratio, by numpy", 1e-6)


def membership_auc(g: Ground, _: Value) -> Expectation:
    seen, unseen = (squares(g.r(x) - x) for x in (g.data.train.x, g.data.test.x))
    return _auroc(unseen, seen)


def attractor_return(g: Ground, _: Value) -> Expectation:
    """r again and again, a hundred times, all points at once; who is lost stays lost."""
    starts, scale = g.data.test.clean[:128], g.data.scale
    points, lost = starts, torch.zeros(len(starts), dtype=torch.bool)
    for _ in range(100):
        answers = g.r(points)
        points, before = torch.where(lost[:, None], points, answers), points
        lost |= (points - starts).norm(dim=1) > 1e3 * scale
        if ((points - before).norm(dim=1) <= 1e-9 * scale).all():
            break
    distance = spatial.cKDTree(g.data.train.x.numpy()).query(points.numpy())[0]
    returned = (distance < 0.01 * scale) & ~lost.numpy()
    close = (np.abs(distance - 0.01 * scale) < 1e-4 * scale).mean()  # iterations end at 1e-6 of scale, not at none
    return again(returned.mean(), "r a hundred times, by numpy", 1e-9 + close)


AGAIN = {
    rule.__name__: rule
    for rule in (
        fvu,
        truth_error,
        off_manifold,
        idempotence,
        cycle,
        sampled_idempotence,
        sampled_cycle,
        psnr,
        ssim,
        tube_error,
        pass_through,
        along_error,
        extrapolation_error,
        held_out_error,
        held_out_auroc,
        off_support_auroc,
        extrapolation_reach,
        code_drift,
        edge_error,
        reliability,
        shift_error,
        corruption_error,
        corruption_passed,
        memorised_noise,
        gap,
        membership_auc,
        attractor_return,
    )
}
