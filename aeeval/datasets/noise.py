"""Noise of known size: normal to the manifold inside its reach, or Gaussian in all directions."""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds.base import Manifold

KINDS = ("tube", "gaussian")
_ROUNDS = 200


@dataclass(frozen=True)
class Noise:
    """`sigma` is the standard deviation per coordinate in units of the scale of the data."""

    kind: str
    sigma: float

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise GeometryError(message(f"a noise kind of {KINDS}", repr(self.kind), 'use "tube" on manifolds'))
        if not (math.isfinite(self.sigma) and self.sigma > 0):
            raise GeometryError(message("a finite noise > 0", str(self.sigma), "leave noise out for clean rows"))


def perturb(clean: Tensor, noise: Noise, scale: float, manifold: Manifold | None, generator: Generator) -> Tensor:
    """Clean rows (n, D) with noise of standard deviation σ·scale per coordinate -> (n, D).

    *Tube*: x = m + ν with ν Gaussian in the normal space at m, given ‖ν‖ ≤ reach/2: π(x) = m exactly, without a solve
    and without the bias of curvature. *Gaussian*: in all D directions. Without a manifold only the second exists.
    """
    width = noise.sigma * scale
    if manifold is None or noise.kind == "gaussian":
        return clean + width * torch.randn(clean.shape, generator=generator, dtype=clean.dtype)
    check_tube(noise, scale, manifold)
    return clean + tube(clean, width, manifold, generator)


def check_tube(noise: Noise, scale: float, manifold: Manifold) -> None:
    """Refuse tube noise that has no room: no normal direction, or a typical length beyond half the reach."""
    codim = manifold.ambient_dim - manifold.dim
    if codim == 0:
        raise GeometryError(message("D > d for tube noise", f"D = d = {manifold.dim}", 'use noise_kind = "gaussian"'))
    length, limit = noise.sigma * scale * math.sqrt(codim), manifold.reach / 2
    if length > limit:
        raise GeometryError(
            message(
                f"tube noise of typical length σ·√(D−d) ≤ reach/2 = {limit:.3g}",
                f"{length:.3g}",
                f"lower noise to at most {limit / scale / math.sqrt(codim):.3g}",
            )
        )


def tube(clean: Tensor, width: float, manifold: Manifold, generator: Generator) -> Tensor:
    """(n, D) normal vectors at points of 𝓜: Gaussian of that width, redrawn until no longer than reach/2."""
    tangent = manifold.tangent(clean)
    offset = torch.zeros_like(clean)
    open_rows = torch.arange(len(clean))
    for _ in range(_ROUNDS):
        draw = width * torch.randn(len(open_rows), clean.shape[1], generator=generator, dtype=clean.dtype)
        offset[open_rows] = remove_tangent(draw, tangent[open_rows])
        open_rows = open_rows[torch.linalg.vector_norm(offset[open_rows], dim=1) > manifold.reach / 2]
        if len(open_rows) == 0:
            return offset
    raise GeometryError(message("tube noise that fits in half the reach", f"width {width:.3g}", "lower the noise"))


def remove_tangent(vectors: Tensor, tangent: Tensor) -> Tensor:
    """The normal part of vectors (n, D) under orthonormal tangent frames (n, d, D) -> (n, D)."""
    along = torch.einsum("ndi,ni->nd", tangent, vectors)
    return vectors - torch.einsum("ndi,nd->ni", tangent, along)
