"""The packed form of results, `results/<suite>/<submission>/`: a sorted `<task>.jsonl` for each task, and `pack.json`.

Large ones are `<task>.jsonl.gz`, a twenty-fifth of the size, of which the sha256 is that of the lines inside. Pictures
of seed 0, where they were asked for, are `<task>.k<k>.npz` beside them (`aeeval.results.pictures`), and how the models
were trained is `trainings.jsonl` (`aeeval.results.trainings`).
The same records give the same bytes, whatever the order they were made in. `pack.json` holds what is said of them all:
suite and digest, name and sha256 of the submission, the sha256 of every file, the environments that the records name,
and their standing:

    self-reported   made by whoever packed them
    verified        cells of it were run again by a maintainer, with the same numbers
"""

import dataclasses
import gzip
import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aeeval.errors import StoreError, message
from aeeval.record import Record, axes_label
from aeeval.store.schema import record_of

MANIFEST = "pack.json"
TRAININGS = "trainings.jsonl"
GZIP = ".gz"
FORMAT = 1
SELF_REPORTED, VERIFIED = STANDINGS = ("self-reported", "verified")
AGAIN = "pack it again: aeeval results pack"


@dataclass(frozen=True)
class Manifest:
    """What `pack.json` says: `files` are sha256 by name, `env` descriptions of machines by the name in the records.

    `verified` tells by what the standing was earned: the number of cells, and where they were run again. `pictures` are
    by name: the sha256 of the file, and the task, latent_dim and track of the cell. `trainings` is the sha256 of the
    file that tells how the models were trained, where there is one.
    """

    suite: str
    suite_digest: str
    submission: str
    submission_sha256: str
    files: Mapping[str, str]
    env: Mapping[str, Mapping[str, Any]]
    standing: str = SELF_REPORTED
    verified: Mapping[str, Any] = field(default_factory=dict)
    pictures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    trainings: str = ""
    format: int = FORMAT

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise ValueError(f"format {self.format} of {MANIFEST}, where {FORMAT} is read")
        if self.standing not in STANDINGS:
            raise ValueError(f"standing {self.standing!r}, where {' or '.join(STANDINGS)} is known")


@dataclass(frozen=True)
class Packed:
    """A packed folder that was read: its manifest, and the records of all its files."""

    folder: Path
    manifest: Manifest
    records: tuple[Record, ...]


