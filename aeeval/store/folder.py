"""A results folder: one atomic file a cell, named by its key, and what belongs to cells beside them."""

import io
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from aeeval.errors import StoreError, message
from aeeval.record import Record
from aeeval.store.claims import Claim, Claims, Held
from aeeval.store.files import write_whole

PARTS = ("cells", "claims", "data", "env", "models", "pictures", "tables")


@dataclass(frozen=True)
class Damaged:
    """A file of the store that cannot be read, and why; it is named, never counted."""

    path: Path
    reason: str


class Store:
    """A results folder: `cells/`, `claims/`, `data/`, `env/`, `models/`, `pictures/`, `tables/`."""

    def __init__(self, root: str | Path):
        self.root = Path(root)
        self._claims = Claims(self.root / "claims")

    def clear(self) -> None:
        """Forget all cells, models and pictures of this folder, and nothing else in it."""
        for part in PARTS:
            shutil.rmtree(self.root / part, ignore_errors=True)

    def has(self, key: str) -> bool:
        """Whether the cell of a key is finished."""
        return self._cell(key).is_file()

    def claim(self, key: str, label: str = "", again: bool = False) -> Claim | None:
        """The right to run a cell, or None where it is finished or another process, here or elsewhere, is at it.

        Never waits: who gets None goes on to another cell and asks again later, as a claim whose owner died is given to
        the next who asks (at once on the machine of the owner, within about a minute elsewhere). `label` is what
        `claims` shows of the cell. `again` gives finished cells too, to those who mean to run them once more. Raises
        `StoreError` where the folder cannot be written.

            with store.claim(key, "pca on sphere2-cap, k=3, seed 0") as claim:  # a thread keeps it alive
                store.write_cell(key, run(cell))
        """
        if self.has(key) and not again:
            return None
        claim = self._claims.claim(key, label)
        if claim and self.has(key) and not again:  # finished in between
            claim.release()
            return None
        return claim

    def release(self, key: str) -> None:
        """Let go of a cell that this process claimed; nothing happens where it did not."""
        self._claims.release(key)

    def claims(self) -> list[Held]:
        """Who is at which cell, since when and how lively, the longest first."""
        return self._claims.held()

    def write_cell(self, key: str, records: Sequence[Record]) -> None:
        """Write the records of a cell at once or not at all."""
        self._write(self._cell(key), "".join(record.to_json() + "\n" for record in records).encode())

    def read_cell(self, key: str) -> list[Record]:
        """The records of a finished cell."""
        return list(_read(self._cell(key)))

    def write_env(self, env: Mapping[str, Any]) -> str:
        """Write the description of this machine and its versions; -> the name that records carry."""
        import hashlib

        content = json.dumps(env, sort_keys=True, indent=1).encode()
        name = hashlib.sha256(content).hexdigest()[:12]
        if not (path := self.root / "env" / f"{name}.json").is_file():
            self._write(path, content)
        return name

    def write_card(self, data_sha256: str, card: Mapping[str, str]) -> None:
        """Write where the rows of a data set are from and what was done to them; records name it by its sha256."""
        if not (path := self.root / "data" / f"{data_sha256}.json").is_file():
            self._write(path, json.dumps(card, sort_keys=True, indent=1).encode())

    def write_picture(self, key: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Write the arrays of a picture, compressed; arrays only, no pickle."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
        self._write(self.root / "pictures" / f"{key}.npz", buffer.getvalue())

    def write_model(self, key: str, weights: Mapping[str, Any]) -> None:
        """Write trained weights; `torch.load(path, weights_only=True)` reads them."""
        import torch

        buffer = io.BytesIO()
        torch.save(dict(weights), buffer)
        self._write(self.root / "models" / f"{key}.pt", buffer.getvalue())

    def write_table(self, name: str, text: str) -> Path:
        """Write a rendered table; -> its path."""
        path = self.root / "tables" / name
        self._write(path, text.encode())
        return path

    def read(self) -> tuple[list[Record], list[Damaged]]:
        """All records, and the files that are none; where a submission was run in several versions, the latest.

        A submission's file may change between runs into one folder; its older cells stay on disk and are not shown.
        """
        records: dict[tuple[Any, ...], Record] = {}
        damaged: list[Damaged] = []
        for path in sorted((self.root / "cells").glob("*/*.jsonl"), key=lambda path: path.stat().st_mtime_ns):
            try:
                for record in _read(path):
                    records[record.identity] = record
            except StoreError as error:
                damaged.append(Damaged(path, str(error)))
        latest = {_version_of(record): record.submission_sha256 for record in records.values()}
        return [r for r in records.values() if r.submission_sha256 == latest[_version_of(r)]], damaged

    def _cell(self, key: str) -> Path:
        return self.root / "cells" / key[:2] / f"{key}.jsonl"

    def _write(self, path: Path, content: bytes) -> None:
        try:
            write_whole(path, content)
        except OSError as error:
            raise StoreError(
                message(f"a folder that can be written at {self.root}", str(error), "choose another --out")
            ) from error


def _version_of(record: Record) -> tuple[Any, ...]:
    return (record.suite_digest, record.task, record.submission, record.latent_dim, record.seed, record.capability)


def _read(path: Path) -> Iterator[Record]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        records = [Record.from_dict(json.loads(line)) for line in lines]
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(message("one record a line", f"{path}: {error}", "delete the file and run again")) from error
    if not records:
        raise StoreError(message("at least one record", f"{path}: an empty file", "delete it and run again"))
    yield from records


def stamped(records: Sequence[Record], env: str) -> list[Record]:
    """The same records with the name of their environment."""
    return [replace(record, env=env) for record in records]
