"""All cells of a results folder as records: in an order that no race changes, the latest version of each number."""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from aeeval.errors import StoreError
from aeeval.record import axes_label
from aeeval.records import Builder, CellPart, Records
from aeeval.store import index
from aeeval.store.decode import Decoder
from aeeval.store.schema import NewerSchema
from aeeval.store.shelf import ASIDE, Damaged, Shelf

TIMED = "throughput"
Places = Mapping[str, Mapping[str, int]]  # suite digest -> task -> its place in the suite


@dataclass(frozen=True)
class CellFile:
    """The file of a cell: when it was written, and where its records stand among all of the folder."""

    key: str
    written: int
    start: int
    stop: int


@dataclass(frozen=True)
class Cells:
    """The cells of a folder as they stand there, and the files that are none."""

    files: Sequence[CellFile]
    records: Records
    bad: Sequence[Path]

    def of(self, file: CellFile) -> Records:
        """The records of one cell."""
        return self.records[file.start : file.stop]

    def cell(self, file: CellFile) -> CellPart:
        """What the records of a cell share."""
        part: CellPart = self.records.cell.values[self.records.cell.codes[file.start]]
        return part

    def timed(self, file: CellFile) -> bool:
        """Whether it is a cell of times."""
        number = self.records.number
        return bool(number.values[number.codes[file.start]].capability == TIMED)


def read_all(shelf: Shelf, places: Places) -> tuple[Records, list[Damaged]]:
    """All records, and what is wrong with files that are none; those are set aside.

    Cells are in the order of their suite: what is not timed first, then by task, seed, submission and k, whoever ran
    them when. Where a submission was run in several versions, the latest counts, by the time of the file system.
    """
    cells = read_cells(shelf)
    left = [shelf.set_aside(path) for path in cells.bad]
    inside = [path for path in left if path.parent.name != ASIDE]
    found = [shelf.damaged(path) for path in (*inside, *shelf.aside())]
    ordered = sorted(cells.files, key=lambda file: (_place(cells, file, places), file.written, file.key))
    return cells.records.take(latest(cells, ordered)), [one for one in found if one is not None]


def read_cells(shelf: Shelf) -> Cells:
    """The cells of a folder as they stand there, and the files that are none, where they are."""
    entries, bad = shelf.files()
    stats = _stats(entries)
    digest = _digest(entries, stats)
    if found := index.load(shelf.root, digest):
        records, counts = found
        return Cells(_files(entries, stats, counts), records, bad)
    builder, counts, broken = Builder(), [], 0
    decoder = Decoder(builder)
    for entry in entries:
        start = len(builder)
        try:
            shelf.add_to(builder, entry.path, decoder)
        except NewerSchema:
            raise
        except (ValueError, StoreError):
            bad.append(Path(entry.path))
            broken += 1
        counts.append(len(builder) - start)
    records = builder.records()
    if not broken:
        index.save(shelf.root, digest, records, counts)
    return Cells(_files(entries, stats, counts), records, bad)


def _stats(entries: list[os.DirEntry]) -> list[os.stat_result]:
    """What the system says of the files; those that another process has just moved away are dropped from the list."""
    found: list[tuple[os.DirEntry, os.stat_result]] = []
    for entry in entries:
        with suppress(FileNotFoundError):
            found.append((entry, entry.stat()))
    entries[:] = [entry for entry, _ in found]
    return [stat for _, stat in found]


def _files(entries: Sequence[os.DirEntry], stats: Sequence[os.stat_result], counts: Sequence[int]) -> list[CellFile]:
    """The files that have records, with their places."""
    stops = accumulate(counts)
    spans = zip(entries, stats, counts, stops, strict=True)
    return [
        CellFile(entry.name.removesuffix(".jsonl"), stat.st_mtime_ns, stop - count, stop)
        for entry, stat, count, stop in spans
        if count
    ]


def _digest(entries: Sequence[os.DirEntry], stats: Sequence[os.stat_result]) -> str:
    """sha256 of all that the system says of the files: whatever is written into one, its time of change is another."""
    listing = (
        f"{entry.name} {stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns}\n"
        for entry, stat in zip(entries, stats, strict=True)
    )
    return hashlib.sha256("".join(listing).encode()).hexdigest()


def _place(cells: Cells, file: CellFile, places: Places) -> tuple[Any, ...]:
    """Where a cell stands: in the order of the plan of a run, with submissions by name."""
    cell, timed = cells.cell(file), cells.timed(file)
    task = places.get(cell.suite_digest, {}).get(cell.task, len(places))
    return (cell.suite, cell.suite_digest, timed, task, cell.task, cell.seed, cell.submission, cell.latent_dim)


def latest(cells: Cells, files: Iterable[CellFile]) -> np.ndarray:
    """The places of the records of these cells, without those that a later one of them has anew."""
    groups: dict[tuple[Any, ...], list[CellFile]] = {}
    for file in files:
        cell = cells.cell(file)
        key = (cell.suite_digest, cells.timed(file), cell.task, cell.submission, cell.latent_dim, cell.seed)
        groups.setdefault(key, []).append(file)
    kept = [np.zeros(0, np.int64)]
    for group in groups.values():
        kept.append(np.arange(group[0].start, group[0].stop) if len(group) == 1 else _newest(cells, group))
    return np.concatenate(kept)


def _newest(cells: Cells, group: Sequence[CellFile]) -> np.ndarray:
    """Of cells of one submission: each number once, as it was measured last, and only those of its latest version."""
    numbers: dict[tuple[str, ...], tuple[int, str, str]] = {}
    for file in sorted(group, key=lambda file: (file.written, file.key)):
        for place, record in enumerate(cells.of(file), file.start):
            key = (record.track, record.capability, record.metric, axes_label(record.axes))
            numbers[key] = (place, record.capability, record.submission_sha256)
    version = {capability: sha for _, capability, sha in numbers.values()}
    return np.array([place for place, capability, sha in numbers.values() if sha == version[capability]], np.int64)
