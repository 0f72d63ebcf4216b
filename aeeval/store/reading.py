"""All cells of a results folder as records: in an order that no race changes, the latest version of each number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aeeval.errors import StoreError
from aeeval.record import Record
from aeeval.store.schema import NewerSchema
from aeeval.store.shelf import ASIDE, Damaged, Shelf

TIMED = "throughput"
Places = Mapping[str, Mapping[str, int]]  # suite digest -> task -> its place in the suite


@dataclass(frozen=True)
class CellRecords:
    """The records of one cell, and when its file was written."""

    key: str
    written: int
    records: Sequence[Record]


def read_all(shelf: Shelf, places: Places) -> tuple[list[Record], list[Damaged]]:
    """All records, and what is wrong with files that are none; those are set aside.

    Cells are in the order of their suite: what is not timed first, then by task, seed, submission and k, whoever ran
    them when. Where a submission was run in several versions, the latest counts, by the time of the file system.
    """
    cells, bad = read_cells(shelf)
    left = [shelf.set_aside(path) for path in bad]
    inside = [path for path in left if path.parent.name != ASIDE]
    found = [shelf.damaged(path) for path in (*inside, *shelf.aside())]
    cells.sort(key=lambda cell: (_place(cell.records[0], places), cell.written, cell.key))
    return latest(cells), [one for one in found if one is not None]


def read_cells(shelf: Shelf) -> tuple[list[CellRecords], list[Path]]:
    """The cells of a folder as they stand there, and the files that are none, where they are."""
    entries, bad = shelf.files()
    cells: list[CellRecords] = []
    for entry in entries:
        try:
            cells.append(
                CellRecords(entry.name.removesuffix(".jsonl"), entry.stat().st_mtime_ns, shelf.read(entry.path))
            )
        except NewerSchema:
            raise
        except (ValueError, StoreError):
            bad.append(Path(entry.path))
    return cells, bad


def _place(first: Record, places: Places) -> tuple[Any, ...]:
    """Where a cell stands: in the order of the plan of a run, with submissions by name."""
    task = places.get(first.suite_digest, {}).get(first.task, len(places))
    where = (first.suite, first.suite_digest, first.capability == TIMED, task, first.task, first.seed)
    return (*where, first.submission, first.latent_dim)


def latest(cells: Sequence[CellRecords]) -> list[Record]:
    """The records of cells without those that a later cell has anew."""
    groups: dict[tuple[Any, ...], list[CellRecords]] = {}
    for cell in cells:
        first = cell.records[0]
        timed = first.capability == TIMED
        key = (first.suite_digest, timed, first.task, first.submission, first.latent_dim, first.seed)
        groups.setdefault(key, []).append(cell)
    kept: list[Record] = []
    for group in groups.values():
        kept += group[0].records if len(group) == 1 else _newest(group)
    return kept


def _newest(group: Sequence[CellRecords]) -> Iterable[Record]:
    """Of cells of one submission: each number once, as it was measured last, and only those of its latest version."""
    numbers: dict[tuple[Any, ...], Record] = {}
    for cell in sorted(group, key=lambda cell: (cell.written, cell.key)):
        for record in cell.records:
            numbers[record.identity] = record
    latest = {record.capability: record.submission_sha256 for record in numbers.values()}
    return (record for record in numbers.values() if record.submission_sha256 == latest[record.capability])
