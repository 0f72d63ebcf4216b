"""The Parquet cache of a results folder: all records in one file, for as long as the files of its cells are the same.

`index/records.parquet` holds the columns of `aeeval.records`, and in its metadata their parts, how many records each
cell has, and a digest of the listing that it was made from: name, size, and times of writing and of change of every
file. Where the listing is another, or pyarrow is not installed, the cells are read themselves. It may be removed at any
time.
"""

import json
import zlib
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np

from aeeval.files import write_whole
from aeeval.record import SCHEMA
from aeeval.records import NUMBERS, PARTS, Part, Records

FOLDER, FILE = "index", "records.parquet"
LEAST = 200  # cells; fewer are read in no time
_FORMAT = 1
_SAID = b"aeeval"


def load(root: Path, digest: str) -> tuple[Records, list[int]] | None:
    """The records and how many of them each cell has; None where there is no cache of a listing with that digest."""
    path = root / FOLDER / FILE
    if not (path.is_file() and find_spec("pyarrow")):
        return None
    import pyarrow
    import pyarrow.parquet as parquet

    with suppress(OSError, ValueError, KeyError, TypeError, zlib.error, pyarrow.ArrowException):
        file = parquet.ParquetFile(path)
        said = json.loads(zlib.decompress(file.schema_arrow.metadata[_SAID]))
        if (said["format"], said["schema"], said["digest"]) != (_FORMAT, SCHEMA, digest):
            return None
        table = file.read(use_threads=False)
        columns = {name: table.column(name).to_numpy() for name in (*PARTS, *NUMBERS)}
        values = {name: [kind(*row) for row in said["parts"][name]] for name, kind in PARTS.items()}
        if sum(said["counts"]) != len(table):
            return None
        cell, number, state = (Part(values[name], columns[name]) for name in PARTS)
        return Records(cell, number, state, {name: columns[name] for name in NUMBERS}), said["counts"]
    return None  # damaged: made anew from the cells


def save(root: Path, digest: str, records: Records, counts: Sequence[int]) -> bool:
    """Write the cache, where pyarrow is installed and the folder can be written; -> whether it was."""
    if len(counts) < LEAST or not find_spec("pyarrow"):
        return False
    import pyarrow
    import pyarrow.parquet as parquet

    parts = {name: getattr(records, name) for name in PARTS}
    said = {
        "format": _FORMAT,
        "schema": SCHEMA,
        "digest": digest,
        "counts": list(counts),
        "parts": {name: list(part.values) for name, part in parts.items()},
    }
    columns = {name: np.ascontiguousarray(part.codes) for name, part in parts.items()} | records.numbers
    content = zlib.compress(json.dumps(said).encode(), level=1)
    table = pyarrow.table(columns).replace_schema_metadata({_SAID: content})
    buffer = BytesIO()
    parquet.write_table(table, buffer, compression="zstd", use_dictionary=False, store_schema=True)
    with suppress(OSError):
        write_whole(root / FOLDER / FILE, buffer.getvalue(), lasting=False)
        return True
    return False
