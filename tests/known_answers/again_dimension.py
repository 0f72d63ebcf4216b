"""Numbers of dimension a second time, from their definitions, by numpy and scipy: where no formula gives them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from aeeval.metrics.base import Value
from tests.known_answers.expect import Expectation, absent, again
from tests.known_answers.ground import WIDE, Ground

FULL_FRAME = 100
AT_ONCE = 1000  # rows of one round trip


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
    """J_r v: from the matrix of an affine model, else half the difference of two steps, some directions at a time."""
    if g.model.affine:
        return directions @ g.matrix.numpy().T
    moved = []
    for some in torch.from_numpy(directions).split(max(1, AT_ONCE // len(m)), dim=1):
        ahead, back = (g.r((m[:, None] + step).flatten(0, 1)) for step in (g.step * some, -g.step * some))
        moved.append((ahead - back).reshape_as(some) / (2 * g.step))
    return torch.cat(moved, dim=1).numpy()


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
    return min(few, len(g.probe_points)) if few >= 8 else 0


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
    )
}
