"""The two sides of a comparison: what BASE and HEAD may be, and the records behind them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aeeval.errors import StoreError, UnknownName, UsageError, message
from aeeval.record import Record
from aeeval.report.sections import entrant, is_baseline
from aeeval.results.pack import read_kept
from aeeval.store import Store

SEPARATOR = "::"
FORMS = "a results folder, a packed one, or a file .jsonl or .json of records, each perhaps with ::SUBMISSION"


@dataclass(frozen=True)
class Side:
    """One side: where it was read, and the records of one submission, in one version."""

    path: Path
    submission: str
    records: tuple[Record, ...]

    @property
    def label(self) -> str:
        """How the side is named on a command line."""
        return f"{self.path}{SEPARATOR}{self.submission}"

    @property
    def sha256(self) -> str:
        """What the submission was made of."""
        return self.records[0].submission_sha256


def split(text: str | Path) -> tuple[Path, str | None]:
    """The path and the submission of `PATH[::SUBMISSION]`.

    >>> split("aeeval-runs::mlp")
    (PosixPath('aeeval-runs'), 'mlp')
    """
    path, found, name = str(text).partition(SEPARATOR)
    if (found and not name) or not path:
        raise UsageError(message(FORMS, repr(str(text)), "write PATH or PATH::SUBMISSION"))
    return Path(path), name or None


def read_records(path: Path) -> tuple[Record, ...]:
    """All records at a path: none where nothing is there; raises `StoreError` for a file that is damaged."""
    if path.is_dir():
        own, damaged = Store(path).read()
        kept = read_kept(path)
        for file in (*damaged, *kept.damaged):
            raise StoreError(message(f"whole files in {path}", file.reason, "delete it and run again"))
        loose = [record for file in sorted(path.glob("*.jsonl")) for record in _lines(file)]
        return (*own, *kept.records, *(loose if not (own or kept.records) else ()))
    if not path.exists():
        return ()
    if path.suffix not in _READERS:
        raise UsageError(message(FORMS, str(path), "write one with aeeval run, or aeeval table --format json"))
    return tuple(_READERS[path.suffix](path))


def choose(path: Path, records: Sequence[Record], name: str | None, prefer: str | None = None) -> Side:
    """The side of one submission: the one named, else the preferred one if it is there, else the only one that is
    no baseline; several are an error that shows the form."""
    names = list(dict.fromkeys(record.submission for record in records))
    if name is None and prefer in names:
        name = prefer
    if name is None:
        ranked = dict.fromkeys(record.submission for record in records if not is_baseline(entrant(record))) or names
        if len(ranked) > 1:
            form = f"{path}{SEPARATOR}{next(iter(ranked))}"
            raise UsageError(message(f"one submission in {path}", ", ".join(ranked), f"name one: {form}"))
        (name,) = ranked
    if name not in names:
        raise UnknownName(f"submission in {path}", name, names)
    mine = tuple(record for record in records if record.submission == name)
    versions = sorted({record.submission_sha256[:7] for record in mine})
    if len(versions) > 1:
        raise UsageError(
            message(f"one version of {name} in {path}", ", ".join(versions), "run it into a folder of its own")
        )
    return Side(path, name, mine)


def _lines(path: Path) -> list[Record]:
    return _parsed(path, lambda text: [json.loads(line) for line in text.splitlines() if line.strip()])


def _list(path: Path) -> list[Record]:
    return _parsed(path, json.loads)


def _parsed(path: Path, parse: Callable[[str], list[dict[str, Any]]]) -> list[Record]:
    try:
        return [Record.from_dict(row) for row in parse(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(message(f"records in {path}", str(error), "make the file again")) from error


_READERS = {".jsonl": _lines, ".json": _list}
