"""The record: one number of one cell, as one line of JSON. Imports nothing of the package."""

import dataclasses
import json
import math
from dataclasses import dataclass, field
from typing import Any

SCHEMA = 2  # older ones are read too: aeeval.store.schema
STATUSES = ("ok", "skipped", "failed", "timeout")
Axis = str | int | float


@dataclass(frozen=True, slots=True)
class Record:
    """One number: which cell, which metric, what came out.

    `axes` (sampler, bin, delta, eps, corruption, severity, op, batch, device, dtype, backend) is part of the identity:
    a curve is several records. `value` is a finite number when `status` is `ok`, else None; it is never NaN.
    """

    suite: str
    suite_digest: str
    task: str
    task_version: int
    data_sha256: str
    submission: str
    submission_sha256: str
    track: str
    latent_dim: int
    seed: int
    capability: str
    metric: str
    metric_version: int
    unit: str
    better: str
    status: str
    value: float | None = None
    stderr: float | None = None
    null: float | None = None
    p: float | None = None
    reason: str | None = None
    env: str = ""
    axes: dict[str, Axis] = field(default_factory=dict)
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"expected a status of {STATUSES}; got {self.status!r}")
        if (self.status == "ok") != (self.value is not None):
            raise ValueError(f"expected a value exactly when the status is ok; got {self.status!r} and {self.value!r}")
        if self.status != "ok" and not self.reason:
            raise ValueError(f"expected a reason for status {self.status!r}; got none; say why there is no number")
        for name in ("value", "stderr", "null", "p"):
            number = getattr(self, name)
            if number is not None and not math.isfinite(number):
                raise ValueError(f"expected a finite {name}; got {number}; record it as failed or null instead")

    def to_json(self) -> str:
        """One line of JSON with sorted keys; equal records give equal bytes."""
        return _ENCODER.encode({name: getattr(self, name) for name in _NAMES})

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> "Record":
        """The record behind a parsed JSON line; unknown or missing fields raise `TypeError`."""
        return cls(**row)

    @property
    def lost(self) -> bool:
        """Whether there should be a number and is none, by a failure or by the time."""
        return self.status in ("failed", "timeout")

    @property
    def identity(self) -> tuple[Any, ...]:
        """What makes two records the same measurement, made twice."""
        cell = (self.suite_digest, self.task, self.submission, self.track, self.latent_dim, self.seed)
        return (*cell, self.capability, self.metric, axes_label(self.axes))


_NAMES = tuple(sorted(one.name for one in dataclasses.fields(Record)))
_ENCODER = json.JSONEncoder(sort_keys=True, allow_nan=False, ensure_ascii=False)  # sorts the axes; names are


def axes_label(axes: dict[str, Axis]) -> str:
    """A flat map as one readable word, keys sorted.

    >>> axes_label({"sampler": "gmm10", "delta": 0.05})
    'delta=0.05 sampler=gmm10'
    """
    return " ".join(f"{key}={axes[key]}" for key in sorted(axes))
