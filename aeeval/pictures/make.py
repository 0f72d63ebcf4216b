"""All arrays of one fitted model on one task, at most 200 kB."""

from contextlib import suppress

import numpy as np
import torch
from torch import Tensor

from aeeval.errors import AeevalError
from aeeval.evidence import Evidence
from aeeval.numerics.axes import View, principal_view
from aeeval.pictures.images import images
from aeeval.pictures.latent import latent
from aeeval.pictures.truth import beyond, sites, truth
from aeeval.probes import decoder_spectra
from aeeval.samples import draw

ROWS = 300
AXES, AXES_FROM = 3, 2000
Parts = dict[str, Tensor]


def picture(evidence: Evidence) -> dict[str, np.ndarray]:
    """What a reader sees of M, in three coordinates p ≤ 3: the principal axes of 𝓜, of the training rows where there
    is none, the same for every model of the task; in units of scale.

    - `x`, `x_hat`, `truth` (n, p), n ≤ 300: training rows as seen, their reconstructions, the clean points behind them;
      `error` (n,) ‖x̂ − x‖ in all of R^D; `share` () of the variance that the view keeps.
    - `mesh` (r, p) of k = 1, (r, r, p) else: M over a grid of codes, along their two main axes where k > 2, half their
      range beyond them; `mesh_codes` (r, 1) or (r, r, 2) and `codes` (n, 1 or 2) on those axes; `mesh_trust`,
      `code_trust` in [0, 1], by the density of the training codes (`trust`).
    - `samples_NAME` (n, p) and `codes_NAME` (n, 1 or 2) of every sampler; `spectra` (k,) mean singular values of
      J_g Σ_z^½.
    - With a manifold: `manifold_0`, ... its components, a mesh (r, p) or (r, r, p), or points (n, p) of what has none;
      `manifold_0_distance`, ... along 𝓜 to the support; `dim`, `embedding_dim` of S (); `beyond`, `beyond_hat` (n, p)
      points of 𝓜 outside the support and what the model makes of them, `beyond_distance`, `beyond_error` (n,).
    - Of images: see `aeeval.pictures.images`. The runner adds what the network is made of: `layer_arrays`.

    What a model or task does not have is absent.
    """
    view = _view(evidence)
    parts = {**_rows(evidence, view), **_samples(evidence, view)}
    for make in (_surface, _spectra, _truth, _beyond):
        with suppress(AeevalError):  # what cannot be had is absent, and the records say why
            parts |= make(evidence, view)
    return {name: _small(array) for name, array in {**parts, **images(evidence)}.items()}


def _small(array: Tensor) -> np.ndarray:
    numbers = array.numpy()
    return numbers.astype(np.float32) if numbers.dtype.kind == "f" else numbers


def _view(evidence: Evidence) -> View:
    """The axes of 𝓜, or of the clean training rows; shared by all models of the task."""

    def make() -> View:
        known = evidence.dataset.support is not None
        return principal_view(sites(evidence.manifold) if known else evidence.dataset.train.clean[:AXES_FROM], AXES)

    return evidence.shared.get("view", make)


def _rows(evidence: Evidence, view: View) -> Parts:
    train, x_hat = evidence.dataset.train, evidence.train_trips.of(slice(ROWS))
    return {
        "x": view.of(train.x[:ROWS]) / evidence.scale,
        "x_hat": view.of(x_hat) / evidence.scale,
        "truth": view.of(train.clean[:ROWS]) / evidence.scale,
        "error": torch.linalg.vector_norm(x_hat - train.x[:ROWS], dim=1) / evidence.scale,
        "share": torch.tensor(view.share),
    }


def _samples(evidence: Evidence, view: View) -> Parts:
    parts = {}
    for name in evidence.samplers:
        with suppress(AeevalError):  # not every model has every sampler
            parts[f"samples_{name}"] = view.of(draw(evidence, name)[:ROWS]) / evidence.scale
    return parts


def _surface(evidence: Evidence, view: View) -> Parts:
    parts = latent(evidence, ROWS)
    if "mesh_full_codes" in parts:
        codes = parts.pop("mesh_full_codes")
        points = evidence.model.decode(codes.reshape(-1, codes.shape[-1]))
        parts["mesh"] = view.of(points).reshape(*codes.shape[:-1], -1) / evidence.scale
    return parts


def _spectra(evidence: Evidence, view: View) -> Parts:
    return {"spectra": decoder_spectra(evidence).mean(dim=0)} if evidence.codes_vary else {}


def _truth(evidence: Evidence, view: View) -> Parts:
    return truth(evidence.support, view, evidence.scale)


def _beyond(evidence: Evidence, view: View) -> Parts:
    return beyond(evidence, view, ROWS)
