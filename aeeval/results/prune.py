"""What a results folder holds for nobody any more: cells of older suites, metrics and submissions, and their files."""

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aeeval import bundled
from aeeval.files import TEMPORARY
from aeeval.metrics import all_metrics
from aeeval.records import Records
from aeeval.session import limited
from aeeval.store import Store
from aeeval.store.reading import CellFile, Cells, latest
from aeeval.submissions.load import load
from aeeval.suite import Suite, load_suite

_LIMITED = re.compile(r"(.+)-limit(\d+)")
_DAY_S = 24 * 3600  # what belongs to a cell is written before it: a run that goes on may still need what is new
_OF_CELLS = {"models": ".pt", "pictures": ".npz", "trainings": ".json"}


@dataclass(frozen=True)
class Goner:
    """A file that can go: what it is, its size in bytes, and why."""

    path: Path
    kind: str
    reason: str
    size: int


@dataclass(frozen=True)
class Current:
    """What counts today: suites by name, the sha256 of submissions by name, the version of every metric."""

    suites: Mapping[str, Suite]
    submissions: Mapping[str, str]
    metrics: Mapping[str, int]

    def outdated(self, records: Records) -> str | None:
        """Why nothing refers to a cell any more; None for suites and submissions that are not known here."""
        first = records[0]
        digest = self._digest(first.suite)
        if digest not in (None, first.suite_digest):
            return f"suite {first.suite} is {_short(digest)} now, not {_short(first.suite_digest)}"
        sha = self.submissions.get(first.submission)
        if sha not in (None, first.submission_sha256):
            return f"submission {first.submission} is {_short(sha)} now, not {_short(first.submission_sha256)}"
        for metric, was in records.distinct("metric", "metric_version"):
            version = self.metrics.get(metric)
            if version != was:
                return f"metric {metric} has version {version or 'none'} now, not {was}"
        return None

    def _digest(self, name: str) -> str | None:
        """The digest of a suite by the name in records, which may be of one with fewer rows."""
        found = _LIMITED.fullmatch(name)
        if found and found[1] in self.suites:
            return limited(self.suites[found[1]], int(found[2])).digest
        return self.suites[name].digest if name in self.suites else None


def current(suites: Iterable[str] = (), submissions: Iterable[str] = ()) -> Current:
    """The suites and metrics of this checkout, with further suites (files) and submissions (specs) by name."""
    known = [load_suite(name) for name in (*bundled.names("suites"), *suites)]
    loaded = [load(spec) for spec in submissions]
    return Current(
        {suite.name: suite for suite in known},
        {submission.name: submission.sha256 for submission in loaded},
        {metric.id: metric.version for metric in all_metrics()},
    )


def goners(store: Store, now: Current) -> list[Goner]:
    """Every file that can go, cells first; damaged files stay until their cells were measured anew."""
    cells, _ = store.cells()
    shown = np.zeros(len(cells.records), dtype=bool)
    shown[latest(cells, cells.files)] = True
    gone: dict[str, str] = {}
    for file in cells.files:
        reason = now.outdated(cells.of(file))
        if reason is None and not shown[file.start : file.stop].any():
            reason = "a later cell has all of its numbers"
        if reason:
            gone[file.key] = reason
    kept = [file for file in cells.files if file.key not in gone]
    found = [*_cells(store, gone), *_of_cells(store, kept), *_unnamed(store, cells, kept), *_leftovers(store)]
    return [Goner(path, kind, reason, path.stat().st_size) for path, kind, reason in found]


def remove(found: Iterable[Goner]) -> None:
    """Remove the files; what is gone already is no error."""
    for one in found:
        one.path.unlink(missing_ok=True)


Found = Iterator[tuple[Path, str, str]]


def _cells(store: Store, gone: Mapping[str, str]) -> Found:
    for key, reason in gone.items():
        yield store.root / "cells" / key[:2] / f"{key}.jsonl", "cell", reason


def _of_cells(store: Store, kept: Sequence[CellFile]) -> Found:
    """Models, pictures and logs of trainings whose cell goes, or is not there."""
    keys = {file.key for file in kept}
    for part, suffix in _OF_CELLS.items():
        for path in sorted((store.root / part).glob(f"*{suffix}")):
            if path.stem not in keys and _old(path):
                yield path, part.removesuffix("s"), "its cell is not kept"


def _unnamed(store: Store, cells: Cells, kept: Sequence[CellFile]) -> Found:
    """Environments, cards of data and orders of suites that no record names."""
    of = [cells.cell(file) for file in kept]
    named = {
        "env": {cell.env for cell in of},
        "data": {cell.data_sha256 for cell in of},
        "suites": {cell.suite_digest for cell in of},
    }
    for part, names in named.items():
        for path in sorted((store.root / part).glob("*.json")):
            if path.stem not in names and _old(path):
                yield path, part, "no record that is kept names it"


def _leftovers(store: Store) -> Found:
    """Halves of files that killed writers left a day ago, claims of the dead, damaged files of cells measured anew."""
    for path in sorted(store.root.rglob(f"{TEMPORARY}*")):
        if path.is_file() and _old(path):
            yield path, "half", "its writer was killed"
    for held in store.claims():
        if held.over:
            yield store.root / "claims" / f"{held.key}.json", "claim", "its owner has ended"
    for path in store.replaced():
        yield path, "damaged", "its cell was measured anew"


def _old(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > _DAY_S


def _short(digest: str | None) -> str:
    return (digest or "")[:12]
