"""The runner: a cell in, its records out. It neither prints nor touches a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from aeeval.cells import Cell, Choice, metrics_of
from aeeval.datasets.base import Dataset
from aeeval.datasets.make import make_dataset
from aeeval.errors import AeevalError
from aeeval.evidence import Evidence, Memo
from aeeval.fitting import Fitted, fit_model
from aeeval.pictures import picture
from aeeval.record import Record
from aeeval.scribe import Scribe, status_of
from aeeval.submissions.submission import Submission
from aeeval.suite import Suite, Task
from aeeval.throughput.cell import time_cell


@dataclass(frozen=True)
class Outcome:
    """What a cell leaves behind: its records; at seed 0 weights, arrays of pictures and the card of its data too."""

    cell: Cell
    records: tuple[Record, ...]
    seconds: float = 0.0
    picture: dict[str, np.ndarray] = field(default_factory=dict)
    weights: dict[str, torch.Tensor] = field(default_factory=dict)
    card: dict[str, str] = field(default_factory=dict)


@dataclass
class Runner:
    """Runs cells of one suite, keeping the data of the latest task and seed at hand for the next cell."""

    suite: Suite
    submissions: dict[str, Submission]
    choice: Choice
    _data: tuple[tuple[str, int], Dataset, Memo] | None = None

    def run(self, cell: Cell) -> Outcome:
        """All records of a cell; a failure of the submission is a record too, and nothing is raised for it."""
        task, submission = self.suite.task(cell.task), self.submissions[cell.submission]
        dataset, shared = self._dataset(task, cell.seed)
        scribe = Scribe(self.suite, task, submission, cell, dataset.sha256, cell.latent_dim)
        metrics = metrics_of(cell, self.choice.capabilities)
        try:
            fitted = self._fit(cell, task, submission, dataset)
            evidence = self._evidence(cell, task, submission, dataset, shared, fitted)
            evidence.train_codes  # noqa: B018  the code's length is checked here, before any metric
            scribe = replace(scribe, latent_dim=evidence.latent_dim)
            if cell.timed:
                evidence.timings = time_cell(
                    fitted.model, dataset.test.clean, self.choice.device, self.suite.throughput
                )
        except AeevalError as error:
            status = status_of(error)
            return Outcome(cell, tuple(scribe.lost(metric, status, str(error)) for metric in metrics))
        records = tuple(record for metric in metrics for record in scribe.measure(metric, evidence))
        if cell.seed == 0 and not cell.timed:
            return Outcome(cell, records, picture=_picture(evidence), weights=_weights(fitted), card=dataset.card)
        return Outcome(cell, records)

    def _dataset(self, task: Task, seed: int) -> tuple[Dataset, Memo]:
        if self._data is None or self._data[0] != (task.id, seed):
            self._data = ((task.id, seed), make_dataset(task.data, task.id, seed), Memo())
        return self._data[1:]

    def _fit(self, cell: Cell, task: Task, submission: Submission, dataset: Dataset) -> Fitted:
        return fit_model(
            submission,
            dataset,
            latent_dim=cell.latent_dim or None,
            task=task.id,
            seed=cell.seed,
            budget=task.budget,
            device=self.choice.device,
        )

    def _evidence(
        self, cell: Cell, task: Task, submission: Submission, dataset: Dataset, shared: Memo, fitted: Fitted
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


def _picture(evidence: Evidence) -> dict[str, np.ndarray]:
    """The arrays of a picture; none where the model fails far from its codes, which its records tell already."""
    try:
        return picture(evidence)
    except AeevalError:
        return {}


def _weights(fitted: Fitted) -> dict[str, torch.Tensor]:
    raw = fitted.model.adapted.raw
    return {k: v.cpu() for k, v in raw.state_dict().items()} if isinstance(raw, torch.nn.Module) else {}


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
