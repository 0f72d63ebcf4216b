"""Numbers of samplers a second time, on the same rows, from their definitions, by numpy and scipy."""

import math

import numpy as np
import torch
from scipy import linalg, spatial, stats

from aeeval.metrics.base import Value
from aeeval.numerics.two_sample import random_directions
from tests.known_answers.expect import Expectation, absent, again
from tests.known_answers.ground import Ground

NEIGHBOURS, DIRECTIONS, SETS = 5, 128, 19
EDGE = 0.01  # of scale


def fresh(g: Ground, purpose: str, n: int) -> torch.Tensor:
    """Rows of the true law that the metric of this purpose is held against; test rows of real data."""
    if not g.known:
        return g.data.test.clean[:n]
    return g.of_place.get(f"{purpose} {n}", lambda: g.data.support.sample(n, g.evidence.generator(purpose)))


# by all pairs


def pairs(g: Ground) -> dict[str, float]:
    """The seven numbers of a comparison by all pairs of at most 1,000 rows."""
    return g.cache.get("pairs", lambda: _pairs(g))


def _pairs(g: Ground) -> dict[str, float]:
    n = min(1000, g.count.samples)
    real, fake = fresh(g, "metric/reference", n).numpy(), g.samples[:n].numpy()
    cross = spatial.distance.cdist(real, fake)
    real_own, fake_own = (spatial.distance.cdist(rows, rows) for rows in (real, fake))
    real_balls, fake_balls = (np.sort(own, axis=1)[:, NEIGHBOURS] for own in (real_own, fake_own))
    inside = cross < real_balls[:, None]
    bandwidth = np.sort(real_own[np.triu_indices(n, 1)])[(n * (n - 1) // 2 - 1) // 2]  # the lower of two middle ones

    def apart(own: np.ndarray) -> float:
        return float(own.sum() / (n * (n - 1)))

    def kernel(gaps: np.ndarray) -> np.ndarray:
        return np.exp(-np.square(gaps) / (2 * bandwidth**2))

    return {
        "precision": inside.any(axis=0).mean(),
        "recall": (cross < fake_balls).any(axis=1).mean(),
        "density": inside.sum() / (NEIGHBOURS * n),
        "coverage": inside.any(axis=1).mean(),
        "energy_distance": (2 * cross.mean() - apart(real_own) - apart(fake_own)) / g.data.scale,
        "mmd": apart(kernel(real_own) - np.eye(n)) + apart(kernel(fake_own) - np.eye(n)) - 2 * kernel(cross).mean(),
        "frechet": _frechet(real, fake) / g.data.scale**2,
    }


def _frechet(x: np.ndarray, y: np.ndarray) -> float:
    """By the roots of matrices: tr (C₁^½ C₂ C₁^½)^½, whose eigenvalues are real."""
    values, vectors = linalg.eigh(np.cov(x.T))
    root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    overlap = np.sqrt(linalg.eigvalsh(root @ np.cov(y.T) @ root).clip(min=0)).sum()
    gap = np.square(x.mean(axis=0) - y.mean(axis=0)).sum()
    return float(gap + np.trace(np.cov(x.T)) + np.trace(np.cov(y.T)) - 2 * overlap)


def by_pairs(name: str, tolerance: float):
    def rule(g: Ground, _: Value) -> Expectation:
        if name in ("precision", "recall", "density", "coverage") and not g.known:
            n = min(1000, g.count.samples)
            real = fresh(g, "metric/reference", n).numpy()
            balls = np.sort(spatial.distance.cdist(real, real), axis=1)[:, NEIGHBOURS]
            if (balls == 0).mean() > 0.01:
                return absent("of the true rows are repeated")
        return again(float(pairs(g)[name]), "all pairs, by scipy", tolerance)

    return rule


def sliced_wasserstein(g: Ground, _: Value) -> Expectation:
    """The same directions and the same fresh truth; W₂ on a line from sorted rows."""
    n = g.count.samples
    generator = g.evidence.generator("metric/truth")
    truth = g.data.support.sample(n, generator) if g.known else g.data.test.clean[:n]
    directions = random_directions(DIRECTIONS, g.data.ambient_dim, generator).numpy().T
    gaps = np.sort(truth.numpy() @ directions, axis=0) - np.sort(g.samples.numpy() @ directions, axis=0)
    return again(np.sqrt(np.square(gaps).mean()) / g.data.scale, "sorted along the same directions")


# by distances to the training rows


def _to(rows: np.ndarray, samples: np.ndarray, k: int = 1) -> tuple[np.ndarray, np.ndarray]:
    return spatial.cKDTree(rows).query(samples, k=k)


def copying(g: Ground, _: Value) -> Expectation:
    """Against 19 fresh sets, by k-d trees; of real rows against test rows."""
    feet, train = g.feet.numpy(), g.data.train.clean
    if g.known:
        generator, n = g.evidence.generator("metric/copying"), len(train)
        sets = g.of_place.get("fresh sets", lambda: [g.data.support.sample(n, generator) for _ in range(SETS)])
    else:
        size = min(len(train), len(g.data.test))
        train, sets = train[:size], [g.data.test.clean[:size]]
    own = _to(train.numpy(), feet)[0]
    others = np.stack([_to(one.numpy(), feet)[0] for one in sets])
    nearer = (own < others).mean() + 0.5 * (own == others).mean()
    return again(nearer, "k-d trees of 19 fresh sets", 1 / len(feet))  # a tie up to rounding may go either way


def z_u(g: Ground, _: Value) -> Expectation:
    """By scipy's Mann-Whitney statistic; the variance with ties."""
    train = g.data.train.clean.numpy()
    own = _to(train, g.feet.numpy())[0]
    other = _to(train, fresh(g, "metric/fresh", g.count.samples).numpy())[0]
    n, m = len(own), len(other)
    ties = np.unique(np.concatenate([own, other]), return_counts=True)[1].astype(float)
    variance = n * m / 12 * ((n + m + 1) - (ties**3 - ties).sum() / ((n + m) * (n + m - 1)))
    return again((stats.mannwhitneyu(own, other).statistic - n * m / 2) / math.sqrt(variance), "scipy's U", 0.02)


def authenticity(g: Ground, _: Value) -> Expectation:
    train = g.data.train.clean.numpy()
    nearest = _to(train, train, 2)[0][:, 1]

    def authentic(rows: np.ndarray) -> float:
        distance, index = _to(train, rows)
        return float((distance > nearest[index]).mean())

    other = fresh(g, "metric/fresh", g.count.samples).numpy()
    return again(authentic(g.feet.numpy()) - authentic(other), "k-d trees", 1 / len(other))


# by cells


def outside(g: Ground) -> torch.Tensor:
    """(n,) whether the foot of a sample is farther than 1 % of scale from S; the set S where no distance is known."""

    def found() -> torch.Tensor:
        support = g.data.support
        if support.farthest == 0:
            return torch.zeros(len(g.feet), dtype=torch.bool)
        try:
            return support.distance_bounds(g.feet)[0] > EDGE * g.data.scale
        except Exception:
            return support.log_prob(g.feet) == -torch.inf

    return g.cache.get("outside", found)


def hole_mass(g: Ground, _: Value) -> Expectation:
    if g.data.support.farthest == 0:
        return absent("no hole")
    return again(outside(g).double().mean().item(), "feet outside S, counted")


def chart_tv(g: Ground, _: Value) -> Expectation:
    """By recursion: halve the points of the law across their longest axis, and the samples with them."""
    axes, points = g.of_place.get("cells", lambda: _law(g))
    inside = g.feet[~outside(g)].numpy() @ axes
    counts = np.array([*_shared_out(points, inside, _depth(g)), int(outside(g).sum())]) / len(g.feet)
    mass = np.append(np.full(len(counts) - 1, 1 / (len(counts) - 1)), 0.0)
    return again(np.abs(counts - mass).sum() / 2, "cells by recursion", 2 / len(g.feet))


def _depth(g: Ground) -> int:
    return min(6, int(math.log2(g.count.samples // 10)))


def _law(g: Ground) -> tuple[np.ndarray, np.ndarray]:
    """Points of the law in its first 16 principal axes, drawn as the metric draws them."""
    generator, chunk = g.evidence.generator("metric/partition"), 4096
    first = g.data.support.sample(chunk, generator).numpy()
    axes = np.linalg.svd(first - first.mean(axis=0), full_matrices=False)[2][:16].T
    count = max(1, 1024 * 2 ** _depth(g) // chunk)
    return axes, np.concatenate([g.data.support.sample(chunk, generator).numpy() @ axes for _ in range(count)])


def _shared_out(points: np.ndarray, samples: np.ndarray, depth: int) -> list[int]:
    """How many samples fall into each of the 2^depth cells."""
    if depth == 0:
        return [len(samples)]
    axis = np.linalg.svd(np.cov(points.T))[0][:, 0]
    along = points @ axis
    cut = np.median(along)
    upper = samples @ axis > cut
    return [
        *_shared_out(points[along <= cut], samples[~upper], depth - 1),
        *_shared_out(points[along > cut], samples[upper], depth - 1),
    ]


# plain


def sample_distance(g: Ground, v: Value) -> Expectation:
    distance = np.sqrt(np.square((g.samples - g.feet).numpy()).sum(axis=1)) / g.data.scale
    return again(np.quantile(distance, v.axes["q"]), "numpy's quantile")


def repeated_samples(g: Ground, _: Value) -> Expectation:
    """Rows that a k-d tree finds nearer than a millionth of scale to an earlier one."""
    found = spatial.cKDTree(g.samples.numpy()).query_pairs(1e-7 * g.data.scale, output_type="ndarray")
    return again(len(np.unique(found[:, 1])) / len(g.samples), "pairs of a k-d tree")


AGAIN = {
    **{name: by_pairs(name, 1e-9) for name in ("precision", "recall", "density", "coverage")},
    **{name: by_pairs(name, 1e-7) for name in ("energy_distance", "mmd")},
    "frechet": by_pairs("frechet", 1e-6),
    **{
        rule.__name__: rule
        for rule in (
            sliced_wasserstein,
            copying,
            z_u,
            authenticity,
            hole_mass,
            chart_tv,
            sample_distance,
            repeated_samples,
        )
    },
}
