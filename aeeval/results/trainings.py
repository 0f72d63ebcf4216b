"""How the models of results were trained: kept beside the cells of a run, and without the curves in packs."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from aeeval.errors import StoreError
from aeeval.results.packed import packs_below, trainings_in_pack
from aeeval.store import Store

CELL = ("suite", "suite_digest", "submission", "submission_sha256", "track", "task", "latent_dim", "seed")
LONG = ("curve",)  # what packs do without: half of their size would be curves
Suited = tuple[str, str]  # suite, submission
Row = Mapping[str, Any]


def trainings_in(folder: str | Path) -> list[Row]:
    """What is known of trainings in the packs at or below a folder and in the results folder itself, a row a cell.

    Each row names its cell by `CELL`, then has what `aeeval.fits.Judged.training` says. What was measured last counts.
    """
    found: dict[tuple[Any, ...], Row] = {}
    for pack in packs_below(folder):
        with suppress(StoreError, OSError, ValueError):  # who reads the records is told
            found |= {_cell(row): row for row in trainings_in_pack(pack)}
    found |= {_cell(row): row for row in trainings_of(Store(folder))}
    return list(found.values())


def trainings_of(store: Store) -> Iterator[Row]:
    """Those of a results folder, in the order in which its cells were written."""
    cells, _ = store.cells()
    for file in sorted(cells.files, key=lambda file: (file.written, file.key)):
        if not cells.timed(file) and (log := store.read_training(file.key)):
            cell = cells.cell(file)
            yield {**{name: getattr(cell, name) for name in CELL}, **log}


def log_of(row: Row) -> dict[str, Any]:
    """A row without its cell: what a results folder keeps of it."""
    return {name: value for name, value in row.items() if name not in CELL}


def short_trainings(store: Store) -> dict[Suited, bytes]:
    """What packs get of a run, a JSON line a cell of each submission on each suite, sorted; older versions too."""
    rows = {_cell(row): row for row in trainings_of(store)}
    found: dict[Suited, list[Row]] = {}
    for _, row in sorted(rows.items()):
        found.setdefault((row["suite"], row["submission"]), []).append(row)
    return {what: "".join(map(_line, some)).encode() for what, some in found.items()}


def _line(row: Row) -> str:
    return json.dumps({name: value for name, value in row.items() if name not in LONG}, sort_keys=True) + "\n"


def _cell(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in CELL)
