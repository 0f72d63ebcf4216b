"""Data sets of OpenML, read by scikit-learn from its own cache, and downloaded into it where that is allowed."""

import urllib.request
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from aeeval.datasets.base import Source
from aeeval.datasets.carried import rows_sha256
from aeeval.errors import DataError, message

if TYPE_CHECKING:
    from pandas import DataFrame, Series


def openml(address: str, *, download: bool = False, shape: Sequence[int] = (), unit: float = 1.0) -> Source:
    """A table of OpenML: openml:NAME, openml:NAME@VERSION or openml:ID.

    Shape (D,), its D columns of numbers, standardised by the training rows; columns of words and rows with gaps are
    left out, and counted on the card. `shape = [1, 28, 28]` makes pictures of the columns, in [0, 1] after division by
    `unit`. The target is the label where it is a class. From the cache of scikit-learn (SCIKIT_LEARN_DATA); only
    AEEVAL_DOWNLOAD=1 or `aeeval fetch` lets it ask openml.org, whose md5 it checks. Licence and Source: what OpenML
    states.
    """
    found = _fetched(address, download)
    numbers, words, gaps = _numbers(found.data, address)
    rows = numbers.to_numpy(dtype=np.float64)
    labels, label = _labels(found.target, numbers.index)
    details = found.details
    left_out = [f"{len(words)} columns of words"] * bool(words) + [f"{gaps} rows with gaps"] * bool(gaps)
    return Source(
        rows=_shaped(torch.from_numpy(rows), shape, address),
        unit=unit,
        origin=f"OpenML {details['name']} version {details['version']}, {found.url}",
        licence=details.get("licence") or "none stated",
        preprocessing="the target left out" + "".join(f"; {part} left out" for part in left_out),
        sha256=rows_sha256(rows),
        standardise=not shape,
        labels=labels,
        label=label,
    )


def _fetched(address: str, download: bool) -> Any:
    from sklearn.datasets import fetch_openml, get_data_home

    name, _, version = address.partition("@")
    what = {"data_id": int(name)} if name.isdigit() else {"name": name, "version": int(version or 0) or "active"}
    try:
        with warnings.catch_warnings(), _as_allowed(download):
            warnings.simplefilter("ignore")  # of several versions: the one that is taken is on the card
            return fetch_openml(**what, as_frame=True)
    except OSError as error:  # of the network too
        way_out = "check the name and the connection" if download else f"run: aeeval fetch openml:{address}"
        told = message(f"openml:{address} in {get_data_home()}/openml", str(error), way_out)
        raise DataError(told) from error
    except ValueError as error:
        raise DataError(message(f"a data set {address} of OpenML", str(error), "check its name and version")) from error


@contextmanager
def _as_allowed(download: bool) -> Iterator[None]:
    """No address is opened inside the block unless that is allowed: scikit-learn has no switch for its cache alone."""
    if download:
        yield
        return
    before = urllib.request._opener  # type: ignore[attr-defined]  # install_opener sets it and nothing reads it
    urllib.request.install_opener(_Closed())
    try:
        yield
    finally:
        urllib.request.install_opener(before)


class _Closed(urllib.request.OpenerDirector):
    def open(self, fullurl: Any, data: Any = None, timeout: Any = None) -> Any:
        """Refuse; a URLError would be tried again, with a pause each time."""
        raise FileNotFoundError("it is not there, and AEEVAL_DOWNLOAD=1 is not set")


def _numbers(table: "DataFrame", address: str) -> tuple["DataFrame", list[str], int]:
    """Columns of numbers without gaps, the names of other columns, the number of rows with gaps."""
    numbers = table.select_dtypes(include=["number", "bool"])
    if numbers.shape[1] == 0:
        raise DataError(message(f"columns of numbers in openml:{address}", "none", "choose another data set"))
    whole = numbers.dropna()
    return whole, [str(name) for name in table.columns.difference(numbers.columns)], len(numbers) - len(whole)


def _labels(target: "Series | DataFrame | None", kept: Any) -> tuple[torch.Tensor | None, str]:
    """The class of every row as a number, and what the numbers mean; none where the target is no class."""
    from pandas import CategoricalDtype

    if target is None or not isinstance(getattr(target, "dtype", None), CategoricalDtype):
        return None, ""
    names = ", ".join(f"{code} {name}" for code, name in enumerate(target.cat.categories))
    return torch.from_numpy(target.loc[kept].cat.codes.to_numpy(dtype=np.int64)), f"{target.name}: {names}"


def _shaped(rows: torch.Tensor, shape: Sequence[int], address: str) -> torch.Tensor:
    if shape and int(np.prod(shape)) != rows.shape[1]:
        way_out = f"openml:{address} has {rows.shape[1]} columns of numbers"
        raise DataError(message("a shape of as many numbers as there are columns", str(list(shape)), way_out))
    return rows.reshape(-1, *shape) if shape else rows
