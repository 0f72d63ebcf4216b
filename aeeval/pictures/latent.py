"""Codes on their main axes: a grid over them and beyond, how far each place is held by samples, and samplers' codes."""

import torch
from torch import Tensor

from aeeval.errors import AeevalError
from aeeval.evidence import Evidence
from aeeval.numerics.axes import View, principal_view
from aeeval.numerics.latent_samplers import gaussian, mixture
from aeeval.pictures.trust import log_density, threshold, trust

GRID, LINE = 40, 160
MARGIN = 0.5  # the grid leaves the range of the codes by half of it on every side: there g is guessing


def latent(evidence: Evidence, rows: int) -> dict[str, Tensor]:
    """`codes`, `code_trust`, `mesh_codes`, `mesh_trust`, `codes_NAME` as `picture` says, and `mesh_full_codes`.

    The last is (r, k) or (r, r, k), the grid as the decoder takes it. Nothing where the codes do not vary.
    """
    if not evidence.codes_vary:
        return {}
    codes = evidence.train_codes
    view = principal_view(codes, 2)
    place, full = _grid(codes, view)
    known = log_density(codes, codes)
    half = threshold(known)
    dense = log_density(codes, full.reshape(-1, codes.shape[1])).reshape(full.shape[:-1])
    parts = {
        "codes": view.of(codes[:rows]),
        "code_trust": trust(known[:rows], half),
        "mesh_codes": place,
        "mesh_trust": trust(dense, half),
        "mesh_full_codes": full,
    }
    return parts | {f"codes_{name}": view.of(drawn) for name, drawn in _drawn(evidence, rows).items()}


def _grid(codes: Tensor, view: View) -> tuple[Tensor, Tensor]:
    """(r, 1) or (r, r, 2) places on the axes of the view, and the codes there."""
    along = view.of(codes)
    low, high = along.amin(dim=0), along.amax(dim=0)
    pad = MARGIN * (high - low)
    steps = torch.linspace(0, 1, LINE if codes.shape[1] == 1 else GRID, dtype=codes.dtype)[:, None]
    ticks = (low - pad) + steps * (high - low + 2 * pad)
    place = torch.stack(torch.meshgrid(*ticks.T, indexing="ij"), dim=-1)
    return place, view.centre + place @ view.axes


def _drawn(evidence: Evidence, rows: int) -> dict[str, Tensor]:
    """(n, k) codes of the samplers that draw codes."""
    codes = evidence.train_codes
    drawn = {}
    for name, sampler in _SAMPLERS.items():
        if name in evidence.samplers:
            try:
                drawn[name] = sampler(codes, rows, evidence.generator(f"sampler/{name}"))
            except (AeevalError, ValueError):
                continue
    return drawn


_SAMPLERS = {
    "prior": lambda codes, n, generator: torch.randn(n, codes.shape[1], generator=generator, dtype=codes.dtype),
    "gauss": gaussian,
    "gmm10": mixture,
}
