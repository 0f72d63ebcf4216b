"""Data sets by name: registered ones, and those of public hubs, as `openml:iris` or `hf:owner/name`."""

from collections.abc import Mapping
from typing import Any

from aeeval.datasets import DATASETS, HUBS
from aeeval.datasets.base import Source
from aeeval.datasets.places import may_download
from aeeval.errors import DataError, message


def on_hub(name: object) -> bool:
    """Whether a word is the address of a data set on a hub."""
    return isinstance(name, str) and name.partition(":")[0] in HUBS and ":" in name


def check_name(name: str) -> None:
    """Raise `UnknownName` where there is no such data set, as far as its name tells."""
    if not on_hub(name):
        DATASETS.target(name)


def source_of(name: str, params: Mapping[str, Any] | None = None, download: bool = False) -> Source:
    """The rows and the card behind a name.

    A hub is asked only with `download`, or where `AEEVAL_DOWNLOAD=1` allows it; else its local cache has to have them.
    Raises `DataError` where they are not there or a parameter is none of the set's.
    """
    try:
        if on_hub(name):
            hub, _, address = name.partition(":")
            made: Source = HUBS.get(hub)(address, download=download or may_download(), **(params or {}))
            return made
        made = DATASETS.get(name)(**(params or {}))
        return made
    except TypeError as error:
        if "argument" not in str(error):
            raise
        raise DataError(
            message(f"parameters that {name} has", str(error), f"see: aeeval show dataset {name}")
        ) from error
