"""The runner: a cell in, its records out. It neither prints nor touches a file."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from aeeval.cells import Cell, Choice, metrics_of
from aeeval.datasets.base import Dataset
from aeeval.datasets.make import make_dataset
from aeeval.errors import AeevalError, Skipped, TimeLimit
from aeeval.evidence import Evidence, Memo
from aeeval.fitting import Fitted, fit_model
from aeeval.metrics.base import Metric, Value
from aeeval.pictures import picture
from aeeval.record import Record
from aeeval.submissions.submission import Submission
from aeeval.suite import Suite, Task
from aeeval.throughput.bench import Failure, bench
from aeeval.throughput.device import adapter
from aeeval.throughput.timing import Timing

Where = dict[str, str | int | float]


@dataclass(frozen=True)
class Outcome:
    """What a cell leaves behind: its records, and at seed 0 the weights and the arrays that pictures are drawn from."""

    cell: Cell
    records: tuple[Record, ...]
    seconds: float = 0.0
    picture: dict[str, np.ndarray] = field(default_factory=dict)
    weights: dict[str, torch.Tensor] = field(default_factory=dict)


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
        scribe = _Scribe(self.suite, task, submission, cell, dataset.sha256, cell.latent_dim)
        metrics = metrics_of(cell, self.choice.capabilities)
        try:
            fitted = self._fit(cell, task, submission, dataset)
            evidence = self._evidence(cell, task, submission, dataset, shared, fitted)
            evidence.train_codes  # noqa: B018  the code's length is checked here, before any metric
            scribe = replace(scribe, latent_dim=evidence.latent_dim)
            if cell.timed:
                evidence.timings = tuple(self._time(fitted, evidence))
        except AeevalError as error:
            status = _status_of(error)
            return Outcome(cell, tuple(scribe.lost(metric, status, str(error)) for metric in metrics))
        records = tuple(record for metric in metrics for record in scribe.measure(metric, evidence))
        if cell.seed == 0 and not cell.timed:
            return Outcome(cell, records, picture=picture(evidence), weights=_weights(fitted))
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

    def _time(self, fitted: Fitted, evidence: Evidence) -> Iterator[tuple[Timing | Failure, Where]]:
        plan, model = self.suite.throughput, fitted.model
        rows = model.torch_rows(evidence.dataset.test.clean)
        with torch.no_grad():
            codes = model.raw_encode(rows)
        device = adapter(torch.device(self.choice.device))
        where: Where = {"device": device.kind, "dtype": str(model.dtype).removeprefix("torch."), "backend": "eager"}
        timings = bench(
            model.raw_encode, model.raw_decode, rows, codes, device, batches=plan.batches, min_time_s=plan.min_time_s
        )
        for timing in timings:
            yield timing, where


def _weights(fitted: Fitted) -> dict[str, torch.Tensor]:
    raw = fitted.model.adapted.raw
    return {k: v.cpu() for k, v in raw.state_dict().items()} if isinstance(raw, torch.nn.Module) else {}


def _status_of(error: AeevalError) -> str:
    if isinstance(error, Skipped):
        return "skipped"
    return "timeout" if isinstance(error, TimeLimit) else "failed"


@dataclass(frozen=True)
class _Scribe:
    """Writes the records of one cell."""

    suite: Suite
    task: Task
    submission: Submission
    cell: Cell
    data_sha256: str
    latent_dim: int

    def measure(self, metric: Metric, evidence: Evidence) -> Sequence[Record]:
        """The records of one metric; what it raises becomes one record with the reason."""
        try:
            values = metric(evidence)
        except AeevalError as error:
            return [self.lost(metric, _status_of(error), str(error))]
        except Exception as error:  # a fault of ours must be seen in the table, and must not stop the other metrics
            return [self.lost(metric, "failed", f"{metric.id} raised {type(error).__name__}: {error}")]
        return [self._record(metric, value) for value in values]

    def lost(self, metric: Metric, status: str, reason: str) -> Record:
        """A record without a number."""
        return self._write(metric, status, Value(None, reason=reason))

    def _record(self, metric: Metric, value: Value) -> Record:
        if value.value is None:
            return self._write(metric, "skipped", value)
        if not math.isfinite(value.value):
            return self.lost(metric, "failed", f"{metric.id} came out as {value.value}, which is no finite number")
        return self._write(metric, "ok", value)

    def _write(self, metric: Metric, status: str, value: Value) -> Record:
        def finite(number: float | None) -> float | None:
            return None if number is None or not math.isfinite(number) else float(number)

        return Record(
            suite=self.suite.name,
            suite_digest=self.suite.digest,
            task=self.task.id,
            task_version=self.task.version,
            data_sha256=self.data_sha256,
            submission=self.submission.name,
            submission_sha256=self.submission.sha256,
            track=self.submission.track if self.cell.latent_dim else "own-k",
            latent_dim=self.latent_dim,
            seed=self.cell.seed,
            capability=metric.capability,
            metric=metric.id,
            metric_version=metric.version,
            unit=metric.unit,
            better=metric.better,
            status=status,
            value=finite(value.value),
            stderr=finite(value.stderr),
            null=finite(value.null),
            p=finite(value.p),
            reason=value.reason,
            axes=dict(value.axes),
        )


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
