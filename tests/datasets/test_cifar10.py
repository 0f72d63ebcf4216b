"""CIFAR-10's binary archive, on small archives of the same format: the published bytes are in no package."""

import io
import tarfile

import numpy as np
import pytest
import torch

from aeeval.datasets import cifar10 as module
from aeeval.datasets.cifar10 import RECORD, TEST, TRAIN, cifar10, images, read_archive
from aeeval.errors import DataError
from tests.datasets.conftest import asset, put

BATCH = 3


def batch(number):
    """Three records: label i, then red = number, green = i, blue = the pixel's row."""
    records = np.zeros((BATCH, RECORD), np.uint8)
    records[:, 0] = np.arange(BATCH)
    planes = records[:, 1:].reshape(BATCH, 3, 32, 32)
    planes[:, 0] = number
    planes[:, 1] = np.arange(BATCH)[:, None, None]
    planes[:, 2] = np.arange(32)[:, None]
    return records


def archive(path, members):
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture
def members():
    return {name: batch(number).tobytes() for number, name in enumerate((*TRAIN, *TEST))}


def test_channels_rows_and_order_are_as_documented(tmp_path, members):
    train, test = map(images, read_archive(archive(tmp_path / "a.tar.gz", members), (TRAIN, TEST)))
    assert (train.shape, test.shape) == ((5 * BATCH, 3, 32, 32), (BATCH, 3, 32, 32))
    assert train[:, 0, 5, 6].tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3
    assert train[:3, 1, 0, 0].tolist() == [0, 1, 2]
    assert test[0, 2, :, 9].tolist() == list(range(32))
    assert (test[:, 0] == 5).all()


def test_the_source_has_the_sets_own_split(places, members, monkeypatch):
    path = archive(put(places / "cache" / "toys" / "toys.tar.gz", b""), members)
    made = type(asset(b""))("toys", "toys.tar.gz", asset(path.read_bytes()).sha256)
    monkeypatch.setattr(module, "ASSETS", {"cifar10": (made,)})
    source = cifar10()
    assert (len(source.rows), len(source.test), source.rows.dtype) == (15, 3, torch.uint8)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match="sha256"):
        cifar10()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({TEST[0]: None}, "test_batch.bin' not found"),
        ({TRAIN[2]: b"\0" * (RECORD - 1)}, "whole records of 3073 bytes in cifar-10-batches-bin/data_batch_3.bin"),
        ({TRAIN[1]: b"\x0a" * RECORD}, "labels 0 to 9; got 10"),
        ({TRAIN[4]: b""}, "data_batch_5.bin; got 0 bytes"),
    ],
)
def test_other_archives_are_refused(tmp_path, members, change, reason):
    changed = {name: content for name, content in (members | change).items() if content is not None}
    with pytest.raises(DataError, match=reason):
        read_archive(archive(tmp_path / "a.tar.gz", changed), (TRAIN, TEST))


def test_a_truncated_archive_is_refused(tmp_path, members):
    path = archive(tmp_path / "a.tar.gz", members)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match=r"a whole \.tar\.gz"):
        read_archive(path, (TRAIN, TEST))
    (tmp_path / "page.html").write_text("not found")
    with pytest.raises(DataError, match=r"a whole \.tar\.gz"):
        read_archive(tmp_path / "page.html", (TRAIN, TEST))
