"""A user's own rows: a file, a folder of pictures or arrays, with splits that they name or that are drawn."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aeeval.datasets import image_folder, table_file
from aeeval.datasets.hubs import on_hub, source_of
from aeeval.datasets.torch_rows import is_dataset, stacked
from aeeval.errors import DataError, UnknownName, message

SPLITS = ("train", "val", "test", "held_out")
Arrays = Mapping[str, Any]
_WAY_OUT = 'save it with numpy.savez("faces.npz", train=train, test=test)'


def read_arrays(path: str | Path) -> tuple[dict[str, Tensor], str]:
    """The arrays of a file or folder by split name ("rows" for a single array), and the sha256 of its bytes.

    By suffix: .npy and .npz (no pickle is read), .csv, .tsv, .parquet; a folder holds pictures; openml:NAME and
    hf:owner/name are read from the cache of their hub. All rows are taken as they are: tables are not standardised, as
    a trained model expects its own numbers.
    """
    if on_hub(path):
        return _from_hub(str(path))
    place = Path(path)
    if not place.exists():
        raise DataError(message("a data file or a folder of pictures", f"{path}, which does not exist", _WAY_OUT))
    reader = image_folder.read if place.is_dir() else _reader(place)
    return named_splits(reader(place), str(path)), content_digest(place)


def _from_hub(name: str) -> tuple[dict[str, Tensor], str]:
    source = source_of(name)
    arrays = {"rows": source.rows} if source.test is None else {"train": source.rows, "test": source.test}
    return {part: rows.div_(source.unit) for part, rows in named_splits(arrays, name).items()}, source.sha256


def data_digest(path: str | Path) -> str:
    """sha256 of what `read_arrays` reads: a file, a folder, or a data set of a hub."""
    return source_of(str(path)).sha256 if on_hub(path) else content_digest(path)


def content_digest(path: str | Path) -> str:
    """sha256 of a file's bytes, or of the names and bytes of all files in a folder."""
    place = Path(path)
    if place.is_file():
        with place.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    listing = hashlib.sha256()
    for file_ in sorted(file_ for file_ in place.rglob("*") if file_.is_file()):
        listing.update(f"{file_.relative_to(place).as_posix()}\0{content_digest(file_)}\n".encode())
    return listing.hexdigest()


def _reader(file: Path) -> Callable[[Path], Arrays]:
    if file.suffix.lower() not in READERS:
        raise DataError(str(UnknownName("kind of data file", file.suffix or file.name, READERS)))
    return READERS[file.suffix.lower()]


def _read_numpy(file: Path) -> Arrays:
    try:
        loaded = np.load(file, allow_pickle=False)
        return {"rows": loaded} if isinstance(loaded, np.ndarray) else {key: loaded[key] for key in loaded.files}
    except (ValueError, OSError) as error:
        raise DataError(
            message("a readable .npy or .npz without pickled objects", f"{file}: {error}", _WAY_OUT)
        ) from error


READERS: dict[str, Callable[[Path], Arrays]] = {
    ".npy": _read_numpy,
    ".npz": _read_numpy,
    ".csv": table_file.read_csv,
    ".tsv": table_file.read_tsv,
    ".parquet": table_file.read_parquet,
}


def named_splits(arrays: Arrays, where: str) -> dict[str, Tensor]:
    """Check that arrays are `train` and `test` (and `val`, `held_out`) of one row shape, or one array; -> float64.

    `held_out` holds rows of kinds that the training rows have none of.
    """
    if len(arrays) == 1:
        arrays = {"rows": next(iter(arrays.values()))}
    elif not {"train", "test"} <= set(arrays) or not set(arrays) <= set(SPLITS):
        expected = "arrays `train` and `test` (and `val`, `held_out`), or one array"
        raise DataError(message(expected, f"{sorted(arrays)} in {where}", _WAY_OUT))
    tensors = {name: _tensor(array, f"{name} of {where}") for name, array in arrays.items()}
    if len(shapes := {tuple(rows.shape[1:]) for rows in tensors.values()}) > 1:
        raise DataError(message("one row shape in all splits", f"{sorted(shapes)} in {where}", "make the shapes equal"))
    return tensors


def _tensor(array: Any, where: str) -> Tensor:
    if is_dataset(array):
        array = stacked(array, where)
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
