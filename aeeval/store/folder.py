"""A results folder: one atomic file a cell, named by its key, and what belongs to cells beside them."""

import io
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aeeval.errors import StoreError, message
from aeeval.files import write_whole
from aeeval.record import Record
from aeeval.records import Records
from aeeval.store.cellfile import to_bytes
from aeeval.store.claims import Claim, Claims, Held
from aeeval.store.reading import Cells, read_all, read_cells
from aeeval.store.shelf import Damaged, Shelf

if TYPE_CHECKING:
    import numpy as np

PARTS = (
    *("cells", "claims", "data", "env", "index", "models", "pictures"),
    *("plans", "quarantine", "suites", "tables", "trainings"),
)


class Store:
    """A results folder: its parts are `PARTS`; docs/results.md tells what is in each of them."""

    def __init__(self, root: str | Path):
        self.root = Path(root)
        self._claims = Claims(self.root / "claims")
        self._shelf = Shelf(self.root)
        self._set_aside: list[Path] = []

    def clear(self) -> None:
        """Forget all cells, models and pictures of this folder, and nothing else in it."""
        for part in PARTS:
            shutil.rmtree(self.root / part, ignore_errors=True)

    def has(self, key: str) -> bool:
        """Whether the cell of a key is finished."""
        return self._shelf.path(key).is_file()

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

    def write_cell(self, key: str, records: Sequence[Record], written: int | None = None) -> None:
        """Write the records of a cell at once or not at all, now or as if it had been at a time in ns."""
        self._write(self._shelf.path(key), to_bytes(key, records))
        if written is not None:
            os.utime(self._shelf.path(key), ns=(written, written))

    def put(self, part: str, name: str, content: bytes) -> None:
        """Write a file whose name tells what is in it into one of `PARTS`, unless it is there."""
        if not (path := self.root / part / name).is_file():
            self._write(path, content)

    def read_cell(self, key: str) -> Records | None:
        """The records of a cell; None where it is not finished, or its file was damaged and is now set aside."""
        if not self.has(key):
            return None
        try:
            return self._shelf.read(self._shelf.path(key))
        except ValueError:
            self._set_aside.append(self._shelf.set_aside(self._shelf.path(key)))
            return None

    @property
    def damaged(self) -> list[Damaged]:
        """What is wrong with the files that `read_cell` set aside."""
        return [one for path in self._set_aside if (one := self._shelf.damaged(path))]

    def write_env(self, env: Mapping[str, Any]) -> str:
        """Write the description of this machine and its versions; -> the name that records carry."""
        import hashlib

        content = json.dumps(env, sort_keys=True, indent=1).encode()
        name = hashlib.sha256(content).hexdigest()[:12]
        self.put("env", f"{name}.json", content)
        return name

    def write_card(self, data_sha256: str, card: Mapping[str, str]) -> None:
        """Write where the rows of a data set are from and what was done to them; records name it by its sha256."""
        self.put("data", f"{data_sha256}.json", json.dumps(card, sort_keys=True, indent=1).encode())

    def write_picture(self, key: str, arrays: Mapping[str, "np.ndarray"]) -> None:
        """Write the arrays of a picture, compressed; arrays only, no pickle."""
        import numpy as np

        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
        self._write(self.root / "pictures" / f"{key}.npz", buffer.getvalue())

    def has_picture(self, key: str) -> bool:
        """Whether the arrays of a cell's picture are there."""
        return (self.root / "pictures" / f"{key}.npz").is_file()

    def write_model(self, key: str, weights: Mapping[str, Any]) -> None:
        """Write trained weights; `torch.load(path, weights_only=True)` reads them."""
        import torch

        buffer = io.BytesIO()
        torch.save(dict(weights), buffer)
        self._write(self.root / "models" / f"{key}.pt", buffer.getvalue())

    def write_training(self, key: str, log: Mapping[str, str | float]) -> None:
        """Write how the training of a cell went: steps made, best step, validation loss, seconds, and what ended it."""
        self._write(self.root / "trainings" / f"{key}.json", json.dumps(dict(log), sort_keys=True, indent=1).encode())

    def read_training(self, key: str) -> dict[str, Any]:
        """What is kept of the training of a cell; empty where nothing is, or nothing that can be read."""
        with suppress(OSError, ValueError):
            kept = json.loads((self.root / "trainings" / f"{key}.json").read_bytes())
            return kept if isinstance(kept, dict) else {}
        return {}

    def write_table(self, name: str, text: str) -> Path:
        """Write a rendered table; -> its path."""
        path = self.root / "tables" / name
        self._write(path, text.encode())
        return path

    def read(self) -> tuple[Records, list[Damaged]]:
        """All records, and the files that are none; where a submission was run in several versions, the latest.

        A submission's file may change between runs into one folder; its older cells stay on disk and are not shown. The
        order is that of the suite, whoever ran the cells when. Files that are cut off, changed or foreign are moved
        into `quarantine/`, and are told again until their cells were measured anew. Raises `NewerSchema` where a newer
        version wrote into the folder.
        """
        return read_all(self._shelf, self._task_places())

    def cells(self) -> tuple[Cells, list[Damaged]]:
        """Every cell as it stands here, older versions too, and what is wrong with other files; nothing is moved."""
        cells = read_cells(self._shelf)
        return cells, [one for path in cells.bad if (one := self._shelf.damaged(path))]

    def replaced(self) -> list[Path]:
        """The damaged files that were set aside and whose cells were measured anew since."""
        return self._shelf.replaced()

    def write_suite(self, digest: str, name: str, version: int, tasks: Sequence[str]) -> None:
        """Write the order of a suite's tasks: that of the tables, and what `prune` knows suites by."""
        content = {"name": name, "version": version, "tasks": list(tasks)}
        self.put("suites", f"{digest}.json", json.dumps(content, indent=1).encode())

    def _task_places(self) -> dict[str, dict[str, int]]:
        """The place of each task in each suite; a file that cannot be read leaves its tasks in the order of names."""
        places: dict[str, dict[str, int]] = {}
        for path in (self.root / "suites").glob("*.json"):
            with suppress(OSError, ValueError, KeyError, TypeError):
                tasks = json.loads(path.read_bytes())["tasks"]
                places[path.stem] = {str(task): place for place, task in enumerate(tasks)}
        return places

    def _write(self, path: Path, content: bytes) -> None:
        try:
            write_whole(path, content)
        except OSError as error:
            raise StoreError(
                message(f"a folder that can be written at {self.root}", str(error), "choose another --out")
            ) from error


def stamped(records: Sequence[Record], env: str) -> list[Record]:
    """The same records with the name of their environment."""
    return [replace(record, env=env) for record in records]
