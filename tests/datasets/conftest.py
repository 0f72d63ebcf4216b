"""Data sets in tests: places of the test's own, and real bytes only where they are on this machine already."""

import gzip
import hashlib
import os
from pathlib import Path

import pytest

from aeeval.datasets.asset import Asset
from aeeval.datasets.places import assets_of, find


@pytest.fixture
def places(tmp_path, monkeypatch):
    """An empty world: no explicit folder, an empty cache, an empty working folder, no download. -> tmp_path"""
    for name in ("AEEVAL_DATA_DIR", "AEEVAL_DOWNLOAD"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("AEEVAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


@pytest.fixture
def real(monkeypatch):
    """A function that lets a test go on only where the files of a data set are on this machine.

    Elsewhere the test is skipped, or fails where `AEEVAL_REQUIRE_DATA=1` says that the data have to be there. Nothing
    is downloaded.
    """
    monkeypatch.delenv("AEEVAL_DOWNLOAD", raising=False)

    def need(name: str) -> None:
        if all(find(asset) for asset in assets_of(name)):
            return
        reason = f"{name} is not on this machine; run: scripts/data"
        if os.environ.get("AEEVAL_REQUIRE_DATA") == "1":
            pytest.fail(reason)
        pytest.skip(reason)

    return need


def asset(content: bytes, **where: object) -> Asset:
    """A file of a data set with that content."""
    return Asset("toys", "toy.bin", hashlib.sha256(content).hexdigest(), len(content), **where)


def put(path: Path, content: bytes) -> Path:
    """Write a file, packed where its name says so, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
    return path
