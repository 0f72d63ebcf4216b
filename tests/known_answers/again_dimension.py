"""Numbers of dimension a second time, from their definitions, by numpy and scipy: where no formula gives them."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from scipy import optimize, spatial, stats
from torch import Tensor

from aeeval.metrics.base import Value
from tests.known_answers.expect import Expectation, absent, again
from tests.known_answers.ground import WIDE, Ground

FULL_FRAME = 100
SCALES = (1, 2, 4, 8, 16, 32)
OVERLAP = 1.6


@dataclass(frozen=True)
class Frames:
    """J_r T and J_r N at the probe points of one component, with the frames: all (p, q, D)."""

    share: float
    dim: int
    tangent: np.ndarray
    along: np.ndarray
    normal: np.ndarray
    across: np.ndarray

    def kept(self) -> np.ndarray:
        return _bounded(self.along @ self.tangent.swapaxes(1, 2))

    def excess(self) -> np.ndarray:
        """Of all normals, or by the trace where there is one random normal a point."""
        codim = self.tangent.shape[2] - self.dim
        if self.normal.shape[1] == codim:
            return _bounded(self.across @ self.normal.swapaxes(1, 2))
        return codim * (self.across * self.normal).sum(axis=(1, 2))


def _bounded(matrices: np.ndarray) -> np.ndarray:
    return np.minimum(1, np.linalg.svd(matrices, compute_uv=False)).sum(axis=1)


def _slopes(g: Ground, m: Tensor, directions: np.ndarray) -> np.ndarray:
    """J_r v: from the matrix of an affine model, else a direction at a time, half the difference of two steps."""
    if g.model.affine:
        return directions @ g.matrix.numpy().T
    moved = []
    for j in range(directions.shape[1]):
        step = g.step * torch.from_numpy(directions[:, j])
        moved.append((g.r(m + step) - g.r(m - step)) / (2 * g.step))
    return torch.stack(moved, dim=1).numpy()


def frames(g: Ground) -> list[Frames]:
    """One for every component of 𝓜."""
    return g.cache.get("frames", lambda: list(_frames(g)))


def _frames(g: Ground) -> Iterator[Frames]:
    points, random = g.probe_points, np.random.default_rng(4)
    for part, rows in g.data.manifold.by_component(points):
        m = points[rows]
        tangent = part.tangent(m).numpy()
        if g.data.ambient_dim <= FULL_FRAME:  # the same frame: where r jumps, secants depend on their directions
            normal = part.normal(m).numpy()
        else:
            normal = g.unit_normals(m, random).numpy()[:, None]
        yield Frames(len(rows) / len(points), part.dim, tangent, _slopes(g, m, tangent), normal, _slopes(g, m, normal))


def kept_dim(g: Ground, _: Value) -> Expectation:
    return again(sum(f.share * f.kept().mean() for f in frames(g)), "svd of own slopes", 1e-6)


def _excess_error(g: Ground) -> float:
    """What other random normals may read: 4.5 sd of two means, where normals are random."""
    if g.data.ambient_dim <= FULL_FRAME:
        return 1e-6
    return sum(f.share * WIDE * (f.excess().std() + 1e-3) * math.sqrt(2 / len(f.excess())) for f in frames(g))


def excess_dim(g: Ground, _: Value) -> Expectation:
    return exact_again(sum(f.share * f.excess().mean() for f in frames(g)), _excess_error(g))


def exact_again(value: float, slack: float) -> Expectation:
    return again(value, "svd of own slopes", slack / max(1.0, abs(value)) + 1e-9)


def dimension_mismatch(g: Ground, _: Value) -> Expectation:
    value = 0.0
    for f in frames(g):
        deficit = max(0.0, min(g.length, f.dim) - f.kept().mean())
        value += f.share * (deficit + max(0.0, f.excess().mean() - (g.room - f.dim)))
    return exact_again(value, _excess_error(g))


def tangent_error(g: Ground, _: Value) -> Expectation:
    value = 0.0
    for f in frames(g):
        turned = np.sqrt(np.square(f.along - f.tangent).sum(axis=(1, 2)) / f.dim)
        value += f.share * np.minimum(1, turned).mean()
    return again(value, "own slopes", 1e-6)


def looked_at(g: Ground) -> int:
    """At how many probe points all columns of J_r are taken: where D is large, as many as 16,384 round trips allow."""
    if g.data.ambient_dim <= FULL_FRAME:
        return len(g.probe_points)
    few = 2**14 // (2 * g.data.ambient_dim)
    return few if few >= 8 else 0


def round_trip_dim(g: Ground, _: Value) -> Expectation:
    if not (few := looked_at(g)):
        return absent("forward passes a point")
    y = g.r(g.probe_points[:few])
    directions = np.tile(np.eye(g.data.ambient_dim), (len(y), 1, 1))
    return again(_bounded(_slopes(g, y, directions)).mean(), "svd of own slopes at r(x)", 1e-6)


def spectra(g: Ground) -> np.ndarray:
    """(p, q) singular values of J_g Σ_z^½ at the codes of the probe points, by steps of 1 % along the axes of Σ_z."""

    def made() -> np.ndarray:
        codes = g.f(g.probe_points)
        values, vectors = np.linalg.eigh(np.cov(g.train_codes.numpy().T).reshape(g.length, -1))
        axes = torch.from_numpy((vectors * np.sqrt(values.clip(min=0))).T)
        moved = [(g.g(codes + 0.01 * axis) - g.g(codes - 0.01 * axis)) / 0.02 for axis in axes]
        return np.linalg.svd(torch.stack(moved, dim=1).numpy(), compute_uv=False)

    return g.cache.get("spectra", made)


def spectrum_count(g: Ground, v: Value) -> Expectation:
    level = v.axes["eps"] * g.data.scale
    close = (np.abs(spectra(g) / level - 1) < 1e-6).sum(axis=1).mean()
    return again((spectra(g) > level).sum(axis=1).mean(), "svd of J_g Σ_z^½", 1e-9 + close)


def decoder_rank(g: Ground, _: Value) -> Expectation:
    found = spectra(g)
    return again((found > 1e-4 * found[:, :1]).sum(axis=1).mean(), "svd of J_g Σ_z^½")


def code_tail(g: Ground, _: Value) -> Expectation:
    """By the pseudo-inverse of the covariance."""
    codes = g.train_codes.numpy()
    covariance = np.cov(codes.T).reshape(g.length, -1)
    busy = int((np.linalg.eigvalsh(covariance) > 1e-12 * np.linalg.eigvalsh(covariance).max()).sum())
    if len(codes) <= 2 * busy:
        return absent("codes are too few for the spread")
    inverse = np.linalg.pinv(covariance, rcond=1e-12, hermitian=True)
    apart = codes - codes.mean(axis=0)
    radii = np.einsum("ni,ij,nj->n", apart, inverse, apart)
    low, high = (stats.chi2(busy).median() / np.quantile(radii, 0.5, method=end) for end in ("higher", "lower"))
    return again(
        (low + high) / 2, "pseudo-inverse of Σ_z", (high - low) / 2 + 1e-6
    )  # whatever lies between is a median


# estimated_dim


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


AGAIN = {
    rule.__name__: rule
    for rule in (
        kept_dim,
        excess_dim,
        dimension_mismatch,
        tangent_error,
        round_trip_dim,
        spectrum_count,
        decoder_rank,
        code_tail,
        zero_distances,
        estimated_dim,
    )
}
