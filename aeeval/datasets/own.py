"""A user's own rows by whatever names them: a file, a folder, FILE.py:NAME, a torch Dataset or arrays in memory."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from aeeval.datasets.files import named_splits, read_arrays
from aeeval.datasets.python_file import from_python, names_python
from aeeval.datasets.torch_rows import is_dataset
from aeeval.errors import UsageError, message

_NAMES = {1: ("rows",), 2: ("train", "test"), 3: ("train", "val", "test")}


def own_arrays(data: Any) -> dict[str, Tensor]:
    """Float64 rows (n, *shape) by split, "rows" where they are to be split; raises `UsageError` for anything else."""
    data = from_python(data) if isinstance(data, str) and names_python(data) else data
    if isinstance(data, str | Path):
        return read_arrays(data)[0]
    return arrays_in_memory(data)


def arrays_in_memory(data: Any) -> dict[str, Tensor]:
    """As `own_arrays`, of a torch Dataset, a dict by split, or (train, test) or (train, val, test)."""
    arrays = dict(data) if isinstance(data, Mapping) else None
    if is_dataset(data):
        arrays = {"rows": data}
    elif arrays is None and isinstance(data, tuple | list) and len(data) in _NAMES:
        arrays = dict(zip(_NAMES[len(data)], data, strict=True))
    if arrays is None:
        expected = "a file, a torch Dataset, (train, test) or (train, val, test)"
        raise UsageError(message(expected, type(data).__name__, "give two arrays or data sets"))
    return named_splits(arrays, "data")
