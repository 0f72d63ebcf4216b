"""Many records as columns: a million of them in tens of megabytes, each made only when it is asked for.

Most of a record is said again and again: its cell, which number of the cell it is, and whether it is there. Each of
these three parts stands once, and a column of codes says which one a record has; only the four numbers stand for each.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, overload

import numpy as np

from aeeval.record import Axis, Record


class CellPart(NamedTuple):
    """What all records of a cell share."""

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
    env: str


class NumberPart(NamedTuple):
    """Which number it is: what the records of one metric at the same axes share. The axes are never changed."""

    capability: str
    metric: str
    metric_version: int
    unit: str
    better: str
    axes: dict[str, Axis]


class StatePart(NamedTuple):
    """Whether there is a number, and what is said of it."""

    status: str
    reason: str | None


PARTS: dict[str, type] = {"cell": CellPart, "number": NumberPart, "state": StatePart}
NUMBERS = ("value", "stderr", "null", "p")
_PART_OF = {name: part for part, kind in PARTS.items() for name in kind._fields}  # type: ignore[attr-defined]


@dataclass(eq=False)
class Part:
    """The distinct values of one part, and the code of each record: `values[codes[i]]` is that of record i.

    `tables` remembers what `codes_of` found; records that were taken from others share values and tables with them.
    """

    values: Sequence[Any]
    codes: np.ndarray
    tables: dict[Any, tuple[np.ndarray, list[Any]]] = field(default_factory=dict)

    def take(self, which: Any) -> "Part":
        """That of some of the records."""
        return Part(self.values, self.codes[which], self.tables)

    def column(self, name: str) -> list[Any]:
        """A field of every distinct value."""
        return [getattr(value, name) for value in self.values]

    @cached_property
    def first(self) -> np.ndarray:
        """For each distinct value the first record that has it, and the number of records where none has."""
        n = len(self.codes)
        first = np.full(len(self.values), n, dtype=np.int64)
        first[self.codes[::-1]] = np.arange(n - 1, -1, -1)
        return first

    @property
    def present(self) -> list[int]:
        """The codes that records have, in the order in which they appear."""
        order = np.argsort(self.first, kind="stable")
        return order[self.first[order] < len(self.codes)].tolist()

    def codes_of(self, key: Callable[[Any], Hashable]) -> tuple[np.ndarray, list[Any]]:
        """A code of each record for the key of its value, and the distinct keys; remembered by the function `key`."""
        if key not in self.tables:
            keys: dict[Hashable, int] = {}
            table = np.array([keys.setdefault(key(value), len(keys)) for value in self.values], dtype=np.int64)
            self.tables[key] = table, list(keys)
        table, names = self.tables[key]
        return table[self.codes], names


@dataclass(eq=False)
class Records(Sequence[Record]):
    """A sequence of records, kept as columns."""

    cell: Part
    number: Part
    state: Part
    numbers: dict[str, np.ndarray] = field(default_factory=dict)
    """`value`, `stderr`, `null` and `p`: float64 (n,), NaN where there is none."""

    @classmethod
    def of(cls, records: Iterable[Record]) -> "Records":
        """The same records as columns; those that are columns already are handed back."""
        if isinstance(records, Records):
            return records
        builder = Builder()
        builder.add(records)
        return builder.records()

    @classmethod
    def joined(cls, several: Iterable[Iterable[Record]]) -> "Records":
        """One after another."""
        columns = [records for some in several if len(records := Records.of(some))]
        if len(columns) == 1:
            return columns[0]
        cell, number, state = (_joined(columns, name) for name in PARTS)
        numbers = {name: np.concatenate([np.zeros(0), *(one.numbers[name] for one in columns)]) for name in NUMBERS}
        return cls(cell, number, state, numbers)

    def __len__(self) -> int:
        return len(self.cell.codes)

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> "Records": ...
    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return self.take(place)
        return next(iter(self.take(slice(place, place + 1 or None))))

    def __iter__(self) -> Iterator[Record]:
        columns = (part.codes.tolist() for part in (self.cell, self.number, self.state))
        numbers = (_optional(self.numbers[name]) for name in NUMBERS)
        cells, parts, states = self.cell.values, self.number.values, self.state.values
        for c, m, s, *four in zip(*columns, *numbers, strict=True):
            cell, number, state = cells[c], parts[m], states[s]
            fields: tuple[Any, ...] = (*cell[:10], *number[:5], state[0], *four, state[1], cell[10], number[5])
            yield Record(*fields)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    def part_of(self, name: str) -> Part:
        """The part that has a field."""
        part: Part = getattr(self, _PART_OF[name])
        return part

    def take(self, which: Any) -> "Records":
        """Some of them: by a slice, by places, or by a truth value for each."""
        numbers = {name: column[which] for name, column in self.numbers.items()}
        return Records(self.cell.take(which), self.number.take(which), self.state.take(which), numbers)

    def where(self, **fields: Any) -> "Records":
        """Those with these values of fields that are no numbers; of a set of values, any of them.

        >>> records = Records.of([])
        >>> len(records.where(metric={"fvu", "gap"}, status="ok"))
        0
        """
        mask = np.ones(len(self), dtype=bool)
        for name, wanted in fields.items():
            part = self.part_of(name)
            good = [value in wanted if isinstance(wanted, set) else value == wanted for value in part.column(name)]
            mask &= np.array(good, dtype=bool)[part.codes] if good else mask
        return self.take(mask)

    def distinct(self, *names: str) -> list[Any]:
        """The distinct values of a field of one part, or tuples of several, in order of appearance."""
        (part,) = {_PART_OF[name] for name in names}
        of: Part = getattr(self, part)
        rows = (tuple(getattr(of.values[code], name) for name in names) for code in of.present)
        if names == ("axes",):
            return list({frozen(axes): axes for (axes,) in rows}.values())
        return list(dict.fromkeys(row if len(names) > 1 else row[0] for row in rows))


class Builder:
    """Collects records into columns, from records or from what a reader knows of many at once."""

    def __init__(self) -> None:
        self.values: dict[str, list[Any]] = {name: [] for name in PARTS}
        self.known: dict[str, dict[Hashable, int]] = {name: {} for name in PARTS}
        self.codes: dict[str, list[int]] = {name: [] for name in PARTS}
        self.numbers: dict[str, list[float]] = {name: [] for name in NUMBERS}

    def __len__(self) -> int:
        return len(self.codes["cell"])

    def code(self, part: str, value: Any) -> int:
        """The code of a value of a part, given when it is first seen."""
        key = (*value[:-1], frozen(value[-1])) if part == "number" else value
        code = self.known[part].setdefault(key, len(self.known[part]))
        if code == len(self.values[part]):
            self.values[part].append(value)
        return code

    def add(self, records: Iterable[Record]) -> None:
        """Add records one by one."""
        for r in records:
            cell = CellPart(*(getattr(r, name) for name in CellPart._fields))
            number = NumberPart(r.capability, r.metric, r.metric_version, r.unit, r.better, r.axes)
            for part, value in zip(PARTS, (cell, number, StatePart(r.status, r.reason)), strict=True):
                self.codes[part].append(self.code(part, value))
            for name in NUMBERS:
                number_or_none = getattr(r, name)
                self.numbers[name].append(np.nan if number_or_none is None else number_or_none)

    def records(self) -> "Records":
        """All that was added."""
        columns = (Part(self.values[name], np.array(self.codes[name], dtype=np.int32)) for name in PARTS)
        cell, number, state = columns
        return Records(cell, number, state, {name: np.array(self.numbers[name], dtype=np.float64) for name in NUMBERS})


def frozen(axes: dict[str, Axis]) -> tuple[tuple[str, str], ...]:
    """Axes as a key; 1, 1.0 and "1" are three values."""
    return tuple((name, repr(axes[name])) for name in sorted(axes))


def _joined(columns: Sequence[Records], name: str) -> Part:
    parts: list[Part] = [getattr(one, name) for one in columns]
    if parts and all(part.values is parts[0].values for part in parts):  # taken from the same records
        return Part(parts[0].values, np.concatenate([part.codes for part in parts]), parts[0].tables)
    builder, codes = Builder(), [np.zeros(0, np.int32)]
    for part in parts:
        table = np.array([builder.code(name, value) for value in part.values], dtype=np.int32)
        codes.append(table[part.codes] if len(table) else part.codes)
    return Part(builder.values[name], np.concatenate(codes))


def _optional(column: np.ndarray) -> list[float | None]:
    if np.isnan(column).all():
        return [None] * len(column)
    return [None if number != number else number for number in column.tolist()]
