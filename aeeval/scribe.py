"""The scribe of a cell: numbers, reasons and failures of its metrics, written as records."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aeeval.cells import Cell
from aeeval.errors import AeevalError, Skipped, TimeLimit
from aeeval.evidence import Evidence
from aeeval.metrics.base import Metric, Value
from aeeval.record import Record
from aeeval.submissions.submission import Submission
from aeeval.suite import Suite, Task


def status_of(error: AeevalError) -> str:
    """The status of a record whose number was lost to this error."""
    if isinstance(error, Skipped):
        return "skipped"
    return "timeout" if isinstance(error, TimeLimit) else "failed"


@dataclass(frozen=True)
class Scribe:
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
            return [self.lost(metric, status_of(error), str(error))]
        except Exception as error:  # a fault of ours must be seen in the table, and must not stop the other metrics
            return [self.lost(metric, "failed", f"{metric.id} raised {type(error).__name__}: {error}")]
        return [self._record(metric, value) for value in values]

    def lost(self, metric: Metric, status: str, reason: str) -> Record:
        """A record without a number."""
        return self._write(metric, status, Value(None, reason=reason))

    def _record(self, metric: Metric, value: Value) -> Record:
        if value.value is None:
            return self._write(metric, "failed" if value.broken else "skipped", value)
        if not math.isfinite(value.value):
            reason = f"{metric.id} came out as {value.value}, which is no finite number"
            return self._write(metric, "failed", Value.failed(reason, **value.axes))
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
