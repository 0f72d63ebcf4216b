"""Data sets drawn from a piece of a manifold, in units of that piece's scale."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from aeeval.cache import cache, key_of
from aeeval.datasets.base import Beyond, Dataset, Rows
from aeeval.datasets.noise import Noise
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.manifolds.base import GEODESICS, Support
from aeeval.manifolds.beyond import beyond
from aeeval.manifolds.densities import with_density
from aeeval.manifolds.embedded import normalised
from aeeval.manifolds.make import make
from aeeval.manifolds.rendered import Rendered
from aeeval.numerics.batches import NUMBERS
from aeeval.seeds import derive, generator

BINS = 10
_BEYOND = ("x", "distance", "edges")
_PREPROCESSING = {False: "centred, divided by the scale of the support", True: "none: rendered in [0, 1]"}


def synthetic(spec: DataSpec, name: str, seed: int) -> Dataset:
    """The clean splits of a manifold's support, and the points beyond it.

    They are centred and divided by the scale of the support; pictures stay in [0, 1], and their scale is what it is.
    """
    params = {"seed": derive(name, 0, "data/geometry"), **spec.params}
    piece = make(str(spec.manifold), **params).support(spec.support, **spec.support_params)
    shape = _row_shape(piece)
    drawn = with_density(piece, spec.density, spec.density_params)
    support = drawn if _is_picture(shape) else normalised(drawn)

    digest = _recipe_digest(spec, params, support.manifold.version, name, seed)
    drawn_rows = _kept(digest, spec.rows, shape, lambda: _drawn(spec, support, name, seed))

    def rows(part: str) -> Rows:
        return Rows(drawn_rows[part], drawn_rows[part])

    return Dataset(
        name=name,
        shape=shape,
        train=rows("train"),
        val=rows("val"),
        test=rows("test"),
        scale=support.scale if _is_picture(shape) else 1.0,
        sha256=digest,
        version=support.manifold.version,
        noise=Noise(spec.noise_kind, spec.noise) if spec.noise else None,
        support=support,
        beyond=Beyond(*(drawn_rows[f"beyond.{part}"] for part in _BEYOND)) if "beyond.x" in drawn_rows else None,
        card={"origin": f"manifold {spec.manifold}", "preprocessing": _PREPROCESSING[_is_picture(shape)]},
    )


def _kept(
    digest: str, sizes: Sizes, shape: tuple[int, ...], make: Callable[[], dict[str, Tensor]]
) -> Mapping[str, Tensor]:
    """The rows of a recipe, from the cache where it has them: on some manifolds they take seconds to draw.

    Not of large sets, which would be held three times while the cache takes or gives them.
    """
    store = cache()
    if store is None or sum(asdict(sizes).values()) * math.prod(shape) > 2 * NUMBERS:
        return make()
    return store.tensors(key_of("rows", {"recipe": digest}), make)


def _drawn(spec: DataSpec, support: Support, name: str, seed: int) -> dict[str, Tensor]:
    """The clean rows of every split, and what lies beyond the support."""
    sizes = {"train": spec.rows.train, "val": spec.rows.val, "test": spec.rows.test}
    found = {part: support.sample(n, generator(derive(name, seed, f"data/{part}"))) for part, n in sizes.items()}
    held = _held_out(support, spec.rows.beyond, name, seed)
    return found | ({f"beyond.{part}": getattr(held, part) for part in _BEYOND} if held else {})


def _row_shape(piece: Support) -> tuple[int, ...]:
    """(C, H, W) of pictures, (D,) of all else."""
    manifold = piece.manifold
    return manifold.row_shape if isinstance(manifold, Rendered) else (manifold.ambient_dim,)


def _is_picture(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3


def _held_out(support: Support, n: int, name: str, seed: int) -> Beyond | None:
    farthest = min(support.scale, support.farthest)
    if n == 0 or farthest <= 0 or GEODESICS in support.manifold.absent:
        return None
    points, distance = beyond(support, n, farthest, BINS, generator(derive(name, seed, "data/beyond")))
    return Beyond(points, distance, torch.linspace(0, farthest, BINS + 1, dtype=torch.float64))


def _recipe_digest(spec: DataSpec, params: dict[str, Any], version: int, name: str, seed: int) -> str:
    """Synthetic rows are identified by their recipe: their last bits may differ between machines."""
    recipe = {**asdict(spec), "params": params, "version": version, "name": name, "seed": seed}
    del recipe["held_out"]  # of real rows alone
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()
