"""Pictures that a results folder lacks, made by training their models again; no number of the folder is touched."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aeeval.cells import Cell, Choice, Unit
from aeeval.errors import NotComparable, UsageError, message
from aeeval.executors import EXECUTORS
from aeeval.executors.work import Settings, Work
from aeeval.record import Record
from aeeval.results.case import OWN_K
from aeeval.runner import Outcome
from aeeval.session import load_apart
from aeeval.store import Store
from aeeval.submissions.submission import Submission
from aeeval.suite import Suite, load_suite

CAPABILITY = "reconstruction"  # the cheapest to measure beside: a picture needs the trained model, not the numbers
Kept = Callable[[str, Mapping[str, np.ndarray]], None]


@dataclass(frozen=True)
class Missing:
    """A cell of seed 0 that has numbers and no picture: its key, one of its records, and the seeds of its run."""

    key: str
    record: Record
    seeds: tuple[int, ...]

    @property
    def cell(self) -> Cell:
        """As the runner knows it."""
        k = 0 if self.record.track == OWN_K else self.record.latent_dim
        return Cell(False, self.record.task, 0, k, self.record.submission)

    def __str__(self) -> str:
        return f"{self.record.submission} on {self.record.task}, k={self.record.latent_dim}"


@dataclass
class _Ledger:
    """Keeps the pictures of cells, and nothing else that a run would."""

    keys: Mapping[Cell, str]
    keep_picture: Kept
    done: dict[Cell, str]

    def take(self, unit: Unit) -> tuple[Unit | None, bool]:
        return (None, False) if all(map(self.finished, unit.open)) else (unit, False)

    def keep(self, outcome: Outcome) -> None:
        if outcome.picture:
            self.keep_picture(self.keys[outcome.cell], outcome.picture)
        reasons = (one.reason for one in outcome.records if one.lost and one.reason)
        self.done[outcome.cell] = "" if outcome.picture else next(reasons, "the model cannot be drawn")

    def give_back(self, unit: Unit) -> None:
        """Nobody waits for it."""

    def finished(self, cell: Cell, ended: bool = False) -> bool:
        return cell in self.done


def missing(store: Store, submission: str | None = None, task: str | None = None) -> list[Missing]:
    """The cells of seed 0 without a picture, of all submissions and tasks or of those named, as the tables show them.

    Cells of which no number is ok are left out: there is no model to be drawn.
    """
    cells, _ = store.cells()
    found: dict[tuple[object, ...], Missing] = {}
    seeds: dict[tuple[object, ...], set[int]] = {}
    for file in sorted(cells.files, key=lambda file: (file.written, file.key)):
        if cells.timed(file):
            continue
        records = cells.of(file)
        first = records[0]
        if submission not in (None, first.submission) or task not in (None, first.task):
            continue
        of = (first.suite_digest, first.submission, first.track, first.task, first.latent_dim)
        seeds.setdefault(of, set()).add(first.seed)
        if first.seed == 0:
            found.pop(of, None)  # an older version of it
            if not store.has_picture(file.key) and "ok" in records.distinct("status"):
                found[of] = Missing(file.key, first, ())
    return [Missing(one.key, one.record, tuple(sorted(seeds[of]))) for of, one in found.items()]


def retrain(
    store: Store,
    wanted: Sequence[Missing],
    specs: Sequence[str] = (),
    suites: Sequence[str] = (),
    jobs: int = 1,
) -> Iterator[tuple[Missing, str]]:
    """Train each of the wanted models as its run did, and keep its picture; yields each with why there is none, or "".

    `specs` are submissions as `aeeval run` takes them, needed for those that are no baselines; `suites` files of
    suites that are none of ours. Raises `UsageError` for a name that cannot be found, and `NotComparable` where suite
    or submission are not what the numbers were made of: a picture has to be of the model that was measured.
    """
    made = [_Of(one, _suite(one.record, suites), _submission(one.record, specs)) for one in wanted]
    for suite, track in {(one.suite.digest, one.track): (one.suite, one.track) for one in made}.values():
        here = [one for one in made if (one.suite.digest, one.track) == (suite.digest, track)]
        by_cell = {one.missing.cell: one.missing for one in here}
        submissions = tuple({one.submission.name: one.submission for one in here}.values())
        ledger = _Ledger({cell: one.key for cell, one in by_cell.items()}, store.write_picture, {})
        units = [Unit(one.seeds, (cell,)) for cell, one in by_cell.items()]
        work = Work(suite, submissions, Choice((CAPABILITY,)))
        for finished in EXECUTORS.get("local")(work, units, ledger, Settings(jobs)):
            yield by_cell[finished.cell], ledger.done[finished.cell]


@dataclass(frozen=True)
class _Of:
    missing: Missing
    suite: Suite
    submission: Submission

    @property
    def track(self) -> str:
        """That of the submission; at a length of its own it is run beside."""
        return self.submission.track


def _suite(record: Record, suites: Sequence[str]) -> Suite:
    """The suite that a record names, as it was."""
    own = {suite.name: suite for suite in map(load_suite, suites)}
    suite = own.get(record.suite) or load_suite(record.suite)
    if suite.digest != record.suite_digest:
        got = f"{record.suite} of {record.suite_digest[:7]}, here it is {suite.digest[:7]}"
        raise NotComparable(message("numbers of the suite as it is", got, "run it again, or name its file: --suite"))
    return suite


def _submission(record: Record, specs: Sequence[str]) -> Submission:
    """The submission that a record names, as it was."""
    own = {submission.name: submission for submission in map(load_apart, specs)}
    found = own.get(record.submission) or load_apart(record.submission)
    if found.track == "frozen":
        raise UsageError(message("a model that is trained here", f"{record.submission}, trained already", "run it"))
    if found.sha256 != record.submission_sha256:
        got = f"{record.submission} of {record.submission_sha256[:7]}, here it is {found.sha256[:7]}"
        raise NotComparable(message("numbers of the submission as it is", got, "run it again"))
    return found.on_track(record.track)
