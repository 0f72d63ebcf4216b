"""The pictures that runs have stored, by what they are of: `pictures/*.npz` of results folders."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from aeeval.record import Record
from aeeval.report.sections import Entrant, entrant
from aeeval.store import Store
from aeeval.store.pictures import pictured, read_picture

What = tuple[str, str, Entrant]  # digest of the suite, task, who


@dataclass(frozen=True)
class Stored:
    """Where the picture of each entrant on each task is, by code length."""

    found: Mapping[What, Mapping[int, tuple[Store, str]]] = field(default_factory=dict)

    @classmethod
    def below(cls, folders: Iterable[str | Path]) -> "Stored":
        """Those of some results folders; of the same picture in two folders, that of the last."""
        found: dict[What, dict[int, tuple[Store, str]]] = {}
        for folder in folders:
            store = Store(folder)
            for key, record in pictured(store):
                found.setdefault(_what(record), {})[record.latent_dim] = (store, key)
        return cls(found)

    def lengths(self, digest: str, task: str, who: Entrant) -> list[int]:
        """The code lengths at which there is a picture."""
        return sorted(self.found.get((digest, task, who), ()))

    def read(self, digest: str, task: str, who: Entrant, latent_dim: int) -> dict[str, np.ndarray]:
        """The arrays of a picture; `StoreError` where the file is torn."""
        store, key = self.found[digest, task, who][latent_dim]
        return read_picture(store, key)


def _what(record: Record) -> What:
    return record.suite_digest, record.task, entrant(record)
