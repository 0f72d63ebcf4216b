"""Whole files or none: how files are written, on local disks and on shared folders."""

import os
import tempfile
from contextlib import suppress
from errno import EMLINK, ENOSYS, ENOTSUP, EOPNOTSUPP, EPERM
from pathlib import Path

TEMPORARY = ".tmp-"  # no reader looks at such a name; what a killed writer left of it is pruned
_NO_LINKS = (EPERM, EMLINK, ENOSYS, ENOTSUP, EOPNOTSUPP)


def write_whole(path: Path, content: bytes, lasting: bool = True) -> None:
    """Write a file, in place of one that is there: a reader sees the whole of either.

    `lasting`: also after a loss of power, for which the disk is waited for.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path, content, lasting)
    try:
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if lasting:
        _sync_folder(path.parent)


def create_whole(path: Path, content: bytes) -> bool:
    """Write a file where none is; -> whether this process wrote it. Of several that try, one succeeds, also on NFS.

    It need not outlast a loss of power. The name is a hard link to a whole file, which no network file system does
    twice; where an answer of its server got lost, the count of links tells. File systems without links get an exclusive
    creation, whole a moment later.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path, content, lasting=False)
    try:
        os.link(temporary, path)
        return True
    except OSError as error:
        if error.errno in _NO_LINKS:
            return _create_exclusively(path, content)
        if not isinstance(error, FileExistsError) and not path.exists():
            raise
        return temporary.stat().st_nlink == 2
    finally:
        temporary.unlink(missing_ok=True)


def _create_exclusively(path: Path, content: bytes) -> bool:
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        return False
    return True


def _temporary(path: Path, content: bytes, lasting: bool) -> Path:
    """A new file beside `path` with all of its content, on disk where it is to last."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _sync_folder(folder: Path) -> None:
    """Have the new name on disk too; file systems that cannot do that keep their own promises."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
