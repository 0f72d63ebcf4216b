"""The cells of a results folder on disk: where they lie, what lies there that is none, and where that is set aside."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from aeeval.errors import StoreError, message
from aeeval.records import Builder, Records
from aeeval.store import cellfile
from aeeval.store.decode import Decoder
from aeeval.store.schema import NewerSchema

CELLS, ASIDE = "cells", "quarantine"
_NAME = re.compile(r"([0-9a-z]{2,})\.jsonl")
_NAME_ASIDE = re.compile(r"([0-9a-z]{2,})(?:\.\d+)?\.jsonl")


@dataclass(frozen=True)
class Damaged:
    """A file of the store that cannot be read, and why; it is named, set aside where possible, and never counted."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Shelf:
    """The folders `cells` and `quarantine` of a results folder."""

    root: Path

    def path(self, key: str) -> Path:
        """The file of a cell."""
        return self.root / CELLS / key[:2] / f"{key}.jsonl"

    def files(self) -> tuple[list[os.DirEntry], list[Path]]:
        """The files of cells, and everything else that lies among them; names with a dot in front are nobody's."""
        cells: list[os.DirEntry] = []
        foreign: list[Path] = []
        for shard in _entries(self.root / CELLS):
            if not shard.is_dir():
                foreign.append(Path(shard.path))
                continue
            for entry in _entries(Path(shard.path)):
                known = _NAME.fullmatch(entry.name)
                if known and known[1].startswith(shard.name) and len(shard.name) == 2 and entry.is_file():
                    cells.append(entry)
                else:
                    foreign.append(Path(entry.path))
        return cells, foreign

    def read(self, path: Path | str) -> Records:
        """The records of a file; raises `ValueError` with what is wrong with it, `StoreError` where nobody can tell."""
        builder = Builder()
        self.add_to(builder, path)
        return builder.records()

    def add_to(self, builder: Builder, path: Path | str, decoder: Decoder | None = None) -> None:
        """Add the records of a file; raises as `read` does."""
        key = os.path.basename(path).partition(".")[0]  # noqa: PTH119  a Path for each file costs more than reading it
        try:
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123
                content = file.read()
        except OSError as error:
            raise StoreError(message(f"a readable file {path}", str(error), "check who may read it")) from error
        try:
            cellfile.add_to(builder, key, content, decoder)
        except NewerSchema as error:
            raise NewerSchema(f"{path}: {error}") from error

    def set_aside(self, path: Path) -> Path:
        """Move what is no file of a cell into the quarantine; -> where it lies now.

        It stays where it is in a folder that cannot be written, and where another process has just put a whole file in
        place of it.
        """
        folder = self.root / ASIDE
        try:
            folder.mkdir(exist_ok=True)
            place = next(place for place in _places(folder / path.name) if not place.exists())
            path.rename(place)
        except OSError:
            return path
        if _NAME.fullmatch(path.name) and self.damaged(place) is None and not path.exists():
            with suppress(OSError):
                place.rename(path)
                return path
        return place

    def aside(self) -> list[Path]:
        """What lies in the quarantine, but for the files whose cells were measured anew since."""
        return [path for path in self._all_aside() if not self._measured_anew(path)]

    def replaced(self) -> list[Path]:
        """The files in the quarantine whose cells were measured anew."""
        return [path for path in self._all_aside() if self._measured_anew(path)]

    def damaged(self, path: Path) -> Damaged | None:
        """What is wrong with a file, and the way out; None where it is whole."""
        if _NAME_ASIDE.fullmatch(path.name) is None:
            got = f"{path}, which is none by its name"
            return Damaged(path, message("files of cells in a results folder", got, "move it elsewhere"))
        try:
            self.read(path)
        except ValueError as error:
            way_out = "run again: its cell is measured anew; then delete it"
            return Damaged(path, message("the whole file of one cell", f"{path}: {error}", way_out))
        except NewerSchema:
            raise
        except StoreError as error:
            return Damaged(path, str(error))
        return None

    def _all_aside(self) -> list[Path]:
        return sorted((self.root / ASIDE).glob("*"))

    def _measured_anew(self, path: Path) -> bool:
        known = _NAME_ASIDE.fullmatch(path.name)
        return bool(known and self.path(known[1]).exists())


def _entries(folder: Path) -> Iterator[os.DirEntry]:
    """The entries of a folder by name; none where it is not there."""
    try:
        with os.scandir(folder) as found:
            entries = sorted((entry for entry in found if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    yield from entries


def _places(path: Path) -> Iterator[Path]:
    yield path
    for number in count(2):
        yield path.with_name(f"{path.stem}.{number}{path.suffix}")
