"""The two sides of a comparison: what BASE and HEAD may be, and the records behind them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aeeval.errors import StoreError, UnknownName, UsageError, message
from aeeval.record import Record
from aeeval.report.sections import entrant, is_baseline
from aeeval.results.pack import read_kept
from aeeval.results.packed import MANIFEST, packs_below
from aeeval.store import Store
from aeeval.store.schema import record_of

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


def environments(path: Path, records: Sequence[Record]) -> list[Mapping[str, Any]]:
    """The machines and versions that the records name, as far as the folder has kept them."""
    known: dict[str, Mapping[str, Any]] = {}
    for folder in packs_below(path) if path.is_dir() else ():
        known.update(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["env"])
    for file in (path / "env").glob("*.json"):
        known[file.stem] = json.loads(file.read_text(encoding="utf-8"))
    return [known[name] for name in dict.fromkeys(record.env for record in records) if name in known]


def differences(base: Side, head: Side) -> tuple[str, ...]:
    """What the machines and versions of two sides differ in, for example "torch 2.11.0 and 2.13.0"; their own aside."""
    told = [_facts(environments(side.path, side.records)) for side in (base, head)]
    if not all(told):
        return ()
    names = [name for name in told[0] if name in told[1] and told[0][name] != told[1][name]]
    return tuple(f"{name} {', '.join(told[0][name])} and {', '.join(told[1][name])}" for name in names)


def _facts(environments: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """What may change numbers: aeeval, the libraries, the device and the hardware; every value that a side has."""
    found: dict[str, list[str]] = {}
    for env in environments:
        facts = {"aeeval": env.get("aeeval"), **env.get("versions", {})}
        for name, value in {**facts, "device": env.get("device"), "hardware": env.get("hardware_key")}.items():
            if value is not None and str(value) not in found.setdefault(name, []):
                found[name].append(str(value))
    return found


def _lines(path: Path) -> list[Record]:
    return _parsed(path, lambda text: [json.loads(line) for line in text.splitlines() if line.strip()])


def _list(path: Path) -> list[Record]:
    return _parsed(path, json.loads)


def _parsed(path: Path, parse: Callable[[str], list[dict[str, Any]]]) -> list[Record]:
    try:
        return [record_of(row) for row in parse(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(message(f"records in {path}", str(error), "make the file again")) from error


_READERS = {".jsonl": _lines, ".json": _list}
