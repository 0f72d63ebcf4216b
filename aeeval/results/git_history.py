"""Results that git remembers: the records of a submission at every commit that changed them."""

import gzip
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aeeval.errors import StoreError, UsageError, message
from aeeval.record import Record
from aeeval.store.schema import record_of

LINES = (".jsonl", ".jsonl.gz")  # files with a record a line


@dataclass(frozen=True)
class Committed:
    """The records of a submission as one commit holds them."""

    commit: str
    date: str
    subject: str
    records: tuple[Record, ...]


def committed(path: str | Path, submission: str) -> list[Committed]:
    """Every state of the .jsonl files at or below a path, the oldest first, without commits that changed nothing of it.

    Raises `UsageError` where git does not know the path.
    """
    place = Path(path).resolve()
    folder = place if place.is_dir() else place.parent
    root = Path(_git(folder, "rev-parse", "--show-toplevel").strip())
    inside = place.relative_to(root).as_posix()
    log = _git(root, "log", "--reverse", "--format=%H%x09%cs%x09%s", "--", inside)
    found: list[Committed] = []
    for line in log.splitlines():
        commit, date, subject = line.split("\t", 2)
        records = tuple(_records(root, commit, inside, submission))
        if records and (not found or records != found[-1].records):
            found.append(Committed(commit[:9], date, subject, records))
    return found


def _records(root: Path, commit: str, inside: str, submission: str) -> Iterator[Record]:
    files = _git(root, "ls-tree", "-r", "--name-only", "-z", commit, "--", inside).split("\0")
    for file in sorted(name for name in files if name.endswith(LINES)):
        content = _output(root, "show", f"{commit}:{file}")
        for line in (gzip.decompress(content) if file.endswith(".gz") else content).decode().splitlines():
            if f'"{submission}"' in line:  # most lines of a file of many are of others: parse only those that may fit
                yield from _parsed(line, submission, f"{commit[:9]}:{file}")


def _parsed(line: str, submission: str, where: str) -> Iterator[Record]:
    try:
        record = record_of(json.loads(line))
    except (ValueError, TypeError) as error:
        raise StoreError(message(f"records in {where}", str(error), "name a path that holds results alone")) from error
    if record.submission == submission:
        yield record


def _git(folder: Path, *arguments: str) -> str:
    return _output(folder, *arguments).decode()


def _output(folder: Path, *arguments: str) -> bytes:
    try:
        return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=True).stdout
    except OSError as error:
        raise UsageError(message("git", str(error), "install it, or name folders of runs")) from error
    except subprocess.CalledProcessError as error:
        told = error.stderr.decode(errors="replace").strip()
        raise UsageError(message("a path that git knows", told, "run it inside the repository")) from error
