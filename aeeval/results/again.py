"""Cells of a packed result run again here, and their numbers held beside those of the pack."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch

from aeeval.cells import TIMED, Cell, units
from aeeval.executors import EXECUTORS
from aeeval.executors.work import Settings, Work
from aeeval.ledger import MemoryLedger
from aeeval.metrics.base import Metric
from aeeval.record import Record, axes_label
from aeeval.results.case import Case
from aeeval.seeds import generator
from aeeval.submissions.checks.finding import require

RELATIVE, _LEAST = 5e-3, 1e-3
_WAY_OUT = "look for unseeded randomness, other files or versions; the pack stays self-reported"
Key = tuple[str, str]  # metric, axes


@dataclass(frozen=True)
class Compared:
    """One number of the pack and of the rerun: their difference over the tolerance, at most 1 where they agree."""

    what: str
    packed: float
    rerun: float
    tolerance: float

    @property
    def excess(self) -> float:
        """|packed − rerun| over the tolerance; equal numbers have none."""
        gap = abs(self.packed - self.rerun)
        return gap / self.tolerance if gap else 0.0


def again(case: Case) -> str:
    """Run the drawn cells again and say how near their numbers are; raises `SubmissionError` where they are not.

    Times are not compared. Of every other number the status has to be the same and the value within the tolerance of
    `tolerance`.
    """
    cells = drawn(case)
    work = Work(case.suite, (case.submission,), case.choice)
    found: list[Compared] = []
    ledger = MemoryLedger()
    for finished in EXECUTORS.get("local")(work, units(case.expected, cells), ledger, Settings()):
        found += compared(case, finished.cell, ledger.read(finished.cell))
    apart = sorted((one for one in found if one.excess > 1), key=lambda one: -one.excess)
    if apart:
        worst = apart[0]
        got = f"{len(apart)} of {len(found)} apart, {worst.what}: {worst.packed:.6g} packed, {worst.rerun:.6g} here"
        require(False, f"the numbers of {len(cells)} cells run again", got, _WAY_OUT)
    same = sum(one.packed == one.rerun for one in found)
    return f"{len(cells)} cells: {same} of {len(found)} numbers equal in every bit, the others within the tolerance"


def drawn(case: Case) -> list[Cell]:
    """The cells to run again: untimed ones, all or as many as asked for, drawn without replacement by the seed.

    Of those that the pack holds: that others are missing is told by a check of its own.
    """
    untimed = [cell for cell in case.expected if not cell.timed and cell in case.cells]
    count = len(untimed) if case.rerun is None else min(case.rerun, len(untimed))
    order = torch.randperm(len(untimed), generator=generator(case.seed))[:count]
    return [untimed[place] for place in sorted(order.tolist())]  # in the order of the plan: data are shared


def compared(case: Case, cell: Cell, records: Iterable[Record]) -> list[Compared]:
    """Every number of a cell beside that of the pack; another status, or another set of numbers, is an error."""
    here, there = _by_key(records), _by_key(case.cells.get(cell, ()))
    where = f"{cell.task} k={cell.latent_dim or 'own'} seed {cell.seed}"
    odd = sorted(" ".join(key) for key in here.keys() ^ there.keys())
    require(not odd, f"the same numbers on {where}", f"others: {', '.join(odd[:3])}", _WAY_OUT)
    data = {record.data_sha256 for record in (*here.values(), *there.values())}
    require(len(data) <= 1, f"the same rows on {where}", "others, by their sha256", _WAY_OUT)
    found = []
    for key, record in here.items():
        packed = there[key]
        name = f"{' '.join(key).strip()} on {where}"
        require(packed.status == record.status, f"{name} {record.status}", f"{packed.status} packed", _WAY_OUT)
        if record.value is not None and packed.value is not None:
            found.append(
                Compared(name, packed.value, record.value, tolerance(case.metrics[packed.metric], packed.value))
            )
    return found


def tolerance(metric: Metric, value: float) -> float:
    """How far a rerun may be from a packed value v: 5e-3 · max(|v|, c), above rounding and far below what gets a word.

    c = 1 for metrics whose effects are differences, max(floor, 1e-3) for those on the log scale. With torch's vector
    instructions switched off and a generic BLAS, as on another processor, 2,601 numbers of pca, mlp and vae on smoke
    moved by at most 2 % of it, but `answer_drift`, which is rounding itself, by 15 %, and counts by 42 %.
    """
    least = max(metric.floor, _LEAST) if metric.effect == "log" else 1.0
    return RELATIVE * max(abs(value), least)


def _by_key(records: Iterable[Record]) -> Mapping[Key, Record]:
    return {(r.metric, axes_label(r.axes)): r for r in records if r.capability != TIMED}
