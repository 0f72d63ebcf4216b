"""A session: a suite and its submissions, run into a store and resumable from it."""

import dataclasses
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from aeeval.cells import Cell, Choice, cell_key, plan
from aeeval.datasets.files import read_arrays
from aeeval.datasets.identity import identity
from aeeval.datasets.own import arrays_in_memory
from aeeval.datasets.python_file import from_python, names_python
from aeeval.datasets.real import arrays_digest
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.environment import environment
from aeeval.errors import SubmissionError, UsageError, message
from aeeval.executors import EXECUTORS
from aeeval.executors.local import Work
from aeeval.record import Record
from aeeval.runner import Outcome
from aeeval.store import Store, stamped
from aeeval.submissions.build import build_model
from aeeval.submissions.load import load
from aeeval.submissions.submission import Submission
from aeeval.suite import Suite, Task, ThroughputPlan, digest_of

Progress = Callable[[Outcome], None]


@dataclass(frozen=True)
class Session:
    """What is run, and how: `submissions` with the suite's reference rows among them."""

    suite: Suite
    submissions: tuple[Submission, ...]
    choice: Choice = field(default_factory=Choice)
    jobs: int = 1
    executor: str = "local"

    @property
    def work(self) -> Work:
        """What a worker needs."""
        return Work(self.suite, self.submissions, self.choice)

    def cells(self) -> dict[str, Cell]:
        """Every cell of the session by its key."""
        by_name = {submission.name: submission for submission in self.submissions}
        cells = plan(self.suite, self.submissions, self.choice)
        return {
            cell_key(cell, self.suite, by_name[cell.submission], self.choice, self._data[cell.task]): cell
            for cell in cells
        }

    @cached_property
    def _data(self) -> dict[str, str]:
        """The identity of the rows of every task that is run."""
        chosen = self.choice.tasks
        return {task.id: identity(task.data) for task in self.suite.tasks if chosen is None or task.id in chosen}

    def run(self, store: Store | None = None, progress: Progress | None = None) -> list[Record]:
        """All records of the session; cells that the store holds already are read, not run again."""
        cells = self.cells()
        done: dict[str, Sequence[Record]] = {key: kept for key in cells if store and (kept := store.read_cell(key))}
        env = self._environment(store)
        key_of = {cell: key for key, cell in cells.items()}
        open_cells = [cell for key, cell in cells.items() if key not in done]
        if open_cells:
            for outcome in EXECUTORS.get(self.executor)(self.work, open_cells, jobs=self.jobs):
                done[key_of[outcome.cell]] = self._keep(store, key_of[outcome.cell], outcome, env)
                if progress:
                    progress(outcome)
        return [record for key in cells for record in done[key]]

    def _environment(self, store: Store | None) -> str:
        if store is None:
            return ""
        store.write_suite(
            self.suite.digest, self.suite.name, self.suite.version, [task.id for task in self.suite.tasks]
        )
        return store.write_env(environment(self.choice.device, self.submissions))

    def _keep(self, store: Store | None, key: str, outcome: Outcome, env: str) -> list[Record]:
        records = stamped(outcome.records, env)
        if store:
            if outcome.picture:
                store.write_picture(key, outcome.picture)
            if outcome.card:
                store.write_card(records[0].data_sha256, outcome.card)
            if outcome.weights:
                store.write_model(key, outcome.weights)
            store.write_cell(key, records)  # last: a cell that is there is whole
        return records


def with_reference(suite: Suite, submissions: Sequence[Submission]) -> tuple[Submission, ...]:
    """The submissions, and the suite's reference rows that are not among them."""
    names = {submission.name for submission in submissions}
    return (*submissions, *(load(name) for name in suite.reference if name not in names))


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
) -> Session:
    """A session on the user's own rows: a file or folder, FILE.py:NAME, or rows in memory.

    In memory: (train, test) or (train, val, test) of arrays or torch data sets, or one data set to be split.

    Trained models run at their own code length; submissions that are trained here run at these lengths and at
    `latent_dims`.
    """
    spec, name, digest = _data_spec(data)
    shape = tuple(_first_rows(spec).shape[1:])
    submissions = [_with_own_length(submission, shape) for submission in submissions]
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
    return Session(suite, with_reference(suite, submissions) if reference else tuple(submissions), choice, jobs)


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


def _with_own_length(submission: Submission, shape: tuple[int, ...]) -> Submission:
    """A trained model with the length of its code, found by encoding two rows of zeros."""
    if submission.track != "frozen":
        return submission
    import torch

    model = build_model(submission, shape, None, 0, "cpu")
    model.eval()
    try:
        length = model.encode(torch.zeros(2, int(torch.tensor(shape).prod()), dtype=torch.float64)).shape[1]
    except SubmissionError as error:
        raise UsageError(f"{submission.name} does not take rows of shape {shape}: {error}") from error
    return replace(submission, latent_dim=length)


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
