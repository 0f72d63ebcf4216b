"""Ledgers: where finished cells are kept, and who may run which. In a results folder, or in memory alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aeeval.cells import Cell, Unit
from aeeval.environment import environment
from aeeval.errors import StoreError, message
from aeeval.record import Record
from aeeval.runner import Outcome
from aeeval.store import Claim, Store, stamped

Taken = tuple[Unit | None, bool]


@dataclass(frozen=True)
class Scene:
    """What the environment of records says beside machine and versions."""

    device: str
    in_process: tuple[str, ...] = ()
    isolation: Mapping[str, Any] = field(default_factory=dict)


class MemoryLedger:
    """Keeps everything in this process; nobody else is at work on it."""

    def __init__(self) -> None:
        self.records: dict[Cell, list[Record]] = {}
        self.pictures: list[tuple[Record, Mapping[str, Any]]] = []

    def take(self, unit: Unit) -> Taken:
        """The unit as it is."""
        return unit, False

    def keep(self, outcome: Outcome) -> None:
        """Keep the records, and the arrays of pictures with one of them."""
        self.records[outcome.cell] = list(outcome.records)
        if outcome.picture and outcome.records:
            self.pictures.append((outcome.records[0], outcome.picture))

    def give_back(self, unit: Unit) -> None:
        """Nobody waits for it."""

    def finished(self, cell: Cell, ended: bool = False) -> bool:
        """Whether a cell is kept."""
        return cell in self.records

    def read(self, cell: Cell) -> Sequence[Record]:
        """The records of a kept cell."""
        return self.records[cell]


class StoreLedger:
    """Keeps cells in a results folder, each under its key, and claims those that it hands out.

    `again` are finished cells that are to be run once more. Pickled, it is the same ledger for another machine, whose
    environment its records then name.
    """

    def __init__(self, root: Path, keys: Mapping[Cell, str], scene: Scene, again: Iterable[Cell] = ()):
        self._store, self._keys, self._scene, self._again = Store(root), keys, scene, set(again)
        self._claims: dict[Cell, Claim] = {}
        self._env = ""

    def __reduce__(self) -> tuple[Any, ...]:
        return StoreLedger, (self._store.root, self._keys, self._scene, tuple(self._again))

    def finished(self, cell: Cell, ended: bool = False) -> bool:
        """Whether a cell is kept, by whomever; one that is run again counts when whoever ran it has `ended`."""
        return (ended or cell not in self._again) and self._store.has(self._keys[cell])

    def take(self, unit: Unit) -> Taken:
        """Claim all open cells of the unit or none; a thread keeps each claim alive."""
        wanted = [cell for cell in unit.open if not self.finished(cell)]
        for cell in wanted:
            claim = self._store.claim(self._keys[cell], label(cell), again=cell in self._again)
            if claim is not None:
                self._claims[cell] = claim.__enter__()
            elif not self.finished(cell):
                self.give_back(unit)
                return None, True
        held = tuple(cell for cell in wanted if cell in self._claims)
        return (Unit(unit.seeds, held), False) if held else (None, False)

    def keep(self, outcome: Outcome) -> None:
        """Write a cell and what belongs to it; the records last: a cell that is there is whole."""
        store, key = self._store, self._keys[outcome.cell]
        records = stamped(outcome.records, self._environment())
        if outcome.picture:
            store.write_picture(key, outcome.picture)
        if outcome.card:
            store.write_card(records[0].data_sha256, outcome.card)
        if outcome.weights:
            store.write_model(key, outcome.weights)
        if outcome.training:
            store.write_training(key, outcome.training)
        store.write_cell(key, records)
        self._again.discard(outcome.cell)
        self._release(outcome.cell)

    def give_back(self, unit: Unit) -> None:
        """Release what is still claimed of it."""
        for cell in unit.open:
            self._release(cell)

    def read(self, cell: Cell) -> Sequence[Record]:
        """The records of a kept cell."""
        self._again.discard(cell)
        if (records := self._store.read_cell(self._keys[cell])) is None:
            way_out = "look at the disk, and run the same command again"
            raise StoreError(
                message("the cell that was written just now", f"none that is whole: {label(cell)}", way_out)
            )
        return records

    def _release(self, cell: Cell) -> None:
        if claim := self._claims.pop(cell, None):
            claim.release()

    def _environment(self) -> str:
        if not self._env:
            scene = self._scene
            self._env = self._store.write_env(environment(scene.device, scene.in_process, scene.isolation))
        return self._env


def label(cell: Cell) -> str:
    """What `aeeval status` shows of a cell."""
    timed = ", timed" if cell.timed else ""
    return f"{cell.submission} on {cell.task}, k={cell.latent_dim or 'own'}, seed {cell.seed}{timed}"
