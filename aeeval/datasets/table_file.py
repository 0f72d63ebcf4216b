"""A user's table: numbers, one row a sample, and maybe a column `split` that says train, val, test or held_out."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aeeval.datasets.carried import needed
from aeeval.errors import DataError, message

if TYPE_CHECKING:
    from pandas import DataFrame

SPLIT_COLUMN = "split"


def read_csv(file: Path) -> dict[str, np.ndarray]:
    """The splits of a comma-separated file with or without a line of names."""
    return _separated(file, ",")


def read_tsv(file: Path) -> dict[str, np.ndarray]:
    """The splits of a tab-separated file with or without a line of names."""
    return _separated(file, "\t")


def read_parquet(file: Path) -> dict[str, np.ndarray]:
    """The splits of a Parquet file; needs pyarrow."""
    import pandas

    needed("pyarrow", "pyarrow", "Parquet files")
    return _splits(_read(file, lambda: pandas.read_parquet(file)), file)


def _separated(file: Path, separator: str) -> dict[str, np.ndarray]:
    import pandas

    first = _read(file, lambda: pandas.read_csv(file, sep=separator, header=None, nrows=1, dtype=str))
    header = None if all(map(_is_number, first.iloc[0])) else 0  # numbers are no names: the first line is a row
    return _splits(_read(file, lambda: pandas.read_csv(file, sep=separator, header=header)), file)


def _read(file: Path, read: Callable[[], "DataFrame"]) -> "DataFrame":
    try:
        return read()
    except (ValueError, OSError) as error:  # what pandas and pyarrow raise derives from ValueError
        raise DataError(message("a readable table", f"{file}: {error}", "save it with pandas to_csv")) from error


def _splits(table: "DataFrame", file: Path) -> dict[str, np.ndarray]:
    """Arrays by the words of the column `split`, else one; every other column has to be numbers."""
    numbers = table.drop(columns=SPLIT_COLUMN, errors="ignore")
    if nameless := [name for name in numbers.columns if str(name).startswith("Unnamed: ")]:
        raise DataError(
            message("a name for every column", f"{nameless[0]} in {file}, maybe an index", "save it with index=False")
        )
    words = [str(name) for name in numbers.select_dtypes(exclude=["number", "bool"]).columns]
    if words:
        raise DataError(
            message("columns of numbers", f"words in {', '.join(words)} of {file}", "drop these columns or encode them")
        )
    values = numbers.to_numpy(dtype=np.float64)
    if SPLIT_COLUMN not in table:
        return {"rows": values}
    part = table[SPLIT_COLUMN].astype(str).to_numpy()
    return {name: values[part == name] for name in np.unique(part).tolist()}


def _is_number(name: object) -> bool:
    try:
        float(str(name))
    except ValueError:
        return False
    return True
