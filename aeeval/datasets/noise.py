"""Noise of known size: normal to the manifold inside its reach, or Gaussian in all directions."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy import special
from torch import Generator, Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds.base import Manifold

KINDS = ("tube", "gaussian")
_LEAST_MASS = 1e-290  # below, shares of it are lost


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

    *Tube*: x = m + ν with ν Gaussian in the normal space at m, given ‖ν‖ ≤ reach/2, on unions the local reach: π(x) = m
    exactly, without a solve and without the bias of curvature. *Gaussian*: in all D directions. Without a manifold only
    the second exists.
    """
    width = noise.sigma * scale
    draw = torch.randn(clean.shape, generator=generator, dtype=clean.dtype)
    if manifold is None or noise.kind == "gaussian":
        return draw.mul_(width).add_(clean)
    limit = manifold.local_reach(clean) / 2
    offset = torch.empty_like(clean)
    for component, rows in manifold.by_component(clean):
        codim = manifold.ambient_dim - component.dim
        _check_room(noise, scale, codim, limit[rows])
        normal = remove_tangent(draw[rows], component.tangent(clean[rows]))
        offset[rows] = width * shortened(normal, codim, limit[rows] / width)
    return clean + offset


def _check_room(noise: Noise, scale: float, codim: int, limit: Tensor) -> None:
    """Refuse tube noise that has no room: no normal direction, or a typical length beyond half the reach."""
    if codim == 0:
        raise GeometryError(message("D > d for tube noise", "a manifold with D = d", 'use noise_kind = "gaussian"'))
    length, most = noise.sigma * scale * math.sqrt(codim), limit.median().item()
    if length > most:
        raise GeometryError(
            message(
                f"tube noise of typical length σ·√(D−d) ≤ reach/2 = {most:.3g}",
                f"{length:.3g}",
                f"lower noise to at most {most / scale / math.sqrt(codim):.3g}",
            )
        )


def shortened(draws: Tensor, codim: int, limit: Tensor) -> Tensor:
    """Standard normal vectors (n, D) of a space of `codim` dimensions, made to obey the law given ‖ν‖ ≤ limit (n,).

    The length ℓ becomes F⁻¹(F(ℓ) F(limit)) with F its distribution function, that of χ: nothing is drawn again, however
    small the limit is. Where F(limit) underflows, F is a power, and the length limit · F(ℓ)^(1/codim).
    """
    length, most = torch.linalg.vector_norm(draws, dim=1).numpy(), limit.numpy()
    share, room = (special.gammainc(codim / 2, np.square(bound) / 2) for bound in (length, most))
    power = np.where(np.isfinite(most), most, 0.0) * share ** (1 / codim)
    inverse = np.minimum(np.sqrt(2 * special.gammaincinv(codim / 2, share * room)), most)
    new = np.select([room == 1, room > _LEAST_MASS], [length, inverse], power)
    return draws * torch.from_numpy(new / length)[:, None]


def remove_tangent(vectors: Tensor, tangent: Tensor) -> Tensor:
    """The normal part of vectors (n, D) under orthonormal tangent frames (n, d, D) -> (n, D)."""
    along = torch.einsum("ndi,ni->nd", tangent, vectors)
    return vectors - torch.einsum("ndi,nd->ni", tangent, along)
