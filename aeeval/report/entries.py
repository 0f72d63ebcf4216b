"""One entry of a wide table: mean ± interval, what failed beside it, and the footnotes that say why."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from aeeval.record import Record
from aeeval.records import NumberPart, Records, StatePart
from aeeval.report.numbers import number, plus_minus
from aeeval.stats.intervals import Interval, t_interval, t_intervals

NOTHING = "–"
WORDS = {"failed": "failed", "timeout": "timed out", "skipped": "skipped"}
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Notes:
    """The footnotes of one table: the same reason once, numbered as they come."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def mark(self, kind: str, reason: str) -> int:
        """The number of the footnote for a reason."""
        return self._numbers.setdefault((kind, " ".join(reason.split())), len(self._numbers) + 1)

    @property
    def lines(self) -> tuple[str, ...]:
        """The footnotes, each beginning with its superscript."""
        return tuple(f"{superscript([mark])} {kind}: {reason}" for (kind, reason), mark in self._numbers.items())


def superscript(marks: Sequence[int]) -> str:
    """Footnote marks as one raised word, for example "¹,³"."""
    return ",".join(str(mark) for mark in sorted(set(marks))).translate(SUPERSCRIPTS)


@dataclass(frozen=True, slots=True)
class Some:
    """The few records of one entry, as lists; the interval of their values where it is known already."""

    numbers: list[NumberPart]
    states: list[StatePart]
    values: list[float]
    nulls: list[float]
    interval: Interval | None = None

    @classmethod
    def of(cls, records: "Iterable[Record] | Some") -> "Some":
        """Those of records."""
        return records if isinstance(records, Some) else Entries(Records.of(records))[:]

    def __len__(self) -> int:
        return len(self.states)

    def __add__(self, other: "Some") -> "Some":
        lists = (getattr(self, name) + getattr(other, name) for name in ("numbers", "states", "values", "nulls"))
        return Some(*lists)


class Entries:
    """The records of a column in order, from which those of each entry are cut."""

    def __init__(self, records: Records):
        self._numbers = [records.number.values[code] for code in records.number.codes.tolist()]
        self._states = [records.state.values[code] for code in records.state.codes.tolist()]
        self._column = records.numbers["value"]
        self._values = self._column.tolist()
        self._nulls = records.numbers["null"].tolist()

    def __getitem__(self, span: slice) -> Some:
        return Some(self._numbers[span], self._states[span], self._values[span], self._nulls[span])

    def cut(self, starts: np.ndarray) -> list[Some]:
        """The pieces that begin at these places, with the intervals of those without a gap, made at once."""
        lengths = np.diff(starts, append=len(self._values))
        intervals: dict[int, Interval] = {}
        for n in np.unique(lengths[lengths > 1]).tolist():
            places = starts[lengths == n]
            rows = self._column[places[:, None] + np.arange(n)]
            whole = ~np.isnan(rows).any(axis=1)
            intervals |= zip(places[whole].tolist(), t_intervals(rows[whole]), strict=True)
        spans = zip(starts.tolist(), (starts + lengths).tolist(), strict=True)
        return [
            Some(
                self._numbers[start:stop],
                self._states[start:stop],
                self._values[start:stop],
                self._nulls[start:stop],
                intervals.get(start),
            )
            for start, stop in spans
        ]


def entry(records: "Iterable[Record] | Some", notes: Notes, null: bool = False) -> str:
    """The text of one entry from one record a seed.

    "0.031 ± 0.004" is the mean and half of its 95 % t-interval over seeds, "0.031" one seed. "failed¹" is a failure
    in every seed, "0.031 ± 0.004 (1 of 3 failed)¹" one in some. With `null`, "[0.1]" is the mean null beside it.
    """
    some = Some.of(records)
    if not some:
        return NOTHING
    lost = [state for state in some.states if state.status != "ok"]
    ok = [state for state in some.states if state.status == "ok"]
    marks = [notes.mark(state.status, state.reason or "") for state in lost]
    marks += [notes.mark("note", state.reason) for state in ok if state.reason]
    parts = [_number(some, null)] if ok else []
    if lost:
        parts.append(_losses(lost, of=len(some)) if ok else _all_lost(lost))
    return " ".join(parts) + (superscript(marks) if marks else "")


def _number(some: Some, null: bool) -> str:
    """The mean of those that have a value, and beside it that of the nulls of the same."""
    interval = some.interval or t_interval([value for value in some.values if value == value])
    pairs = zip(some.values, some.nulls, strict=True) if null else ()
    nulls = [beside for value, beside in pairs if value == value and beside == beside]
    beside = f" [{number(sum(nulls) / len(nulls))}]" if nulls else ""
    return f"{plus_minus(interval.mean, interval.half)}{beside}"


def _losses(lost: Sequence[StatePart], of: int) -> str:
    counts = Counter(state.status for state in lost)
    return f"({', '.join(f'{counts[status]} of {of} {WORDS[status]}' for status in WORDS if counts[status])})"


def _all_lost(lost: Sequence[StatePart]) -> str:
    counts = Counter(state.status for state in lost)
    if len(counts) == 1:
        return lost[0].status
    return ", ".join(f"{counts[status]} {WORDS[status]}" for status in WORDS if counts[status])
