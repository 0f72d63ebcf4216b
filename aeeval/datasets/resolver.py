"""From a file's name to its bytes: found by the order of places, downloaded only where that is allowed, verified."""

from collections import deque
from pathlib import Path

from aeeval.datasets.asset import Asset
from aeeval.datasets.download import fetch
from aeeval.datasets.places import absent, find, may_download
from aeeval.datasets.verified import read_verified, verified_chunks


def resolve(asset: Asset) -> bytearray:
    """The uncompressed bytes of a file of a data set.

    Raises `DataError` where it is in no place, unless `AEEVAL_DOWNLOAD=1` allows to fetch it, and where the first copy
    that is found does not hold the right bytes.
    """
    return read_verified(_located(asset), asset)


def resolve_path(asset: Asset) -> Path:
    """The first copy of a file, verified as by `resolve` but not held in memory: for archives."""
    path = _located(asset)
    deque(verified_chunks(path, asset), maxlen=0)
    return path


def _located(asset: Asset) -> Path:
    if path := find(asset):
        return path
    if may_download():
        return fetch(asset)
    raise absent(asset)
