"""A run's picture made short for packs: fewer rows and rounded numbers, about 25 kB, and read as the long one is."""

import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

Arrays = Mapping[str, np.ndarray]

ROWS = 120  # of 300: training rows, points beyond the support, samples, codes
TRUTH = 24  # places each way of a surface of the true manifold, of 40
STEPS = 1024  # of the largest number of an array: finer than a pixel, and whole in 16 bits
SHARES = 128  # steps of what lies in [0, 1]
IMAGES = 12_000  # bytes of all images, before they are compressed
MESH, TICKS = "mesh_codes", "mesh_codes_{}"
_LOOSE = ("x", "x_hat", "truth", "error", "codes", "code_trust")  # of the same rows
_FIRST = ("samples_", "codes_")
_SHARES = ("mesh_trust", "code_trust", "walk_trust")
_EXACT = ("error", "beyond_error", "spectra", "share")  # they span decades


def shorten(arrays: Arrays) -> dict[str, np.ndarray]:
    """The same picture in fewer and shorter numbers; what is drawn from it differs by less than a pixel.

    Points beyond the support are thinned evenly, as they lie from near to far; of all others the first are kept.
    """
    kept = {name: _thinned(name, array) for name, array in arrays.items() if name != MESH}
    kept |= _ticks(arrays[MESH]) if MESH in arrays else {}
    kept |= _fewer_images(arrays)
    return {name: _rounded(name, array) for name, array in kept.items()}


def lengthen(arrays: Arrays) -> dict[str, np.ndarray]:
    """What `shorten` made, as drawings take it: 32-bit numbers, and the grid of codes."""
    plain = {name: array.astype(np.float32) if array.dtype.kind == "f" else array for name, array in arrays.items()}
    ticks = [plain.pop(name) for axis in range(2) if (name := TICKS.format(axis)) in plain]
    return plain | ({MESH: np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1)} if ticks else {})


def to_bytes(arrays: Arrays) -> bytes:
    """An .npz without pickle; the same arrays give the same bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **dict(sorted(arrays.items())))  # type: ignore[arg-type]  # dates none of its files
    return buffer.getvalue()


def _thinned(name: str, array: np.ndarray) -> np.ndarray:
    if name in _LOOSE or name.startswith(_FIRST):
        return array[:ROWS]
    if name.startswith("beyond"):
        return array[_spread(len(array), ROWS)]
    if name.startswith("manifold_"):
        if array.ndim >= 2 and array.shape[0] == array.shape[1]:  # a sheet, or its distances
            places = _spread(len(array), TRUTH)
            return array[places][:, places]
        return array
    return array


def _spread(count: int, most: int) -> np.ndarray:
    """At most so many of `count` numbers, evenly, with the first and the last."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def _ticks(mesh: np.ndarray) -> dict[str, np.ndarray]:
    """(r, 1) or (r, r, 2) codes of a grid -> the places along each of its axes."""
    if mesh.ndim == 2:
        return {TICKS.format(0): mesh[:, 0]}
    return {TICKS.format(0): mesh[:, 0, 0], TICKS.format(1): mesh[0, :, 1]}


def _fewer_images(arrays: Arrays) -> dict[str, np.ndarray]:
    """Fewer of each kind, so that all together keep to IMAGES bytes; walks keep their ends and their middle."""
    named = [name for name in ("image", "image_hat", "image_samples", "walk") if name in arrays]
    share = min(1.0, IMAGES / max(1, sum(arrays[name].size for name in named)))
    made = {name: arrays[name][: max(3, int(share * len(arrays[name])))] for name in named if name != "walk"}
    if "walk" in arrays:
        half = len(arrays["walk_at"]) // 2
        steps = half + np.unique(np.linspace(-half, half, max(3, int(share * (2 * half + 1)) | 1)).round().astype(int))
        made |= {"walk": arrays["walk"][:, steps], "walk_at": arrays["walk_at"][steps]}
        made["walk_trust"] = arrays["walk_trust"][:, steps]
    return made


def _rounded(name: str, array: np.ndarray) -> np.ndarray:
    if array.dtype.kind != "f" or name in _EXACT:
        return array
    if name in _SHARES:
        return (np.round(array * SHARES) / SHARES).astype(np.float16)
    largest = float(np.abs(array, where=np.isfinite(array), out=np.zeros_like(array)).max(initial=0.0))
    step = 2.0 ** math.ceil(math.log2(largest / STEPS)) if largest > 0 else 1.0
    rounded: Any = np.round(array / step) * step
    return rounded.astype(np.float16 if 1e-3 < largest < 3e4 else np.float32)
