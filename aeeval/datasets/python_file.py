"""A user's data set named as FILE.py:NAME, for what is made by code, such as a torch Dataset."""

import runpy
from pathlib import Path
from typing import Any

from aeeval.datasets.torch_rows import is_dataset
from aeeval.errors import DataError, UnknownName, message


def names_python(data: str) -> bool:
    """Whether a word has the form FILE.py:NAME."""
    file, _, name = data.rpartition(":")
    return file.endswith(".py") and name.isidentifier()


def from_python(data: str) -> Any:
    """What NAME is in FILE.py, called without arguments where it is a function: it runs, as a submission does.

    A torch Dataset, or a pair or triple of them or of arrays. Raises `DataError` where the file or the name is missing
    or fails.
    """
    file, _, name = data.rpartition(":")
    if not Path(file).is_file():
        raise DataError(message("a Python file", f"{file}, which does not exist", "give FILE.py:NAME"))
    try:
        names = runpy.run_path(file)
    except Exception as error:
        raise DataError(message(f"{file} to run", f"{type(error).__name__}: {error}", "mend the file")) from error
    if name not in names:
        raise DataError(str(UnknownName(f"name in {file}", name, [key for key in names if not key.startswith("_")])))
    found = names[name]
    if is_dataset(found) or not callable(found):
        return found
    try:
        return found()
    except Exception as error:
        raise DataError(message(f"{data} to run", f"{type(error).__name__}: {error}", "mend the file")) from error
