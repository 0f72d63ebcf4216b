"""A packed result under examination, beside what this checkout says that it has to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from aeeval.cells import TIMED, Cell, Choice, plan
from aeeval.metrics import all_metrics
from aeeval.metrics.base import Metric
from aeeval.record import Record
from aeeval.results.packed import Packed, read_packed
from aeeval.session import data_session
from aeeval.submissions.load import load
from aeeval.submissions.submission import Submission
from aeeval.suite import Suite, load_suite

OWN_K = "own-k"


@dataclass(frozen=True)
class Case:
    """What a check looks at: the pack, the suite and the submission of this checkout, and what to run again.

    `rerun`: how many cells are run again, those drawn by `seed`; None is all of them.
    """

    packed: Packed
    suite: Suite
    submission: Submission
    choice: Choice
    rerun: int | None = 0
    seed: int = 0

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """Every metric of this checkout by its id."""
        return {metric.id: metric for metric in all_metrics()}

    @cached_property
    def expected(self) -> Sequence[Cell]:
        """The whole grid of the suite for this submission."""
        return plan(self.suite, [self.submission], self.choice)

    @cached_property
    def cells(self) -> Mapping[Cell, list[Record]]:
        """The records of each cell; a code length that the submission chose itself is that of one cell, 0."""
        cells: dict[Cell, list[Record]] = {}
        for record in self.packed.records:
            cells.setdefault(cell_of(record), []).append(record)
        return cells


def cell_of(record: Record) -> Cell:
    """The cell that a record came from."""
    k = 0 if record.track == OWN_K else record.latent_dim
    return Cell(record.capability == TIMED, record.task, record.seed, k, record.submission)


def make_case(
    folder: str | Path,
    *,
    submission: str | None = None,
    suite: str | None = None,
    data: str | None = None,
    rerun: int | None = 0,
    seed: int = 0,
    device: str = "cpu",
) -> Case:
    """The case of a packed folder.

    `submission` is a spec (the name of the pack by default, as that of a baseline), `suite` a name or path (that of the
    pack by default), `data` the rows of a trained model, as for `aeeval run`. Raises `StoreError` where the folder is
    no whole pack, `UsageError` where suite, submission or data are not here.
    """
    packed = read_packed(Path(folder))
    name = packed.manifest.submission
    found = load(f"{name}={submission.rpartition('=')[2]}" if submission else name).on_track(packed.records[0].track)
    choice = Choice(device=device)
    if data is None:
        return Case(packed, load_suite(suite or packed.manifest.suite), found, choice, rerun, seed)
    dims = sorted({record.latent_dim for record in packed.records}) if found.track != "frozen" else ()
    session = data_session([found], data, choice, latent_dims=dims, reference=False)
    return Case(packed, session.suite, session.submissions[0], choice, rerun, seed)
