"""Numbers of a round trip a second time, from their definitions, by numpy and scipy: where no formula gives them."""

import math
from dataclasses import replace

import numpy as np
import torch
from scipy import ndimage, spatial
from torch import Tensor

from aeeval.metrics.base import Value
from tests.known_answers.by_hand import from_chance, rms, share_above, squares
from tests.known_answers.expect import Expectation, absent, again, exact
from tests.known_answers.ground import WIDE, Ground

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
    return share_above(unseen, seen)


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
        memorised_noise,
        gap,
        membership_auc,
        attractor_return,
    )
}
