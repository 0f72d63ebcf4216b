"""A wide table, before it is Markdown or LaTeX: rows (task, k, submission), columns of records, one entry each.

Texts are plain Unicode; `code` stands between backticks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from aeeval.record import Axis, Record
from aeeval.report.entries import NOTHING, Notes, entry
from aeeval.report.sections import OWN_RUN, Row, Section, row_of

KEYS = ("task", "k", "submission")
STANDING = "standing"


@dataclass(frozen=True)
class Column:
    """A column: its header, and the records that its entries are made of.

    With `shows_null`, null values that are not the same in the whole column stand beside the numbers.
    """

    header: str
    records: tuple[Record, ...]
    shows_null: bool = False

    @property
    def nulls(self) -> set[float]:
        """The distinct null values of the column."""
        return {record.null for record in self.records if record.null is not None}

    def text(self, records: Sequence[Record], notes: Notes, null: bool) -> str:
        """The entry of some of its records, one a seed."""
        return entry(records, notes, null)


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
        cells = (column.text(grid.get((row, at), ()), notes, null) for column, grid, null in parts)
        rows.append((*keys, *cells))
    named = (*KEYS, *((STANDING,) if section.standings else ()), *down)
    header = (*named, *(column.header for column in columns))
    return Table(title, _signature(section), tuple(lead), header, tuple(rows), notes.lines, len(named))


def _standing(section: Section, row: Row) -> tuple[str, ...]:
    return (section.standings.get(row[2], OWN_RUN),) if section.standings else ()


Place = tuple[Row, tuple[Axis, ...]]


def _grid(column: Column, down: Sequence[str]) -> dict[Place, list[Record]]:
    """The records of each place; one that was lost before it had axes counts at every place of its row."""
    grid: dict[Place, list[Record]] = {}
    early = []
    for record in column.records:
        if down and not record.axes and record.status != "ok":
            early.append(record)
            continue
        place = row_of(record), tuple(record.axes.get(axis, NOTHING) for axis in down)
        grid.setdefault(place, []).append(record)
    measured = list(grid)
    for record in early:
        row = row_of(record)
        for place in [place for place in measured if place[0] == row] or [(row, (NOTHING,) * len(down))]:
            grid.setdefault(place, []).append(record)
    return grid


def _in_order(section: Section, places: Iterable[Place], down: Sequence[str]) -> list[Place]:
    """Rows in the order of the section, and within a row the axes: numbers by size, words as they appear."""
    appear = [dict.fromkeys(record.axes.get(axis, NOTHING) for record in section.records) for axis in down]
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
