"""A session: a suite and its submissions, run into a store and resumable from it."""

import dataclasses
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from aeeval import bundled
from aeeval.cache import cache_dir
from aeeval.cells import Cell, Choice, cell_key, plan, units
from aeeval.datasets.files import read_arrays
from aeeval.datasets.hubs import on_hub
from aeeval.datasets.identity import identity
from aeeval.datasets.own import arrays_in_memory
from aeeval.datasets.places import require
from aeeval.datasets.python_file import from_python, names_python
from aeeval.datasets.real import arrays_digest
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.errors import DataError, SubmissionError, UsageError, message
from aeeval.executors import EXECUTORS
from aeeval.executors.cage import protections
from aeeval.executors.pool import describe
from aeeval.executors.work import Allowance, Finished, Settings, Work, elsewhere
from aeeval.ledger import MemoryLedger, Scene, StoreLedger, label
from aeeval.record import Record
from aeeval.status import write_plan
from aeeval.store import Store
from aeeval.store.folder import PARTS
from aeeval.submissions.build import own_length
from aeeval.submissions.load import PYTHON, broken, load
from aeeval.submissions.spec import parse
from aeeval.submissions.submission import Submission
from aeeval.suite import Suite, Task, ThroughputPlan, digest_of

Progress = Callable[[Finished], None]
IN_PROCESS, ABSENT = "inline", "absent"


@dataclass(frozen=True)
class Session:
    """What is run, and how: `submissions` with the suite's reference rows among them.

    `retry_failed`: finished cells with a failed or timed-out number are run once more. `trust`: pickles in trained
    models may run their author's code. `cluster`: what executors of a cluster are told. `allowance`: what a submission
    may use beside the budget of its task.
    """

    suite: Suite
    submissions: tuple[Submission, ...]
    choice: Choice = field(default_factory=Choice)
    jobs: int = 1
    executor: str = "local"
    retry_failed: bool = False
    trust: bool = False
    cluster: Settings = field(default_factory=Settings)
    allowance: Allowance = field(default_factory=Allowance)

    @property
    def work(self) -> Work:
        """What a worker needs."""
        return Work(self.suite, self.submissions, self.choice, trust=self.trust, allowance=self.allowance)

    @cached_property
    def grid(self) -> dict[Cell, str]:
        """Every cell of the session, in the order of the plan, with its key."""
        by_name = {submission.name: submission for submission in self.submissions}
        return {
            cell: cell_key(cell, self.suite, by_name[cell.submission], self.choice, data)
            for cell in plan(self.suite, self.submissions, self.choice)
            for data in (ABSENT if cell.task in self.absent else str(self._data[cell.task]),)
        }

    def cells(self) -> dict[str, Cell]:
        """Every cell of the session by its key."""
        return {key: cell for cell, key in self.grid.items()}

    @cached_property
    def _data(self) -> dict[str, str | DataError]:
        """The identity of the rows of every task that is run, or why they are not here."""
        chosen = self.choice.tasks
        tasks = [task for task in self.suite.tasks if chosen is None or task.id in chosen]
        found = {task.id: _identity(task.data) for task in tasks}
        if found and all(isinstance(one, DataError) for one in found.values()):
            require(task.data.dataset for task in tasks if task.data.dataset and not on_hub(task.data.dataset))
            raise next(one for one in found.values() if isinstance(one, DataError))
        return found

    @cached_property
    def absent(self) -> dict[str, str]:
        """Task -> why its rows are not here, and what brings them; never all tasks, as then there is nothing to run."""
        return {task: str(told).splitlines()[0] for task, told in self._data.items() if isinstance(told, DataError)}

    def run(
        self, store: Store | None = None, progress: Progress | None = None, memory: MemoryLedger | None = None
    ) -> list[Record]:
        """All records of the session; cells that the store holds already are read, not run again.

        Without a store, `memory` may be given: it keeps pictures too.
        """
        done: dict[Cell, Sequence[Record]] = {
            cell: kept for cell, key in self.grid.items() if store and (kept := store.read_cell(key))
        }
        again = [cell for cell, records in done.items() if self.retry_failed and any(record.lost for record in records)]
        wanted = [cell for cell in self.grid if cell not in done or cell in again]
        ledger = memory or self._ledger(store, again)
        if store:
            write_plan(store, self.suite.name, {key: label(cell) for cell, key in self.grid.items()})
        for finished in self._lost(wanted, ledger):
            done[finished.cell] = ledger.read(finished.cell)
            if progress:
                progress(finished)
        if wanted := [cell for cell in wanted if cell.task not in self.absent]:
            run = EXECUTORS.get(self.executor)
            folder = str(store.root.absolute() / "slurm") if store else ""
            settings = replace(self.cluster, jobs=self.jobs, folder=folder)
            for finished in run(self._guarded(store), units(list(self.grid), wanted), ledger, settings):
                done[finished.cell] = ledger.read(finished.cell)
                for note in finished.notes:
                    warnings.warn(note, stacklevel=2)
                if progress:
                    progress(finished)
        return [record for cell in self.grid for record in done[cell]]

    def _lost(self, wanted: Iterable[Cell], ledger: MemoryLedger | StoreLedger) -> Iterator[Finished]:
        """Cells whose data are not here fail, each with what brings them; once these are here, the cells are others."""
        runner = self.work.runner()
        for cell in (cell for cell in wanted if cell.task in self.absent):
            outcome = runner.lost(cell, self.absent[cell.task])
            ledger.keep(outcome)
            yield Finished.of(outcome)

    def _ledger(self, store: Store | None, again: Iterable[Cell]) -> MemoryLedger | StoreLedger:
        if store is None:
            return MemoryLedger()
        suite = self.suite
        store.write_suite(suite.digest, suite.name, suite.version, [task.id for task in suite.tasks])
        everything_here = self.executor == IN_PROCESS
        here = (one.name for one in self.submissions if everything_here or not one.source)
        isolation = {} if everything_here else protections()
        return StoreLedger(store.root, self.grid, Scene(self.choice.device, tuple(sorted(here)), isolation), again)

    def _guarded(self, store: Store | None) -> Work:
        """The work with what its submissions shall not read: results, and data on disk."""
        parts = [store.root.absolute() / part for part in PARTS] if store else []
        files = [Path(task.data.path).absolute() for task in self.suite.tasks if task.data.path is not None]
        return replace(self.work, hidden=tuple(map(str, (*parts, *files, cache_dir().absolute()))))


