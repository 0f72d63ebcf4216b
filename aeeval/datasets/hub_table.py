"""Rows of Parquet files as the Hugging Face hub keeps them: pictures, lists of numbers, or columns of numbers."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aeeval.datasets.carried import needed
from aeeval.errors import DataError, message


@dataclass(frozen=True)
class Table:
    """`rows` (n, *shape), to be divided by `unit`; `labels` (n,) where a column holds classes, and their names."""

    rows: torch.Tensor
    unit: float
    labels: torch.Tensor | None
    classes: tuple[str, ...]
    preprocessing: str


def read_table(
    files: Sequence[Path], wanted: Sequence[str], label: str, where: str, classes: tuple[str, ...] = ()
) -> Table:
    """The rows of some files of one schema: the columns `wanted`, else the pictures, the list, or all numbers.

    Classes that are words are numbered as in `classes`, without it in the order of the alphabet.
    Raises `DataError` where a column does not exist, where nothing can be a row, and on pictures of several sizes.
    """
    needed("pyarrow.parquet", "pyarrow", where)
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = pa.concat_tables([parquet.read_table(file) for file in files])
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(message(f"readable Parquet files of {where}", str(error), "fetch them again")) from error
    for name in wanted:
        if name not in table.column_names:
            raise DataError(message(f"a column {name} in {where}", ", ".join(table.column_names), "name one of these"))
    labels, classes = _labels(table, label, classes)
    names = list(wanted) or [name for name in table.column_names if name != label]
    pictures = [name for name in names if _is_picture(table.schema.field(name).type)]
    lists = [name for name in names if pa.types.is_list(table.schema.field(name).type) or _is_fixed(table, name)]
    if pictures:
        return Table(_pictures(table[pictures[0]], where), 255, labels, classes, f"{pictures[0]} / 255")
    if lists:
        rows = _stacked([np.asarray(row, dtype=np.float64) for row in table[lists[0]].to_pylist()], where)
        return Table(rows, 1, labels, classes, f"the column {lists[0]}")
    return Table(_numbers(table, names, where), 1, labels, classes, "columns of numbers, classes left out")


def _is_fixed(table: Any, name: str) -> bool:
    import pyarrow as pa

    kind = table.schema.field(name).type
    return pa.types.is_fixed_size_list(kind) or pa.types.is_large_list(kind)


def _is_picture(kind: Any) -> bool:
    """A struct of bytes and a path is how the hub keeps a picture."""
    import pyarrow as pa

    return pa.types.is_struct(kind) and {"bytes", "path"} <= {kind.field(i).name for i in range(kind.num_fields)}


def _pictures(column: Any, where: str) -> torch.Tensor:
    """(n, C, H, W) bytes, grey or in three colours."""
    image = needed("PIL.Image", "pillow", f"the pictures of {where}")

    def decoded(cell: dict[str, Any]) -> np.ndarray:
        with image.open(io.BytesIO(cell["bytes"])) as opened:
            pixels = np.asarray(opened if opened.mode in ("L", "RGB") else opened.convert("RGB"))
        return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)

    try:
        return _stacked([decoded(cell) for cell in column.to_pylist()], where)
    except (OSError, TypeError) as error:
        raise DataError(message(f"readable pictures in {where}", str(error), "choose another column")) from error


def _stacked(rows: list[np.ndarray], where: str) -> torch.Tensor:
    if len(shapes := {row.shape for row in rows}) != 1:
        some = ", ".join(map(str, sorted(shapes)[:3]))
        raise DataError(message(f"rows of one shape in {where}", some, "name another column, or resize them first"))
    return torch.from_numpy(np.stack(rows))


def _numbers(table: Any, names: Sequence[str], where: str) -> torch.Tensor:
    """(n, D) float64 of the columns of numbers; rows with gaps are an error, as no one is here to fill them."""
    numbers = table.select(list(names)).to_pandas().select_dtypes(include=["number", "bool"])
    if numbers.shape[1] == 0:
        raise DataError(message(f"pictures, lists or columns of numbers in {where}", "none", "name a column"))
    rows = torch.tensor(numbers.to_numpy(dtype=np.float64))
    if gaps := int((~torch.isfinite(rows)).any(dim=1).sum()):
        raise DataError(message(f"finite rows in {where}", f"gaps in {gaps} rows", "name columns without gaps"))
    return rows


def _labels(table: Any, label: str, known: tuple[str, ...]) -> tuple[torch.Tensor | None, tuple[str, ...]]:
    """(n,) whole numbers and the names of the classes, as far as they have names."""
    if label not in table.column_names:
        return None, ()
    values = table[label].to_pylist()
    if all(isinstance(value, int) for value in values):
        return torch.tensor(values), _class_names(table.schema, label)
    names = known or tuple(sorted({str(value) for value in values}))
    number = {name: place for place, name in enumerate(names)}
    return torch.tensor([number.get(str(value), -1) for value in values]), names


def _class_names(schema: Any, label: str) -> tuple[str, ...]:
    """The names of the classes, which the library `datasets` writes into the metadata of the schema."""
    told = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
    feature = told.get("info", {}).get("features", {}).get(label, {})
    return tuple(feature.get("names") or ())
