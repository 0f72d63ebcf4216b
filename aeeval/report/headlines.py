"""Headlines: the numbers that stand for a capability on the board, and the records that they are read from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aeeval.record import Axis, Record, axes_label
from aeeval.report.facts import MetricFacts, Metrics
from aeeval.report.sections import row_of

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

    def pick(self, records: Iterable[Record]) -> list[Record]:
        """One record a cell: the number, or the reason why there is none."""
        cells: dict[object, list[Record]] = {}
        for record in records:
            if record.metric == self.metric.id and _fits(record, self.axes):
                cells.setdefault((row_of(record), record.seed), []).append(record)
        return [self._best(group) for group in cells.values()]

    def _best(self, group: Sequence[Record]) -> Record:
        values = {record.value: record for record in group if record.value is not None}
        if not values:
            return group[0]
        return values[max(values) if self.metric.better == "higher" else min(values)]


def headlines(records: Sequence[Record], metrics: Metrics, capability: str) -> list[Headline]:
    """The headlines of a capability that the records have, in the order of the metrics."""
    present = dict.fromkeys(record.metric for record in records if record.capability == capability)
    known = [metrics[name] for name in present if name in metrics and metrics[name].headline]
    return [headline for metric in known for headline in _of_metric(records, metric)]


def _of_metric(records: Sequence[Record], metric: MetricFacts) -> list[Headline]:
    """A headline for every word, and for every device, dtype and backend: those are never mixed."""
    best_over = BEST_OVER.get(metric.id)
    found = []
    for word, fixed in HEADLINE_AXES.get(metric.id, {"": {}}).items():
        fitting = [record for record in records if record.metric == metric.id and _fits(record, fixed)]
        rests = _rests(fitting, {*fixed, best_over})
        for rest in rests if fitting else ():
            apart = {key: value for key, value in rest.items() if any(other.get(key) != value for other in rests)}
            found.append(Headline(metric, f"{word} {axes_label(apart)}".strip(), {**fixed, **rest}, best_over))
    return found


def _rests(records: Sequence[Record], settled: set[str | None]) -> list[dict[str, Axis]]:
    """The distinct axes beside the settled ones; failures that came before any axis do not count as one."""
    rests = [{key: value for key, value in record.axes.items() if key not in settled} for record in records]
    distinct = {axes_label(rest): rest for rest in rests if rest}
    return list(distinct.values()) or [{}]


def _fits(record: Record, axes: Mapping[str, Axis]) -> bool:
    """Whether a record has these axes; one without a number may lack them and then stands for all of them."""
    if record.status == "ok":
        return all(record.axes.get(key) == value for key, value in axes.items())
    return all(record.axes.get(key, value) == value for key, value in axes.items())
