"""Every number of one submission on one task, beside those of the reference rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aeeval.record import axes_label
from aeeval.records import Records
from aeeval.report.entries import NOTHING, Notes, Some, entry
from aeeval.report.facts import ARROWS, Metrics
from aeeval.report.numbers import number
from aeeval.report.sections import Entrant

CURVE = 4  # a metric at more places than these is folded away
Key = tuple[str, str, str]  # capability, metric, axes


@dataclass(frozen=True)
class NumberRow:
    """One number at one place on its axes: of the submission, of those beside it, its null and its ideal."""

    axes: str
    own: str
    beside: tuple[str, ...]
    null: str


@dataclass(frozen=True)
class MetricRows:
    """The numbers of a metric; `arrow` shows which way is better, `long` whether they are a curve."""

    metric: str
    arrow: str
    unit: str
    ideal: str
    rows: tuple[NumberRow, ...]

    @property
    def long(self) -> bool:
        """Whether there are too many to be shown at first."""
        return len(self.rows) > CURVE


def number_tables(
    own: Records, beside: Sequence[Records], metrics: Metrics, notes: Notes
) -> list[tuple[str, list[MetricRows]]]:
    """Capability -> its metrics, from the records of one (task, k) of a submission and of those beside it."""
    mine, others = _by_number(own), [_by_number(records) for records in beside]
    tables: dict[str, dict[str, list[NumberRow]]] = {}
    for key, some in mine.items():
        capability, metric, axes = key
        row = NumberRow(axes, entry(some, notes), tuple(_beside(other, key) for other in others), _null(some))
        tables.setdefault(capability, {}).setdefault(metric, []).append(row)
    return [(name, [_rows(metric, rows, metrics) for metric, rows in found.items()]) for name, found in tables.items()]


def _rows(name: str, rows: Sequence[NumberRow], metrics: Metrics) -> MetricRows:
    metric = metrics.get(name)
    if metric is None:  # made by another version, which knew it
        return MetricRows(name, "", "", "", tuple(rows))
    ideal = "" if metric.ideal is None else number(metric.ideal)
    return MetricRows(
        name, ARROWS[metric.better].strip(), "" if metric.unit == "1" else metric.unit, ideal, tuple(rows)
    )


def _by_number(records: Records) -> dict[Key, Some]:
    """The records of each number, one a seed."""
    found: dict[Key, list[int]] = {}
    keys = [(part.capability, part.metric, axes_label(part.axes)) for part in records.number.values]
    for place, code in enumerate(records.number.codes.tolist()):
        found.setdefault(keys[code], []).append(place)
    return {key: Some.of(records.take(places)) for key, places in found.items()}


def _beside(other: Mapping[Key, Some], key: Key) -> str:
    return entry(other[key], Notes()).rstrip("⁰¹²³⁴⁵⁶⁷⁸⁹,") if key in other else NOTHING


def _null(some: Some) -> str:
    nulls = [null for null in some.nulls if null == null]
    return number(sum(nulls) / len(nulls)) if nulls else ""


def beside_of(who: Entrant, entrants: Sequence[Entrant]) -> list[Entrant]:
    """Who is shown beside somebody: mean and pca, without oneself."""
    return [one for one in entrants if one[0] in ("mean", "pca") and one != who]