def _identity(spec: DataSpec) -> str | DataError:
    try:
        return identity(spec)
    except DataError as error:
        return error


def with_reference(suite: Suite, submissions: Sequence[Submission]) -> tuple[Submission, ...]:
    """The submissions, and the suite's reference rows that are not among them."""
    names = {submission.name for submission in submissions}
    return (*submissions, *(load(name) for name in suite.reference if name not in names))


def searched(submissions: Sequence[Submission], trials: int) -> tuple[tuple[Submission, ...], list[str]]:
    """The submissions with so many trials each, and the names of those that are run as they are: they have no space."""
    found = tuple(submission.searched(trials) for submission in submissions)
    return found, [one.name for one in found if not one.trials]


def limited(suite: Suite, rows: int) -> Suite:
    """The suite with at most that many rows a split: a quick look, under another name, as it compares with nothing."""
    if rows < 10:
        raise UsageError(message("a limit of at least 10 rows", str(rows), "raise --limit"))

    def cut(task: Task) -> Task:
        sizes = Sizes(**{k: min(v, rows) for k, v in dataclasses.asdict(task.data.rows).items()})
        counts = replace(task.counts, samples=min(task.counts.samples, rows))
        return replace(task, data=replace(task.data, rows=sizes), counts=counts)

    digest = digest_of({"limited": suite.digest, "rows": rows})
    return replace(suite, name=f"{suite.name}-limit{rows}", digest=digest, tasks=tuple(map(cut, suite.tasks)))


