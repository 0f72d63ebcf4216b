"""What a picture is of: one submission on one task at one code length, its arrays and all records of the task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aeeval.record import Record
from aeeval.stats.intervals import Interval, t_interval

Point = tuple[float, Interval]


@dataclass(frozen=True)
class Subject:
    """`arrays` as `aeeval.pictures.picture` makes them; `records` of the task at that k, other submissions too."""

    submission: str
    task: str
    latent_dim: int
    arrays: Mapping[str, np.ndarray]
    records: Sequence[Record]

    @property
    def title(self) -> str:
        """Who is shown on what."""
        return f"{self.submission} on {self.task}, k = {self.latent_dim}"

    def values(self, metric: str, submission: str | None = None, **axes: str | float) -> list[float]:
        """The numbers of a metric over seeds, of this submission unless another is named; only those that exist."""
        wanted = submission or self.submission
        return [
            record.value
            for record in self._by.get((metric, wanted), ())
            if record.value is not None and all(record.axes.get(name) == value for name, value in axes.items())
        ]

    def mean(self, metric: str, submission: str | None = None, **axes: str | float) -> Interval | None:
        """The mean over seeds with its interval, or None where nothing was measured."""
        values = self.values(metric, submission, **axes)
        return t_interval(values) if values else None

    def curve(self, metric: str, axis: str, submission: str | None = None, **axes: str | float) -> list[Point]:
        """(place on the axis, mean over seeds), by place."""
        wanted = submission or self.submission
        places = {float(record.axes[axis]) for record in self._by.get((metric, wanted), ()) if axis in record.axes}
        found = [(place, self.mean(metric, wanted, **axes, **{axis: place})) for place in sorted(places)]
        return [(place, mean) for place, mean in found if mean is not None]

    def reason(self, metric: str) -> str | None:
        """Why a number of this submission does not exist, in the words of its record."""
        return next((r.reason for r in self._own(metric) if r.status != "ok" and r.reason), None)

    def null(self, metric: str, **axes: str | float) -> float | None:
        """The null that the records of a metric tell, at the first seed that has one."""
        own = (r for r in self._own(metric) if all(r.axes.get(name) == value for name, value in axes.items()))
        return next((record.null for record in own if record.null is not None), None)

    def _own(self, metric: str) -> list[Record]:
        return self._by.get((metric, self.submission), [])

    @cached_property
    def _by(self) -> dict[tuple[str, str], list[Record]]:
        """(metric, submission) -> its records: a picture asks dozens of times, and there are tens of thousands."""
        found: dict[tuple[str, str], list[Record]] = {}
        for record in self.records:
            found.setdefault((record.metric, record.submission), []).append(record)
        return found
