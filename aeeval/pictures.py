"""The arrays that pictures of a model are drawn from, so that no report ever trains it again."""

import numpy as np
import torch
from torch import Tensor

from aeeval.errors import AeevalError
from aeeval.evidence import Evidence
from aeeval.probes import decoder_spectra
from aeeval.samples import draw

ROWS = 300
GRID = 24
MOST_NUMBERS = 45_000  # float32: 180 kB before compression
MARGIN = 0.5  # the mesh leaves the range of the codes by half of it on every side: there g is guessing


def picture(evidence: Evidence) -> dict[str, np.ndarray]:
    """float32 arrays of one fitted model on one task, at most 200 kB.

    `x`, `x_hat`, `truth` (rows, D): training rows as seen, their reconstructions, the clean points behind them; `codes`
    (rows, k); `mesh` (24, D) or (24, 24, D): M over a grid of codes, along the two main axes of the codes where k > 2;
    `mesh_log_density`: log density of the training codes on that grid, as a Gaussian, up to a constant; `spectra`
    (k,): mean singular values of the decoder; `samples` (rows, D) by gmm10; `manifold` mesh of 𝓜 where d ≤ 2. What a
    model or task does not have is absent.
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
    try:
        parts["samples"] = draw(evidence, "gmm10")[:count]
        parts["manifold"] = evidence.manifold.mesh(GRID)
    except AeevalError:  # no such sampler, no manifold, or none that can be drawn: the picture does without
        return parts
    return parts


def code_grid(codes: Tensor, ambient_dim: int) -> tuple[Tensor, Tensor]:
    """A grid (r, k) or (r, r, k) over codes (n, k), and the Gaussian log density on it; r falls as D grows."""
    centre = codes.mean(dim=0)
    axes = torch.linalg.svd(codes - centre, full_matrices=False).Vh[:2]
    along = (codes - centre) @ axes.T
    low, high = along.amin(dim=0), along.amax(dim=0)
    pad = MARGIN * (high - low)
    resolution = max(4, min(GRID, int((MOST_NUMBERS // 2 // ambient_dim) ** 0.5)))
    steps = torch.linspace(0, 1, resolution, dtype=codes.dtype)[:, None]
    ticks = (low - pad) + steps * (high - low + 2 * pad)
    place = torch.stack(torch.meshgrid(*ticks.T, indexing="ij"), dim=-1)
    density = -(place / along.std(dim=0).clamp(min=1e-12)).square().sum(dim=-1) / 2
    return centre + place @ axes, density
