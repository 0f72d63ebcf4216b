"""Pack the records of a run: a folder for each submission on each suite, and read such folders for tables."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aeeval.errors import NotComparable, StoreError, UnknownName, message
from aeeval.protocol import SEARCH
from aeeval.record import Record
from aeeval.records import Records
from aeeval.results.packed import packs_below, read_packed, write_packed
from aeeval.results.pictures import short_pictures
from aeeval.results.trainings import short_trainings
from aeeval.store import Damaged, Store

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
Entrant = tuple[str, str, str]  # submission, track, submission_sha256


@dataclass(frozen=True)
class Kept:
    """What packed folders hold: all records, the standing of each entrant, and the packs that cannot be read."""

    records: tuple[Record, ...]
    standings: Mapping[Entrant, str]
    damaged: tuple[Damaged, ...]


def pack(
    run: str | Path, to: str | Path, submissions: Sequence[str] = (), *, compress: bool = False, pictures: str = "none"
) -> list[Path]:
    """Pack the records of a results folder below `to`, of all submissions or of those named; -> the folders written.

    `pictures` are "none", "all" that the run kept, or "one" a task (`aeeval.results.pictures`).

    Raises `StoreError` where there are no records or files that are none, `UnknownName` for a submission that was not
    run, and `NotComparable` where one submission or one suite of a name stands in two versions.
    """
    records, damaged = Store(run).read()
    if damaged:
        raise StoreError(message(f"whole files in {run}", damaged[0].reason, "then pack again"))
    if not records:
        raise StoreError(message(f"records in {run}", "none", "run something first: aeeval run SUBMISSION"))
    known = records.distinct("submission")
    for name in submissions:
        if name not in known:
            raise UnknownName("submission in " + str(run), name, known)
    groups = {
        (suite, name): records.where(suite=suite, submission=name)
        for suite, name in records.distinct("suite", "submission")
        if not submissions or name in submissions
    }
    for (suite, name), group in groups.items():
        _one_version(suite, name, group)
    env = _environments(Path(run))
    drawn, trained = short_pictures(Store(run), pictures), short_trainings(Store(run))
    folders = {Path(to) / suite / name: group for (suite, name), group in groups.items()}
    for (what, group), folder in zip(groups.items(), folders, strict=True):
        write_packed(folder, group, env, drawn.get(what, ()), trained.get(what, b""), compress=compress)
    return list(folders)


def read_kept(root: str | Path) -> Kept:
    """Everything in the packed folders at or below `root`; a pack that cannot be read is named and left out."""
    records: list[Record] = []
    standings: dict[Entrant, str] = {}
    damaged: list[Damaged] = []
    for folder in packs_below(root):
        try:
            packed = read_packed(folder)
        except StoreError as error:
            damaged.append(Damaged(folder, str(error)))
            continue
        records += packed.records
        for record in packed.records:
            standings[record.submission, record.track, record.submission_sha256] = packed.manifest.standing
    return Kept(tuple(records), standings, tuple(damaged))


def _one_version(suite: str, name: str, records: Records) -> None:
    """A pack is of one submission on one suite; names become folders, so they have to be plain."""
    for word in (suite, name):
        if not _NAME.fullmatch(word):
            raise StoreError(message("a name of letters, digits, '.', '_' or '-'", repr(word), "run it as NAME=FILE"))
    for what in ("suite_digest", "submission_sha256"):
        if len(found := records.distinct(what)) > 1:
            raise NotComparable(
                message(
                    f"one {what} of {name} on {suite}",
                    ", ".join(sorted(value[:12] for value in found)),
                    "run it anew into a folder of its own: --out FOLDER",
                )
            )
    trials = {track for track in records.distinct("track") if track.startswith(SEARCH)}
    if trials and len(found := records.distinct("track")) > 1:
        raise NotComparable(
            message(f"one track of {name} on {suite}", ", ".join(sorted(found)), "pack runs with --search apart")
        )


def _environments(run: Path) -> dict[str, Any]:
    described: dict[str, Any] = {}
    for file in sorted((run / "env").glob("*.json")):
        try:
            described[file.stem] = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StoreError(
                message("a description of a machine", f"{file}: {error}", "delete it, run again")
            ) from error
    return described
