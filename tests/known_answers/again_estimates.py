"""Intrinsic dimension from neighbours a second time, from all pairs of rows, by numpy and scipy."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy import optimize, spatial, stats
from torch import Tensor

from aeeval.metrics.base import Value
from tests.known_answers.expect import Expectation, absent, again
from tests.known_answers.ground import Ground

SCALES = (1, 2, 4, 8, 16, 32)
OVERLAP = 1.6


@dataclass(frozen=True)
class Cloud:
    """Distinct rows, the distances and indices of their nearest others, rising."""

    rows: np.ndarray
    repeated: float
    radii: np.ndarray
    index: np.ndarray

    @classmethod
    def of(cls, rows: Tensor) -> "Cloud":
        distinct = np.unique(rows.numpy(), axis=0)
        k = max(20, 2 * max((n for n in SCALES if 16 * n <= len(distinct)), default=1))
        k = max(1, min(k, len(distinct) // 8, len(distinct) - 1))
        gaps = spatial.distance.cdist(distinct, distinct)
        np.fill_diagonal(gaps, np.inf)
        index = np.argsort(gaps, axis=1, kind="stable")[:, :k]
        repeated = 1 - len(distinct) / len(rows)
        return cls(distinct, repeated, np.take_along_axis(gaps, index, axis=1), index)


def cloud(g: Ground, v: Value) -> Cloud:
    n = g.count.samples
    if v.axes["of"] == "data":
        return g.of_place.get("cloud", lambda: Cloud.of(g.data.test.clean[:n]))
    return g.cache.get("cloud", lambda: Cloud.of(g.evidence.test_hat[:n]))


def zero_distances(g: Ground, v: Value) -> Expectation:
    if v.axes["of"] == "samples":
        return absent("no sampler")
    return again(cloud(g, v).repeated, "distinct rows, by numpy")


def estimated_dim(g: Ground, v: Value) -> Expectation:
    if v.axes["of"] == "samples":
        return absent("no sampler")
    seen = cloud(g, v)
    if len(seen.rows) < 24:
        return absent(f"{len(seen.rows)} distinct rows")
    if v.axes["estimator"] == "local_pca":
        return _local_pca(g, seen, str(v.axes["by"]))
    if reason := _near_duplicates(seen.radii):
        return absent(reason)
    return _ESTIMATORS[str(v.axes["estimator"])](seen, v)


def _near_duplicates(radii: np.ndarray) -> str | None:
    for far in (10, 100):
        share = (radii[:, 1] > far * radii[:, 0]).mean()
        if share * (len(radii) // 2) > stats.binom.isf(1e-6, len(radii) // 2, 1 / far):
            return "near-duplicates"
    return None


def _two_nn(seen: Cloud, _: Value) -> Expectation:
    total = np.log(seen.radii[:, 1] / seen.radii[:, 0]).sum()
    return again((len(seen.rows) - 1) / total, "(N − 1)/Σ ln(r₂/r₁), all pairs")


def _mle(seen: Cloud, v: Value) -> Expectation:
    k = int(v.axes["k"])
    total = np.log(seen.radii[:, k - 1 : k] / seen.radii[:, : k - 1]).sum()
    return again((len(seen.rows) * (k - 1) - 1) / total, "(N(k − 1) − 1)/ΣS, all pairs")


def _gride(seen: Cloud, n1: int, unbiased: int = 1) -> float:
    """The root of the derivative of the likelihood, by Brent's method; `unbiased` 0 has the plain likelihood."""
    return float(optimize.brentq(lambda d: _score(seen, n1, d, unbiased), 1e-3, 1e4, xtol=1e-13, rtol=1e-14))


def _score(seen: Cloud, n1: int, d: float, unbiased: int) -> float:
    x = np.log(seen.radii[:, 2 * n1 - 1] / seen.radii[:, n1 - 1])
    upper = np.where(x > 0, x / -np.expm1(-d * np.maximum(x, 1e-300)), 1 / d)
    return float((len(x) - unbiased) / d + (n1 - 1) * upper.sum() - (2 * n1 - 1) * x.sum())


def _gride_at(seen: Cloud, v: Value) -> Expectation:
    return again(_gride(seen, int(v.axes["n1"])), "root of the score by Brent, all pairs", 1e-6)


def _spread(seen: Cloud, n1: int, d: float) -> float:
    """1.6 times the standard error from the second derivative of the likelihood, by differences."""
    step = 1e-4 * d
    information = (_score(seen, n1, d - step, 0) - _score(seen, n1, d + step, 0)) / (2 * step)
    return OVERLAP / math.sqrt(information)


def _plateau(seen: Cloud, _: Value) -> Expectation:
    """The longest run of three scales or more that χ² does not tell apart at 1 %; the best of equally long ones."""
    scales = [n1 for n1 in SCALES if 2 * n1 <= seen.radii.shape[1]]
    values = np.array([_gride(seen, n1) for n1 in scales])
    weights = np.array([_spread(seen, n1, d) for n1, d in zip(scales, values, strict=True)]) ** -2.0
    best = (2, 0.0, math.nan)
    for i in range(len(scales)):
        for j in range(i + 3, len(scales) + 1):
            mean = np.average(values[i:j], weights=weights[i:j])
            p = stats.chi2.sf((weights[i:j] * (values[i:j] - mean) ** 2).sum(), j - i - 1)
            if p > 0.01 and (j - i, p) > best[:2]:
                best = (j - i, float(p), float(mean))
    return absent("no plateau") if best[0] == 2 else again(best[2], "longest run of scales that agree", 1e-5)


_ESTIMATORS: dict[str, Callable[[Cloud, Value], Expectation]] = {
    "twonn": _two_nn,
    "mle": _mle,
    "gride": _gride_at,
    "plateau": _plateau,
}


def _local_pca(g: Ground, seen: Cloud, by: str) -> Expectation:
    """Singular values of the neighbourhoods of the same fifty rows."""
    order = torch.randperm(len(seen.rows), generator=g.evidence.generator("metric/estimated_dim"))
    near = seen.rows[seen.index[order[:50].numpy()]]
    rank = min(near.shape[1] - 1, near.shape[2])
    powers = np.linalg.svd(near - near.mean(axis=1, keepdims=True), compute_uv=False)[:, :rank] ** 2
    if by == "participation":
        return again((powers.sum(axis=1) ** 2 / (powers**2).sum(axis=1)).mean(), "svd of neighbourhoods", 1e-6)
    powers = np.maximum(powers, 1e-12 * powers[:, :1])
    ratios = powers[:, :-1] / powers[:, 1:]
    gap = np.where(ratios.max(axis=1) >= 4, ratios.argmax(axis=1) + 1, rank) if rank > 1 else np.full(len(near), rank)
    return again(gap.mean(), "svd of neighbourhoods")


AGAIN = {rule.__name__: rule for rule in (zero_distances, estimated_dim)}
