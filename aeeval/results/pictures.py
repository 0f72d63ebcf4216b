"""Pictures of results, wherever they lie: in the folder of a run, or shortened in packs."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aeeval.errors import StoreError, message
from aeeval.record import Record
from aeeval.results.packed import AGAIN, packs_below, picture_file, pictures_in_pack
from aeeval.results.short import lengthen, shorten, to_bytes
from aeeval.store import Store
from aeeval.store.pictures import pictured, read_picture

Suited = tuple[str, str]  # suite, submission


@dataclass(frozen=True)
class Picture:
    """The picture of a cell: `record` is one of its records, `source` a results folder or a pack, `name` the file."""

    record: Record
    source: Store | Path
    name: str

    def read(self) -> dict[str, np.ndarray]:
        """Its arrays, as `aeeval.pictures.picture` says; `StoreError` where the file is torn or another one."""
        if isinstance(self.source, Store):
            return read_picture(self.source, self.name)
        content = picture_file(self.source, self.name)
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as held:
                return lengthen({name: held[name] for name in held.files})
        except (ValueError, zipfile.BadZipFile, EOFError) as error:
            raise StoreError(message(f"arrays of a picture in {self.source / self.name}", str(error), AGAIN)) from error


def pictures_in(folder: str | Path) -> Iterator[Picture]:
    """All pictures of the packs at or below a folder, then those of the results folder itself.

    Where a cell has both, the longer one comes last. Packs that cannot be read are left out: who reads their records
    is told.
    """
    for pack in packs_below(folder):
        with suppress(StoreError, ValueError):
            yield from pictures_of_pack(pack)
    store = Store(folder)
    yield from (Picture(record, store, key) for key, record in pictured(store))


def pictures_of_pack(pack: Path) -> Iterator[Picture]:
    """Those of one pack."""
    return (Picture(record, pack, name) for record, name in pictures_in_pack(pack))


def short_pictures(store: Store, which: str) -> dict[Suited, list[tuple[Record, bytes]]]:
    """What packs get of a run: the shortened pictures of each submission on each suite; nothing for "none".

    "one" is of each task the picture at the code length nearest to e(S), the least dimension that holds the support;
    the shortest code where that is not known. Pictures of older versions of a submission are left out.
    """
    if which == "none":
        return {}
    current = _current(store)
    found: dict[Suited, dict[tuple[str, str], list[tuple[Record, dict[str, np.ndarray]]]]] = {}
    for key, record in pictured(store):
        if _version(record) in current:
            tasks = found.setdefault((record.suite, record.submission), {})
            tasks.setdefault((record.task, record.track), []).append((record, read_picture(store, key)))
    return {
        what: [
            (record, to_bytes(shorten(arrays)))
            for _, some in sorted(tasks.items())
            for record, arrays in ([min(some, key=_off)] if which == "one" else sorted(some, key=_length))
        ]
        for what, tasks in found.items()
    }


def _off(one: tuple[Record, Mapping[str, np.ndarray]]) -> tuple[int, int]:
    record, arrays = one
    least = int(arrays["embedding_dim"]) if "embedding_dim" in arrays else 0
    return abs(record.latent_dim - least), record.latent_dim


def _length(one: tuple[Record, Mapping[str, np.ndarray]]) -> int:
    return one[0].latent_dim


def _current(store: Store) -> set[tuple[str, str, str]]:
    """The versions whose records the folder shows."""
    records, _ = store.read()
    return set(records.distinct("suite_digest", "submission", "submission_sha256"))


def _version(record: Record) -> tuple[str, str, str]:
    return record.suite_digest, record.submission, record.submission_sha256
