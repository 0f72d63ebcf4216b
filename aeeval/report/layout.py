"""A wide table, before it is Markdown or LaTeX: rows (task, k, submission), columns of records, one entry each.

Texts are plain Unicode; `code` stands between backticks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aeeval.record import Axis
from aeeval.records import Records
from aeeval.report.entries import NOTHING, Entries, Notes, Some, entry
from aeeval.report.sections import OWN_RUN, Row, Section, row_of

KEYS = ("task", "k", "submission")
STANDING = "standing"


@dataclass(frozen=True)
class Column:
    """A column: its header, and the records that its entries are made of.

    With `shows_null`, null values that are not the same in the whole column stand beside the numbers.
    """

    header: str
    records: Records
    shows_null: bool = False

    @property
    def nulls(self) -> set[float]:
        """The distinct null values of the column."""
        nulls = self.records.numbers["null"]
        return set(nulls[~np.isnan(nulls)].tolist())

    def text(self, some: Some, notes: Notes, null: bool) -> str:
        """The entry of some of its records, one a seed."""
        return entry(some, notes, null)


@dataclass(frozen=True)
class Table:
    """What both writers write: `signature` says what it is of and how to make it again, `lead` how to read it."""

    title: str
    signature: str
    lead: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    keys: int

    @property
    def align(self) -> tuple[str, ...]:
        """ "left" for names, "right" for numbers: all entries, and keys such as k and batch."""

        def is_number(text: str) -> bool:
            return text == NOTHING or text.replace(".", "", 1).isdigit()

        named = [i < self.keys and not all(is_number(row[i]) for row in self.rows) for i in range(len(self.header))]
        return tuple("left" if name else "right" for name in named)


def make_table(
    section: Section, title: str, lead: Sequence[str], columns: Sequence[Column], down: Sequence[str] = ()
) -> Table:
    """One row per (task, k, submission) and value of the axes `down`; an entry no record belongs to is a dash.

    Where the section knows standings, a column says of each row whether it is verified.
    """
    notes = Notes()
    grids = [_grid(column, down) for column in columns]
    beside = [column.shows_null and len(column.nulls) > 1 for column in columns]
    places = _in_order(section, {place for grid in grids for place in grid}, down)
    rows = []
    for row, at in places:
        keys = (row[0], str(row[1]), section.labels[row[2]], *_standing(section, row), *(str(value) for value in at))
        parts = zip(columns, grids, beside, strict=True)
        cells = (column.text(grid.get((row, at), _NONE), notes, null) for column, grid, null in parts)
        rows.append((*keys, *cells))
    named = (*KEYS, *((STANDING,) if section.standings else ()), *down)
    header = (*named, *(column.header for column in columns))
    return Table(title, _signature(section), tuple(lead), header, tuple(rows), notes.lines, len(named))


def _standing(section: Section, row: Row) -> tuple[str, ...]:
    return (section.standings.get(row[2], OWN_RUN),) if section.standings else ()


Place = tuple[Row, tuple[Axis, ...]]
_NONE = Some([], [], [], [])


def _grid(column: Column, down: Sequence[str]) -> dict[Place, Some]:
    """The records of each place; one that was lost before it had axes counts at every place of its row."""
    records = column.records
    if not down:
        return _by_place(records, down)
    bare = np.array([not part.axes for part in records.number.values], dtype=bool)[records.number.codes]
    lost = np.array([state.status != "ok" for state in records.state.values], dtype=bool)[records.state.codes]
    grid = _by_place(records.take(~(bare & lost)), down)
    rows: dict[Row, list[Place]] = {}
    for place in grid:
        rows.setdefault(place[0], []).append(place)
    for (row, nowhere), early in _by_place(records.take(bare & lost), down).items():
        for place in rows.get(row) or [(row, nowhere)]:
            grid[place] = grid[place] + early if place in grid else early
    return grid


def _by_place(records: Records, down: Sequence[str]) -> dict[Place, Some]:
    """The records of each place, in their order; places as they appear."""
    rows, row_keys = records.cell.codes_of(row_of)
    axes, axes_keys = records.number.codes_of(lambda part: tuple(part.axes.get(axis, NOTHING) for axis in down))
    places = rows * max(1, len(axes_keys)) + axes
    order = np.argsort(places, kind="stable")
    starts = np.flatnonzero(np.diff(places[order], prepend=-1))
    keys = (divmod(place, max(1, len(axes_keys))) for place in places[order[starts]].tolist())
    found = Entries(records.take(order)).cut(starts)
    return {(row_keys[row], axes_keys[at]): some for (row, at), some in zip(keys, found, strict=True)}


def _in_order(section: Section, places: Iterable[Place], down: Sequence[str]) -> list[Place]:
    """Rows in the order of the section, and within a row the axes: numbers by size, words as they appear."""
    distinct = section.records.distinct("axes") if down else ()
    appear = [dict.fromkeys(axes.get(axis, NOTHING) for axes in distinct) for axis in down]
    words = [{value: i for i, value in enumerate(values)} for values in appear]

    def of_axes(at: tuple[Axis, ...]) -> list[Any]:
        return [(0, v) if not isinstance(v, str) else (1, words[i][v]) for i, v in enumerate(at)]

    groups: dict[Row, list[tuple[Axis, ...]]] = {}
    for row, at in places:
        groups.setdefault(row, []).append(at)
    return [(row, at) for row in section.in_order(groups) for at in sorted(groups[row], key=of_axes)]


def _signature(section: Section) -> str:
    return f"{section.title} · {seeds_text(section.seeds)} · `{section.again}`"


def seeds_text(seeds: Sequence[int]) -> str:
    """For example "seeds 0–2", "seed 0" or "seeds 0, 2"."""
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    whole = len(seeds) == seeds[-1] - seeds[0] + 1
    return f"seeds {seeds[0]}–{seeds[-1]}" if whole else f"seeds {', '.join(map(str, seeds))}"
