"""The baseline of a gate: written by its first run, and replaced when that is asked for."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aeeval.errors import StoreError, message
from aeeval.gate.sides import Side, read_records
from aeeval.record import Record, axes_label
from aeeval.results.packed import write_packed


def write_baseline(path: Path, side: Side) -> None:
    """Keep the records of a side at a path: a sorted file where it ends in .jsonl, else a packed folder.

    Records of other submissions in the same file stay; those of this one are replaced. The same records give the same
    bytes.
    """
    if path.suffix == ".jsonl":
        _write_file(path, side)
        return
    for suite in dict.fromkeys(record.suite for record in side.records):
        mine = [record for record in side.records if record.suite == suite]
        write_packed(path / suite / side.submission, mine, {})


def _write_file(path: Path, side: Side) -> None:
    """Two writers of one folder wait for each other, and a reader sees the old file or the new one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path.parent):
            kept = [record for record in read_records(path) if record.submission != side.submission]
            lines = "".join(record.to_json() + "\n" for record in sorted([*kept, *side.records], key=_place))
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(lines)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
    except OSError as error:
        raise StoreError(message(f"a file that can be written at {path}", str(error), "choose another")) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which needs no file for it; it falls with the process that holds it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _place(record: Record) -> tuple[Any, ...]:
    cell = (record.suite, record.submission, record.task, record.latent_dim, record.track, record.seed)
    return (*cell, record.capability, record.metric, axes_label(record.axes))
