"""The runner: a unit of cells in, an outcome a cell out. It neither prints nor touches a file."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np
import torch

from aeeval.cells import Cell, Choice, Unit, metrics_of
from aeeval.datasets.base import Dataset
from aeeval.datasets.make import make_dataset
from aeeval.errors import AeevalError
from aeeval.evidence import Evidence, Memo
from aeeval.fits import Judged, Models, Order, RowsOf
from aeeval.fitting import Training
from aeeval.pictures import picture
from aeeval.record import Record
from aeeval.scribe import Scribe, status_of
from aeeval.submissions.layers import layer_arrays
from aeeval.submissions.submission import Submission
from aeeval.suite import Suite, Task
from aeeval.trials import models_here

# Rows and shared results of so many numbers stay at hand while the units of one task go by.
MOST_KEPT = 2**27


@dataclass(frozen=True)
class Outcome:
    """What a cell leaves behind: its records; at seed 0 weights, arrays of pictures and the card of its data too."""

    cell: Cell
    records: tuple[Record, ...]
    seconds: float = 0.0
    picture: dict[str, np.ndarray] = field(default_factory=dict)
    weights: dict[str, torch.Tensor] = field(default_factory=dict)
    card: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    training: Mapping[str, str | float] = field(default_factory=dict)
    fit_s: float = 0.0
    """Of `seconds`, those that its model was waited for; where seeds are trained together the first waits for all."""

    @property
    def failed(self) -> bool:
        """Whether a number of the cell is failed or timed out."""
        return any(record.lost for record in self.records)


@dataclass
class Runner:
    """Runs units of one suite, keeping the data of the latest task at hand for the next unit.

    `fits` makes the models of a unit: in this process by default, in processes of their own for an executor.
    """

    suite: Suite
    submissions: dict[str, Submission]
    choice: Choice
    fits: Callable[[Order, RowsOf], Models] = models_here
    _data: dict[tuple[str, int], tuple[Dataset, Memo]] = field(default_factory=dict)

    def run_unit(self, unit: Unit) -> Iterator[Outcome]:
        """The outcome of every open cell of a unit as it finishes, on one thread; one that fails costs no other."""
        order = self._order(unit)
        models = self.fits(order, lambda seed: Training.of(self._dataset(self.suite.task(order.task), seed)[0]))
        try:
            for cell in unit.open:
                start = perf_counter()
                with one_thread():
                    outcome = self.run(cell, models)
                models.done(cell.seed)
                yield replace(outcome, seconds=perf_counter() - start)
        finally:
            models.close()

    def run(self, cell: Cell, models: Models) -> Outcome:
        """All records of a cell; a failure of the submission is a record too, and nothing is raised for it."""
        task, submission = self.suite.task(cell.task), self.submissions[cell.submission]
        dataset, shared = self._dataset(task, cell.seed)
        scribe = Scribe(self.suite, task, submission, cell, dataset.sha256, cell.latent_dim)
        metrics = metrics_of(cell, self.choice.capabilities)
        start = perf_counter()
        try:
            fitted = models.fitted(cell.seed)
            fit_s = perf_counter() - start
            evidence = self._evidence(cell, task, submission, dataset, shared, fitted)
            evidence.train_codes  # noqa: B018  the code's length is checked here, before any metric
            scribe = replace(scribe, latent_dim=evidence.latent_dim)
            if cell.timed:
                evidence.timings = tuple(fitted.timings(dataset.test.clean, self.suite.throughput))
        except AeevalError as error:
            status = status_of(error)
            records = tuple(scribe.lost(metric, status, str(error)) for metric in metrics)
            return Outcome(cell, records, fit_s=perf_counter() - start)
        records = tuple(record for metric in metrics for record in scribe.measure(metric, evidence))
        if cell.seed == 0 and not cell.timed:
            drawn, lost = _picture(evidence, fitted)
            untold = lost and not any(record.lost for record in records)
            notes = (*fitted.notes, *([f"{cell.submission} on {cell.task}: no picture, {lost}"] if untold else []))
            extras = (drawn, _weights(fitted), dataset.card)
            return Outcome(cell, records, 0.0, *extras, notes, fitted.training, fit_s)
        return Outcome(cell, records, notes=fitted.notes, training=fitted.training, fit_s=fit_s)

    def lost(self, cell: Cell, reason: str) -> Outcome:
        """The outcome of a cell that could not be run at all: every number failed, on data that were never made."""
        task, submission = self.suite.task(cell.task), self.submissions[cell.submission]
        scribe = Scribe(self.suite, task, submission, cell, "", cell.latent_dim)
        metrics = metrics_of(cell, self.choice.capabilities)
        return Outcome(cell, tuple(scribe.lost(metric, "failed", reason) for metric in metrics))

    def _order(self, unit: Unit) -> Order:
        head = unit.head
        task, submission = self.suite.task(head.task), self.submissions[head.submission]
        return Order(submission, task.id, head.latent_dim or None, unit.seeds, task.budget, self.choice.device)

    def _dataset(self, task: Task, seed: int) -> tuple[Dataset, Memo]:
        if (found := self._data.get((task.id, seed))) is None:
            found = (make_dataset(task.data, task.id, seed), Memo())
            numbers = (found[0].train.x.numel() + found[0].test.x.numel()) * (len(self._data) + 1)
            if numbers > MOST_KEPT or any(kept != task.id for kept, _ in self._data):
                self._data.clear()
            self._data[task.id, seed] = found
        return found

    def _evidence(
        self, cell: Cell, task: Task, submission: Submission, dataset: Dataset, shared: Memo, fitted: Judged
    ) -> Evidence:
        return Evidence(
            fitted.model,
            dataset,
            latent_dim=cell.latent_dim or fitted.model.encode(dataset.val.x).shape[1],
            task=task.id,
            seed=cell.seed,
            counts=task.counts,
            samplers=task.samplers,
            shared=shared,
            knows_training_rows=submission.track != "frozen" or dataset.train_known,
        )


def _picture(evidence: Evidence, fitted: Judged) -> tuple[dict[str, np.ndarray], str]:
    """The arrays of a picture, or none and why: a model may fail far from its codes, or be killed while it is drawn."""
    try:
        return picture(evidence) | layer_arrays(fitted.layers(evidence.dataset.train.x)), ""
    except AeevalError as error:
        return {}, str(error)


def _weights(fitted: Judged) -> dict[str, torch.Tensor]:
    """Trained weights; none of a model that has failed meanwhile, which its records tell already."""
    try:
        return fitted.weights()
    except AeevalError:
        return {}


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread inside the block, the former number afterwards: the number of threads changes last bits and times."""
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):  # numpy, scipy and scikit-learn have pools of their own
            yield
    finally:
        torch.set_num_threads(before)