def data_session(
    submissions: Sequence[Submission],
    data: Any,
    choice: Choice,
    *,
    latent_dims: Iterable[int] = (),
    reference: bool = True,
    jobs: int = 1,
    trust: bool = False,
) -> Session:
    """A session on the user's own rows: a file or folder, FILE.py:NAME, or rows in memory.

    In memory: (train, test) or (train, val, test) of arrays or torch data sets, or one data set to be split.

    Trained models run at their own code length; submissions that are trained here run at these lengths and at
    `latent_dims`.
    """
    spec, name, digest = _data_spec(data)
    shape = tuple(_first_rows(spec).shape[1:])
    submissions = [_with_own_length(submission, shape, trust) for submission in submissions]
    dims = sorted({*latent_dims, *(s.latent_dim for s in submissions if s.latent_dim is not None)})
    if not dims:
        raise UsageError(message("a code length", "none", "add --latent-dim K (latent_dim=K): nothing else tells it"))
    suite = Suite(
        name="data",
        version=1,
        seeds=3,
        tasks=(Task(name, spec, tuple(dims)),),
        digest=digest_of({"name": "data", "task": name, "data": digest}),
        throughput=ThroughputPlan(tasks=(name,), min_time_s=0.2),
    )
    rows = with_reference(suite, submissions) if reference else tuple(submissions)
    return Session(suite, rows, choice, jobs, trust=trust)


def _data_spec(data: Any) -> tuple[DataSpec, str, str]:
    """The data spec, a task id and a digest of the rows."""
    data = from_python(data) if isinstance(data, str) and names_python(data) else data
    if isinstance(data, str | Path):
        _, digest = read_arrays(data)
        slug = re.sub(r"[^a-z0-9._-]+", "-", Path(data).stem.lower()).strip("-._") or "data"
        return DataSpec(path=str(data)), slug, digest
    tensors = arrays_in_memory(data)
    return DataSpec(arrays=tensors), "data", arrays_digest(tensors)


def _first_rows(spec: DataSpec) -> Any:
    arrays = spec.arrays if spec.path is None else read_arrays(spec.path)[0]
    return next(iter((arrays or {}).values()))


def _with_own_length(submission: Submission, shape: tuple[int, ...], trust: bool) -> Submission:
    """A trained model with the length of its code, found by encoding two rows of zeros in a process of its own."""
    if submission.track != "frozen":
        return submission
    told = {} if not submission.source else describe(submission.source, trust=trust, shape=shape)
    try:
        if "broken" in told:
            raise SubmissionError(told["broken"])
        length = told["latent_dim"] if told else own_length(submission, shape)
    except SubmissionError as error:
        raise UsageError(f"{submission.name} does not take rows of shape {shape}: {error}") from error
    return replace(submission, latent_dim=length)


def load_apart(text: str, *, trust: bool = False, hidden: Sequence[str] = ()) -> Submission:
    """One submission from its spec, whose code is run in a process of its own alone, not in this one.

    What ships with the package is loaded here: it is as trusted as the package.
    """
    spec = parse(text)
    if spec.kind != PYTHON or any(
        part.path.resolve().is_relative_to(bundled.folder("baselines")) for part in spec.parts
    ):
        return load(text, trust=trust)
    told = describe(spec.located, hidden=tuple(hidden), trust=trust)
    if "broken" in told:
        return broken(spec, told["broken"])
    return Submission(
        name=spec.name,
        build=elsewhere,
        source=spec.located,
        accepts=told["accepts"],
        track=told["track"],
        chooses_latent_dim=told["chooses_latent_dim"],
        sha256=told["sha256"],
        search=told["search"],
    )


def check_trained_here(submissions: Sequence[Submission]) -> None:
    """Refuse trained models on a suite: they can be judged on their own data only."""
    if frozen := [submission.name for submission in submissions if submission.track == "frozen"]:
        raise UsageError(
            message(
                "submissions that are trained on the suite's rows",
                f"{', '.join(frozen)}, trained already",
                "give the data: aeeval run NAME=model.pt2 --data faces.npz with arrays train and test",
            )
        )