def write_packed(
    folder: Path,
    records: Sequence[Record],
    env: Mapping[str, Mapping[str, Any]],
    pictures: Sequence[tuple[Record, bytes]] = (),
    trainings: bytes = b"",
    *,
    compress: bool = False,
) -> None:
    """Write the records of one submission on one suite as a self-reported pack, in place of one that is there.

    `pictures` are the .npz of cells, each with a record of its cell; `trainings` the lines of `TRAININGS`.
    """
    tasks: dict[str, list[Record]] = {}
    for record in sorted(records, key=_place):
        tasks.setdefault(record.task, []).append(record)
    suffix = f".jsonl{GZIP}" if compress else ".jsonl"
    files = {f"{task}{suffix}": _lines(group) for task, group in sorted(tasks.items())}
    first = records[0]
    used = {record.env for record in records}
    manifest = Manifest(
        suite=first.suite,
        suite_digest=first.suite_digest,
        submission=first.submission,
        submission_sha256=first.submission_sha256,
        files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        env={name: env[name] for name in sorted(used & set(env))},
        pictures={_picture_name(of): _picture_facts(of, content) for of, content in pictures},
        trainings=hashlib.sha256(trainings).hexdigest() if trainings else "",
    )
    packed = {name: gzip.compress(lines, mtime=0) if compress else lines for name, lines in files.items()}
    drawn = {_picture_name(of): content for of, content in pictures}
    told = {TRAININGS: trainings} if trainings else {}
    _replace(folder, {**packed, **drawn, **told, MANIFEST: _text(manifest)})


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write another `pack.json` beside the same files."""
    temporary = folder / f".{MANIFEST}"
    temporary.write_bytes(_text(manifest))
    temporary.replace(folder / MANIFEST)


def read_packed(folder: Path) -> Packed:
    """The pack of a folder; raises `StoreError` where a file is missing, foreign, changed, or no records of it."""
    manifest = _manifest(folder)
    present = {file.name for file in folder.iterdir()} - {MANIFEST}
    if present != (named := {*manifest.files, *manifest.pictures, *([TRAININGS] if manifest.trainings else [])}):
        odd = ", ".join(sorted(present ^ named))
        raise StoreError(message(f"in {folder} the files that {MANIFEST} names", f"a difference in {odd}", AGAIN))
    records = [record for name, sha in sorted(manifest.files.items()) for record in _records(folder / name, sha)]
    for record in records:
        if _said(record) != _said(manifest):
            raise StoreError(
                message(f"records of {manifest.submission} on {manifest.suite} in {folder}", _told(record), AGAIN)
            )
    return Packed(folder, manifest, tuple(records))


def trainings_in_pack(folder: Path) -> list[dict[str, Any]]:
    """How the models of a pack were trained, a row a cell; `StoreError` where the file is another one."""
    manifest, file = _manifest(folder), folder / TRAININGS
    if not manifest.trainings:
        return []
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != manifest.trainings:
        raise StoreError(message(f"{file} as {MANIFEST} knows it", "another sha256", AGAIN))
    return [json.loads(line) for line in content.decode().splitlines()]


def pictures_in_pack(folder: Path) -> Iterator[tuple[Record, str]]:
    """A record of each cell that has a picture, and the name of its file; reads little of the rest of the pack."""
    manifest = _manifest(folder)
    for name, facts in manifest.pictures.items():
        if record := _first(folder, manifest, facts):
            yield record, name


def picture_file(folder: Path, name: str) -> bytes:
    """The .npz of a picture that the manifest names; `StoreError` where it is another one."""
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise StoreError(message(f"{folder / name}, which {MANIFEST} names", str(error), AGAIN)) from error
    if hashlib.sha256(content).hexdigest() != _manifest(folder).pictures[name]["sha256"]:
        raise StoreError(message(f"{folder / name} as {MANIFEST} knows it", "another sha256", AGAIN))
    return content


def packs_below(root: str | Path) -> list[Path]:
    """The packed folders at a folder and up to two levels below it (`<suite>/<submission>`), sorted."""
    files = (file for depth in ("", "*/", "*/*/") for file in Path(root).glob(depth + MANIFEST))
    return sorted(file.parent for file in files if not file.parent.name.startswith(".tmp-"))


def _place(record: Record) -> tuple[Any, ...]:
    cell = (record.task, record.latent_dim, record.track, record.seed)
    return (*cell, record.capability, record.metric, axes_label(record.axes))


def _lines(records: Sequence[Record]) -> bytes:
    return "".join(record.to_json() + "\n" for record in records).encode()


def _picture_name(of: Record) -> str:
    """A cell of own-k or frozen may have the k of another one."""
    own = f".{of.track}" if of.track not in ("recipe", "reference") else ""
    return f"{of.task}{own}.k{of.latent_dim}.npz"


def _picture_facts(of: Record, content: bytes) -> dict[str, Any]:
    facts = {"task": of.task, "latent_dim": of.latent_dim, "track": of.track}
    return {**facts, "sha256": hashlib.sha256(content).hexdigest()}


def _text(manifest: Manifest) -> bytes:
    said = dataclasses.asdict(manifest)
    if not manifest.pictures:
        del said["pictures"]
    return (json.dumps(said, sort_keys=True, indent=1) + "\n").encode()


def _replace(folder: Path, files: Mapping[str, bytes]) -> None:
    """All files in a folder beside it first, then that in place of it: a reader never sees half of a pack."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".tmp-"))
        for name, content in files.items():
            (made / name).write_bytes(content)
        made.chmod(0o777 & ~_umask())
        shutil.rmtree(folder, ignore_errors=True)
        made.replace(folder)
    except OSError as error:
        raise StoreError(message(f"a folder that can be written at {folder}", str(error), "choose another")) from error


def _umask() -> int:
    os.umask(mask := os.umask(0))
    return mask


def _manifest(folder: Path) -> Manifest:
    try:
        return Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(message(f"a {MANIFEST} of this version in {folder}", str(error), AGAIN)) from error


def _first(folder: Path, manifest: Manifest, facts: Mapping[str, Any]) -> Record | None:
    """The first record of a cell at seed 0 in the file of its task."""
    wanted = {**{name: facts[name] for name in ("task", "latent_dim", "track")}, "seed": 0}
    for name in (f"{facts['task']}.jsonl{suffix}" for suffix in ("", GZIP)):
        if name in manifest.files and (folder / name).is_file():
            lines = _content(folder / name).decode().splitlines()
            said = (json.loads(line) for line in lines)
            return next((record_of(one) for one in said if wanted.items() <= one.items()), None)
    return None


def _records(file: Path, sha: str) -> list[Record]:
    content = _content(file)
    if hashlib.sha256(content).hexdigest() != sha:
        raise StoreError(message(f"{file} as {MANIFEST} knows it", "another sha256", AGAIN))
    try:
        records = [record_of(json.loads(line)) for line in content.decode().splitlines()]
    except (ValueError, TypeError) as error:
        raise StoreError(message(f"one record a line in {file}", str(error), AGAIN)) from error
    task = file.name.removesuffix(GZIP).removesuffix(".jsonl")
    if any(record.task != task for record in records):
        raise StoreError(message(f"records of task {task} in {file}", "those of another", AGAIN))
    return records


def _content(file: Path) -> bytes:
    """The lines of a file, unpacked where they are compressed."""
    content = file.read_bytes()
    if file.suffix != GZIP:
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise StoreError(message(f"a whole gzip file at {file}", str(error), AGAIN)) from error


def _said(of: Record | Manifest) -> tuple[str, ...]:
    return of.suite, of.suite_digest, of.submission, of.submission_sha256


def _told(record: Record) -> str:
    return f"one of {record.submission} ({record.submission_sha256[:7]}) on {record.suite} ({record.suite_digest[:7]})"
