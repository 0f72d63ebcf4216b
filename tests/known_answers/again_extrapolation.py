"""Numbers of extrapolation a second time, from their definitions, by numpy and scipy."""

import itertools
import math

import numpy as np
import torch
from scipy import spatial, stats
from torch import Tensor

from aeeval.metrics.base import Value
from aeeval.numerics.corruptions import Columns, changes_of
from tests.known_answers.by_hand import from_chance, rms, share_above, squares
from tests.known_answers.expect import Expectation, absent, again
from tests.known_answers.ground import Ground

ROUNDING = 1e-6  # of scale: errors below are none


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
    return share_above(_errors(g, g.data.held_out), _errors(g, g.data.test.clean))


def off_support_auroc(g: Ground, _: Value) -> Expectation:
    return share_above(_errors(g, g.data.beyond.x), _errors(g, g.data.test.clean))


def _errors(g: Ground, x: Tensor) -> np.ndarray:
    """Errors of a model; what is within rounding counts as none."""
    error = np.sqrt(squares(g.r(x) - x)) / g.data.scale
    return np.where(error < ROUNDING, 0.0, error)


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


AGAIN = {
    rule.__name__: rule
    for rule in (
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
    )
}
