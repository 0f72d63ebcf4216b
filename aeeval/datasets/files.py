"""A user's own rows: a `.npz` with arrays `train` and `test` (and `val`), or one `.npy`/`.npz` array to be split."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aeeval.errors import DataError, message

SPLITS = ("train", "val", "test")
_WAY_OUT = 'save it with numpy.savez("faces.npz", train=train, test=test)'


def read_arrays(path: str | Path) -> tuple[dict[str, Tensor], str]:
    """The arrays of a file by split name ("rows" for a single array) and the sha256 of its bytes; no pickle is read."""
    file = Path(path)
    if not file.is_file():
        raise DataError(message("a data file", f"{path}, which does not exist", _WAY_OUT))
    try:
        loaded = np.load(file, allow_pickle=False)
        arrays = {"rows": loaded} if isinstance(loaded, np.ndarray) else {key: loaded[key] for key in loaded.files}
    except (ValueError, OSError) as error:
        raise DataError(
            message("a readable .npy or .npz without pickled objects", f"{path}: {error}", _WAY_OUT)
        ) from error
    return named_splits(arrays, str(path)), hashlib.sha256(file.read_bytes()).hexdigest()


def named_splits(arrays: dict[str, Any], where: str) -> dict[str, Tensor]:
    """Check that arrays are `train` and `test` (and `val`) of one row shape, or one array; -> float64 tensors."""
    if len(arrays) == 1:
        arrays = {"rows": next(iter(arrays.values()))}
    elif not {"train", "test"} <= set(arrays) or not set(arrays) <= set(SPLITS):
        raise DataError(
            message("arrays `train` and `test` (and `val`), or one array", f"{sorted(arrays)} in {where}", _WAY_OUT)
        )
    tensors = {name: _tensor(array, f"{name} of {where}") for name, array in arrays.items()}
    if len(shapes := {tuple(rows.shape[1:]) for rows in tensors.values()}) > 1:
        raise DataError(message("one row shape in all splits", f"{sorted(shapes)} in {where}", "make the shapes equal"))
    return tensors


def _tensor(array: Any, where: str) -> Tensor:
    rows = torch.as_tensor(np.asarray(array)) if not isinstance(array, Tensor) else array.detach().cpu()
    if rows.ndim < 2 or rows.is_complex() or len(rows) < 2:
        raise DataError(
            message(
                "at least 2 rows (n, *shape) of real numbers",
                f"{tuple(rows.shape)} {rows.dtype} in {where}",
                "one row a sample",
            )
        )
    rows = rows.double()
    if bad := int((~torch.isfinite(rows)).flatten(1).any(dim=1).sum()):
        raise DataError(message("finite rows", f"NaN or infinity in {bad} rows of {where}", "drop or fill them first"))
    return rows
