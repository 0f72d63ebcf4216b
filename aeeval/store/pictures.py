"""Arrays of pictures, read back: which cells have some, and what they are."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from aeeval.errors import StoreError, message
from aeeval.record import Record
from aeeval.store.folder import Store


def pictured(store: Store) -> Iterator[tuple[str, Record]]:
    """Every cell that has a picture, by its key, with one of its records; pictures without a cell are left out."""
    for path in sorted((store.root / "pictures").glob("*.npz")):
        if records := store.read_cell(path.stem):
            yield path.stem, records[0]


def read_picture(store: Store, key: str) -> dict[str, np.ndarray]:
    """The arrays of a cell's picture; `StoreError` where the file is torn or none. Nothing in it is ever run."""
    path = store.root / "pictures" / f"{key}.npz"
    try:
        return _arrays(path)
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        way_out = "delete it, and run that submission again with --fresh"
        raise StoreError(message(f"arrays of a picture in {path}", str(error), way_out)) from error


def _arrays(path: Path) -> dict[str, np.ndarray]:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as held:  # numpy leaves a torn file open
        return {name: held[name] for name in held.files}
