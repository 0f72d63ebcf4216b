"""Derivatives of the round trip and of the decoder at points of the evidence, taken once and shared by metrics."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aeeval.errors import Skipped
from aeeval.evidence import Evidence, unit_normals
from aeeval.manifolds.base import Manifold
from aeeval.numerics.batches import NUMBERS
from aeeval.numerics.secants import secants

FULL_FRAME = 100
"""Largest D for which the whole normal space is probed; beyond it, one random normal a point."""
ROUND_TRIPS, LEAST_POINTS = 2**14, 8
"""Beyond that D, forward passes that all columns of J_r may take, and the points that they have to suffice for."""


@dataclass(frozen=True)
class RoundTripProbe:
    """J_r at clean points m of one component of 𝓜, in orthonormal frames T (tangent) and N (normal)."""

    tangent: Tensor
    """(p, d, D) the frame T."""
    along: Tensor
    """(p, d, D): J_r t for every tangent direction t."""
    normal: Tensor
    """(p, q, D) the frame N, all D − d directions, or one random unit normal where D is large."""
    across: Tensor
    """(p, q, D): J_r ν for every normal direction ν."""

    @property
    def dim(self) -> int:
        """d of the component."""
        return self.tangent.shape[1]

    @property
    def codim(self) -> int:
        """D − d."""
        return self.tangent.shape[2] - self.dim

    @property
    def normal_is_full(self) -> bool:
        """Whether `normal` spans the whole normal space."""
        return self.normal.shape[1] == self.codim


def round_trip_probes(evidence: Evidence) -> tuple[RoundTripProbe, ...]:
    """The central secants of r at the probe points, step 1 % of min(reach, scale); one entry a component of 𝓜."""
    return evidence.memo.get("round trip probes", lambda: tuple(_probe_round_trip(evidence)))


def _probe_round_trip(evidence: Evidence) -> Iterator[RoundTripProbe]:
    for points, tangent, normal in evidence.shared.get("frames", lambda: list(_frames(evidence))):
        derivatives = secants(evidence.model.reconstruct, points, torch.cat([tangent, normal], dim=1), evidence.step)
        along, across = derivatives.split([tangent.shape[1], normal.shape[1]], dim=1)
        yield RoundTripProbe(tangent, along, normal, across)


def _frames(evidence: Evidence) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """The probe points on each component of 𝓜 with T and N there: the same for every model."""
    generator = evidence.generator("metric/normals")
    for component, rows in evidence.manifold.by_component(evidence.probe_points):
        points = evidence.probe_points[rows]
        yield points, component.tangent(points), _normals(component, points, generator)


def _normals(manifold: Manifold, points: Tensor, generator: Generator) -> Tensor:
    if manifold.ambient_dim <= FULL_FRAME or manifold.ambient_dim == manifold.dim:
        return manifold.normal(points)
    return unit_normals(manifold, points, generator)[:, None]


def image_jacobians(evidence: Evidence) -> Iterator[Tensor]:
    """(p, D, D): J_r at the reconstructions r(x) of the probe points, one row an input direction; in blocks of points.

    For D > 100 at as many points as `ROUND_TRIPS` forward passes allow, one a block; raises `Skipped` under 8.
    """
    dim, points = evidence.dataset.ambient_dim, evidence.probe_points
    if dim > FULL_FRAME:
        if (most := ROUND_TRIPS // (2 * dim)) < LEAST_POINTS:
            raise Skipped(
                f"takes {2 * dim} forward passes a point; not done for D > {ROUND_TRIPS // 2 // LEAST_POINTS}"
            )
        points = points[:most]
    images = evidence.model.reconstruct(points)
    for block in images.split(1 if dim > FULL_FRAME else len(images)):
        yield secants(evidence.model.reconstruct, block, torch.eye(dim, dtype=torch.float64), evidence.step)


def decoder_spectra(evidence: Evidence) -> Tensor:
    """(p, min(k, D)) singular values of J_g Σ_z^½ at the codes of the probe points, in units of length, falling.

    Σ_z is the covariance of the training codes: the same for every linear recoding. The step is 1 % of a standard
    deviation along each axis of Σ_z.
    """
    return evidence.memo.get("decoder spectra", lambda: _decoder_spectra(evidence))


def _decoder_spectra(evidence: Evidence) -> Tensor:
    codes = evidence.model.encode(evidence.probe_points)
    covariance = torch.cov(evidence.train_codes.T).reshape(codes.shape[1], -1)
    values, vectors = torch.linalg.eigh(covariance)
    axes = (vectors * values.clamp(min=0).sqrt()).T
    size = max(1, NUMBERS // (2 * len(axes) * evidence.dataset.ambient_dim))
    jacobians = (secants(evidence.model.decode, part, axes, 0.01) for part in codes.split(size))
    return torch.cat([torch.linalg.svdvals(part) for part in jacobians])
