"""CIFAR-10 from its binary archive: records of one label byte and 3 × 32 × 32 colour bytes; nothing is unpickled."""

import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from aeeval.datasets.asset import Asset, combined_sha256
from aeeval.datasets.base import Source
from aeeval.datasets.resolver import resolve_path
from aeeval.errors import DataError, message

SHAPE = (3, 32, 32)
RECORD = 1 + 3 * 32 * 32
CLASSES = "0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer, 5 dog, 6 frog, 7 horse, 8 ship, 9 truck"
TRAIN = tuple(f"cifar-10-batches-bin/data_batch_{number}.bin" for number in range(1, 6))
TEST = ("cifar-10-batches-bin/test_batch.bin",)

ASSETS: Mapping[str, tuple[Asset, ...]] = {
    "cifar10": (
        Asset(
            "cifar10",
            "cifar-10-binary.tar.gz",
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",  # of the archive as it is published
            170_052_171,
            torchvision="cifar-10-binary.tar.gz",
            mirrors=(
                "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                "https://cave.cs.toronto.edu/kriz/cifar-10-binary.tar.gz",
                "https://mindspore-website.obs.cn-north-4.myhuaweicloud.com/notebook/datasets/cifar-10-binary.tar.gz",
            ),
        ),
    )
}


def cifar10() -> Source:
    """60,000 colour photographs of 10 kinds of things, 32 × 32, in [0, 1].

    Shape (3, 32, 32), channels red, green, blue; the set's own split, 50,000 training and 10,000 test images; level /
    255. No package carries it, so that this loader has been tested on small archives of the same format only, not on
    the published bytes; their sha256 is the published one. Licence not stated; its authors ask to be cited. Source:
    Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.
    """
    files = ASSETS["cifar10"]
    train, test = read_archive(resolve_path(files[0]), (TRAIN, TEST))
    return Source(
        rows=images(train),
        test=images(test),
        unit=255,
        origin="CIFAR-10 binary version, University of Toronto",
        licence="not stated; its authors ask to be cited",
        preprocessing="level / 255",
        sha256=combined_sha256(files),
        labels=torch.from_numpy(train)[:, 0],
        test_labels=torch.from_numpy(test)[:, 0],
        label=CLASSES,
    )


def images(records: np.ndarray) -> torch.Tensor:
    """(n, 3, 32, 32) uint8, a view of records (n, 1 + 3·32·32) that begin with their label."""
    return torch.from_numpy(records)[:, 1:].unflatten(1, SHAPE)


def read_archive(path: Path, groups: tuple[tuple[str, ...], ...]) -> list[np.ndarray]:
    """The records (n, 1 + 3·32·32) uint8 of each group of members of a .tar.gz; raises `DataError` on another layout.

    The bytes of a group are read one member after the other into one buffer.
    """
    try:
        with tarfile.open(path, mode="r:gz") as archive:
            return [_records(archive, members) for members in groups]
    except (tarfile.TarError, EOFError, OSError, KeyError, zlib.error) as error:
        raise _damaged("a whole .tar.gz with " + ", ".join(TEST), str(error)) from error


def _records(archive: tarfile.TarFile, members: tuple[str, ...]) -> np.ndarray:
    joined = bytearray()
    for member in members:
        stream = archive.extractfile(member)
        content = stream.read() if stream else b""
        if not content or len(content) % RECORD:
            raise _damaged(f"whole records of {RECORD} bytes in {member}", f"{len(content)} bytes")
        joined += content
    records = np.frombuffer(joined, np.uint8).reshape(-1, RECORD)
    if (highest := int(records[:, 0].max())) > 9:
        raise _damaged("labels 0 to 9", f"{highest}")
    return records


def _damaged(expected: str, got: str) -> DataError:
    return DataError(message(expected, f"{got} in the CIFAR-10 archive", "run: aeeval fetch cifar10"))
