"""Images of image models: originals beside reconstructions, samples, and walks through the codes and beyond them."""

from contextlib import suppress

import torch
from torch import Tensor

from aeeval.errors import AeevalError
from aeeval.evidence import Evidence
from aeeval.numerics.axes import principal_view
from aeeval.pictures.trust import log_density, threshold, trust
from aeeval.samples import draw

BYTES = 90_000  # of all images together; they compress little
PAIRS, SHOWN, WALKS, STEPS = 16, 16, 2, 11
FARTHEST = 4.0  # standard deviations of the codes, either way: the last steps are far beyond the support


def images(evidence: Evidence) -> dict[str, Tensor]:
    """Arrays of bytes 0 to 255 of image tasks, nothing elsewhere.

    `image`, `image_hat` (m, C, h, w): clean test rows and their reconstructions; `image_samples` by gmm10; `walk`
    (2, s, C, h, w): g along the two main axes of the codes, through their mean; `walk_at` (s,) in standard deviations;
    `walk_trust` (2, s) in [0, 1]. Fewer of all where images are large.
    """
    if len(evidence.dataset.shape) != 3:
        return {}
    room = BYTES // evidence.dataset.ambient_dim
    share = min(1.0, room / (2 * PAIRS + SHOWN + WALKS * STEPS))
    pairs, shown, steps = (max(3, int(share * count)) for count in (PAIRS, SHOWN, STEPS))
    parts = {
        "image": _bytes(evidence, evidence.dataset.test.clean[:pairs]),
        "image_hat": _bytes(evidence, evidence.test_trips.of(slice(pairs))),
    }
    with suppress(AeevalError):
        parts["image_samples"] = _bytes(evidence, draw(evidence, "gmm10")[:shown])
    with suppress(AeevalError):
        parts |= _walks(evidence, steps + 1 - steps % 2)
    return parts


def _walks(evidence: Evidence, steps: int) -> dict[str, Tensor]:
    if not evidence.codes_vary:
        return {}
    codes = evidence.train_codes
    view = principal_view(codes, WALKS)
    at = torch.linspace(-FARTHEST, FARTHEST, steps, dtype=codes.dtype)
    spread = view.of(codes).std(dim=0)
    path = view.centre + at[None, :, None] * (spread[:, None] * view.axes)[:, None, :]
    flat = path.reshape(-1, codes.shape[1])
    half = threshold(log_density(codes, codes))
    return {
        "walk": _bytes(evidence, evidence.model.decode(flat)).reshape(len(path), steps, *evidence.dataset.shape),
        "walk_at": at,
        "walk_trust": trust(log_density(codes, flat), half).reshape(path.shape[:2]),
    }


def _bytes(evidence: Evidence, rows: Tensor) -> Tensor:
    return (255 * rows.clamp(0, 1)).round().to(torch.uint8).reshape(-1, *evidence.dataset.shape)
