"""What data sets that an installed package carries have in common."""

import hashlib
from importlib import import_module
from types import ModuleType

import numpy as np

from aeeval.errors import DataError, message


def rows_sha256(rows: np.ndarray) -> str:
    """sha256 of the bytes of an array as a package hands it out: another release may carry other rows."""
    return hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest()


def without_repeats(rows: np.ndarray) -> np.ndarray:
    """The rows (n, D) in their order, each once: a row that stands on both sides of a split is no test."""
    _, first = np.unique(rows, axis=0, return_index=True)
    return rows[np.sort(first)]


def needed(module: str, package: str, what: str) -> ModuleType:
    """A module of an optional package; raises `DataError` with the command that installs it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise DataError(message(f"{package} for {what}", "not installed", f"run: pip install {package}")) from error
