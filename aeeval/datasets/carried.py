"""What data sets that an installed package carries have in common."""

import hashlib
from importlib import import_module
from types import ModuleType

import numpy as np
import torch

from aeeval.errors import DataError, message


def rows_sha256(rows: np.ndarray) -> str:
    """sha256 of the bytes of an array as a package hands it out: another release may carry other rows."""
    return hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest()


def first_of_each(rows: np.ndarray) -> np.ndarray:
    """(m,) the places, in order, of the rows (n, D) that repeat no earlier one: no row is on both sides of a split."""
    _, first = np.unique(rows, axis=0, return_index=True)
    return np.sort(first)


def fifths(values: np.ndarray) -> torch.Tensor:
    """(n,) 0 to 4: the fifth of the rows, by rank, in which a value lies; equal values by their place.

    >>> fifths(np.array([3.0, 1.0, 5.0, 2.0, 4.0])).tolist()
    [2, 0, 4, 1, 3]
    """
    rank = np.empty(len(values), dtype=np.int64)
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    return torch.from_numpy(5 * rank // len(values))


def needed(module: str, package: str, what: str) -> ModuleType:
    """A module of an optional package; raises `DataError` with the command that installs it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise DataError(message(f"{package} for {what}", "not installed", f"run: pip install {package}")) from error
