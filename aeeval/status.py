"""How far a results folder is: what its last run planned, who is at work, and how long the rest will take."""

import hashlib
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from aeeval.errors import StoreError, message
from aeeval.store import Held, Store

RECENT = 100
PAUSE = 20.0  # so many times the usual gap between two cells is no gap but a pause between runs


@dataclass(frozen=True)
class Status:
    """Cells of the latest plan by what they are: labels, or how many.

    `seconds_left`: at the pace of the last cells; None where nobody is at work or no pace is known.
    """

    suite: str
    planned: int
    done: int
    failed: tuple[str, ...]
    running: tuple[Held, ...]
    damaged: int
    seconds_left: float | None

    @property
    def waiting(self) -> int:
        """Cells that nobody has begun."""
        return max(0, self.planned - self.done - len(self.running))


def write_plan(store: Store, suite: str, labels: Mapping[str, str]) -> None:
    """Keep what a run is about to do: the label of every cell by its key."""
    content = json.dumps({"suite": suite, "cells": labels}, indent=0).encode()
    name = f"{hashlib.sha256(content).hexdigest()[:16]}.json"
    store.put("plans", name, content)
    (store.root / "plans" / name).touch()  # the one that was run last is the one that is meant


def read_status(folder: str | Path) -> Status:
    """The status of a results folder; nothing in it is changed. Raises `StoreError` where no run has begun."""
    store = Store(folder)
    suite, labels = _latest_plan(store.root)
    done = [key for key in labels if store.has(key)]
    running = tuple(held for held in store.claims() if held.key in labels and not held.over)
    left = len(labels) - len(done)
    pace = _pace([store.root / "cells" / key[:2] / f"{key}.jsonl" for key in done])
    failed, damaged = _failed(store, labels)
    seconds = pace * left if pace is not None and running else None
    return Status(suite, len(labels), len(done), failed, running, damaged, seconds)


def _latest_plan(root: Path) -> tuple[str, Mapping[str, str]]:
    plans = sorted((root / "plans").glob("*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in plans:
        try:
            content = json.loads(path.read_bytes())
            return content["suite"], content["cells"]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # cut off or foreign: an older one is better than none
    raise StoreError(message(f"a run in {root}", "none that has begun", f"start one: aeeval run --out {root}"))


def _failed(store: Store, labels: Mapping[str, str]) -> tuple[tuple[str, ...], int]:
    """The labels of finished cells with a failed or timed-out number, and how many files are damaged."""
    cells, damaged = store.cells()
    lost = []
    for file in cells.files:
        if file.key in labels and any(record.lost for record in cells.of(file)):
            lost.append(labels[file.key])
    return tuple(sorted(lost)), len(damaged)


def _pace(paths: Sequence[Path]) -> float | None:
    """Seconds between two finished cells, of the last hundred and without pauses between runs; None of too few."""
    times = sorted(path.stat().st_mtime for path in paths if path.exists())[-RECENT:]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    if not gaps:
        return None
    usual = statistics.median(gaps)
    kept = [gap for gap in gaps if gap <= PAUSE * max(usual, 0.1)]
    return statistics.fmean(kept)
