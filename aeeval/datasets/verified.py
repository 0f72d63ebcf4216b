"""Bytes of a file of a data set: unpacked, whole, and the ones that the numbers are made with."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from aeeval.datasets.asset import Asset
from aeeval.errors import DataError, message

CHUNK = 1 << 20
BROKEN = (OSError, EOFError, zlib.error)  # what a truncated or damaged file raises while it is unpacked


def read_verified(path: Path, asset: Asset) -> bytearray:
    """The uncompressed bytes of a copy; raises `DataError` where it is damaged or is another file."""
    content = bytearray()  # one growing buffer: a set is not held twice
    for chunk in verified_chunks(path, asset):
        content += chunk
    return content


def verified_chunks(path: Path, asset: Asset) -> Iterator[bytes]:
    """The same bytes in pieces; that they are the right ones is known, and told, after the last."""
    way_out = f"delete {path} and run: aeeval fetch {asset.dataset}"
    digest = hashlib.sha256()
    try:
        with path.open("rb") as raw, unpacked(raw, path.name, asset) as stream:
            for chunk in chunks(stream):
                digest.update(chunk)
                yield chunk
    except BROKEN as error:
        raise DataError(message(f"a whole file {asset.name}", f"{path}: {error}", way_out)) from error
    check_digest(asset, digest.hexdigest(), str(path), way_out)


def unpacked(stream: IO[bytes], name: str, asset: Asset) -> IO[bytes]:
    """The uncompressed bytes of a copy of that name; an asset that is an archive itself is left as it is."""
    packed = name.endswith(".gz") and not asset.name.endswith(".gz")
    return cast(IO[bytes], gzip.GzipFile(fileobj=stream)) if packed else stream


def chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """The stream in pieces of 1 MiB."""
    return iter(lambda: stream.read(CHUNK), b"")


def check_digest(asset: Asset, digest: str, where: str, way_out: str) -> None:
    """Raise `DataError` where the bytes are other ones."""
    if digest != asset.sha256:
        raise DataError(message(f"sha256 {asset.sha256} for {asset.name}", f"{digest} in {where}", way_out))
