"""Headlines: the numbers that stand for a capability on the board, and the records that they are read from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aeeval.record import Axis, Record, axes_label
from aeeval.records import Records
from aeeval.report.facts import MetricFacts, Metrics
from aeeval.report.sections import cell_of

# Where a metric is measured at several axes, those that make the headline, each with its word in the table.
HEADLINE_AXES: Mapping[str, Mapping[str, Mapping[str, Axis]]] = {
    "sliced_wasserstein": {"": {"sampler": "gmm10"}},  # the sampler that everyone gets: it decides the verdict
    "samples_per_s": {"encode": {"op": "encode"}, "decode": {"op": "decode"}},
}
BEST_OVER = {"samples_per_s": "batch"}


@dataclass(frozen=True)
class Headline:
    """One headline: a metric at fixed `axes`; of the records that differ in `best_over` only, the best counts."""

    metric: MetricFacts
    word: str
    axes: Mapping[str, Axis]
    best_over: str | None = None

    @property
    def name(self) -> str:
        """The metric and what tells this headline from another one of it."""
        return f"{self.metric.id} {self.word}".rstrip()

    @property
    def title(self) -> str:
        """The capability and what tells this headline from another one of it."""
        return f"{self.metric.capability} {self.word}".rstrip()

    def pick(self, records: Iterable[Record]) -> Records:
        """One record a cell: the number, or the reason why there is none."""
        found = fitting(Records.of(records).where(metric=self.metric.id), self.axes)
        cells, _ = found.cell.codes_of(cell_of)
        if len(np.unique(cells)) == len(cells):
            return found
        groups: dict[int, list[int]] = {}
        for place, cell in enumerate(cells.tolist()):
            groups.setdefault(cell, []).append(place)
        return found.take([self._best(group, found.numbers["value"]) for group in groups.values()])

    def _best(self, group: Sequence[int], values: np.ndarray) -> int:
        """The place of the best number of a cell: of equal ones the last, and the first where there is none."""
        known = {values[place]: place for place in group if not np.isnan(values[place])}
        if not known:
            return group[0]
        return known[max(known) if self.metric.better == "higher" else min(known)]


def headlines(records: Sequence[Record], metrics: Metrics, capability: str) -> list[Headline]:
    """The headlines of a capability that the records have, in the order of the metrics."""
    columns = Records.of(records)
    present = columns.where(capability=capability).distinct("metric")
    known = [metrics[name] for name in present if name in metrics and metrics[name].headline]
    return [headline for metric in known for headline in of_metric(columns.where(metric=metric.id), metric)]


def of_metric(records: Records, metric: MetricFacts) -> list[Headline]:
    """A headline of a metric for every word, and for every device, dtype and backend: those are never mixed."""
    best_over = BEST_OVER.get(metric.id)
    found = []
    for word, fixed in HEADLINE_AXES.get(metric.id, {"": {}}).items():
        some = fitting(records, fixed)
        rests = _rests(some, {*fixed, best_over})
        for rest in rests if some else ():
            apart = {key: value for key, value in rest.items() if any(other.get(key) != value for other in rests)}
            found.append(Headline(metric, f"{word} {axes_label(apart)}".strip(), {**fixed, **rest}, best_over))
    return found


def _rests(records: Records, settled: set[str | None]) -> list[dict[str, Axis]]:
    """The distinct axes beside the settled ones; failures that came before any axis do not count as one."""
    rests = [{key: value for key, value in axes.items() if key not in settled} for axes in records.distinct("axes")]
    distinct = {axes_label(rest): rest for rest in rests if rest}
    return list(distinct.values()) or [{}]


def fitting(records: Records, axes: Mapping[str, Axis]) -> Records:
    """The records that have these axes; one without a number may lack them and then stands for all of them."""
    if not axes or not records:
        return records
    has = [all(m.axes.get(key) == value for key, value in axes.items()) for m in records.number.values]
    may = [all(m.axes.get(key, value) == value for key, value in axes.items()) for m in records.number.values]
    ok = np.array([state.status == "ok" for state in records.state.values])[records.state.codes]
    return records.take(np.where(ok, np.array(has)[records.number.codes], np.array(may)[records.number.codes]))
