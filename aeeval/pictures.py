"""The arrays that pictures of a model are drawn from, so that no report ever trains it again."""

import math
from contextlib import suppress

import numpy as np
import torch
from torch import Tensor

from aeeval.errors import AeevalError, Skipped
from aeeval.evidence import Evidence
from aeeval.manifolds.base import Manifold
from aeeval.probes import decoder_spectra
from aeeval.samples import draw

ROWS = 300
GRID = 24
MOST_NUMBERS = 45_000  # float32: 180 kB before compression; half for rows, a quarter each for M and 𝓜
MARGIN = 0.5  # the mesh leaves the range of the codes by half of it on every side: there g is guessing


def picture(evidence: Evidence) -> dict[str, np.ndarray]:
    """float32 arrays of one fitted model on one task, at most 200 kB.

    `x`, `x_hat`, `truth` (rows, D): training rows as seen, their reconstructions, the clean points behind them; `codes`
    (rows, k); `mesh` (r, D) or (r, r, D), r ≤ 24: M over a grid of codes, along their two main axes where k > 2;
    `mesh_log_density`: log density of the training codes on that grid, as a Gaussian, up to a constant; `spectra`
    (k,): mean singular values of the decoder; `samples` (rows, D) by gmm10; `manifold_0`, `manifold_1`, ... the
    components of 𝓜, one of most sets and several of a union: a mesh (r, D) of a curve, (r, r, D) of a surface, points
    (r r, D) of what has no mesh. What a model or task does not have is absent.
    """
    parts = {**_rows(evidence), **_optional(evidence)}
    return {name: array.numpy().astype(np.float32) for name, array in parts.items()}


def _rows(evidence: Evidence) -> dict[str, Tensor]:
    count = max(20, min(ROWS, MOST_NUMBERS // 2 // (4 * evidence.dataset.ambient_dim)))
    train = evidence.dataset.train
    return {
        "x": train.x[:count],
        "x_hat": evidence.train_hat[:count],
        "truth": train.clean[:count],
        "codes": evidence.train_codes[:count],
    }


def _optional(evidence: Evidence) -> dict[str, Tensor]:
    parts: dict[str, Tensor] = {}
    count = len(_rows(evidence)["x"])
    if evidence.codes_vary:
        codes, density = code_grid(evidence.train_codes, evidence.dataset.ambient_dim)
        points = evidence.model.decode(codes.reshape(-1, codes.shape[-1]))
        parts |= {"mesh": points.reshape(*codes.shape[:-1], -1), "mesh_log_density": density}
        parts["spectra"] = decoder_spectra(evidence).mean(dim=0)
    with suppress(AeevalError):  # no such sampler: the picture does without
        parts["samples"] = draw(evidence, "gmm10")[:count]
    with suppress(AeevalError):  # no manifold is known of real data
        parts |= truth(evidence.manifold)
    return parts


def truth(manifold: Manifold) -> dict[str, Tensor]:
    """The components of 𝓜 by number: meshes, or points of what has none; coarser where they are many or D is large."""
    components = manifold.components
    room = MOST_NUMBERS // 4 // (len(components) * manifold.ambient_dim)
    resolution = max(4, min(GRID, math.isqrt(room)))
    return {f"manifold_{j}": _sites(component, resolution) for j, component in enumerate(components)}


def _sites(component: Manifold, resolution: int) -> Tensor:
    try:
        return component.mesh(resolution)
    except Skipped:
        return component.sample(resolution**2, torch.Generator().manual_seed(0))


def code_grid(codes: Tensor, ambient_dim: int) -> tuple[Tensor, Tensor]:
    """A grid (r, k) or (r, r, k) over codes (n, k), and the Gaussian log density on it; r falls as D grows."""
    centre = codes.mean(dim=0)
    axes = torch.linalg.svd(codes - centre, full_matrices=False).Vh[:2]
    along = (codes - centre) @ axes.T
    low, high = along.amin(dim=0), along.amax(dim=0)
    pad = MARGIN * (high - low)
    resolution = max(4, min(GRID, math.isqrt(MOST_NUMBERS // 4 // ambient_dim)))
    steps = torch.linspace(0, 1, resolution, dtype=codes.dtype)[:, None]
    ticks = (low - pad) + steps * (high - low + 2 * pad)
    place = torch.stack(torch.meshgrid(*ticks.T, indexing="ij"), dim=-1)
    density = -(place / along.std(dim=0).clamp(min=1e-12)).square().sum(dim=-1) / 2
    return centre + place @ axes, density
