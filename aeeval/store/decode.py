"""The lines of a cell as columns, without making a record: a million of them in seconds.

A line as `Record.to_json` writes it is, in this order,

    {HEAD CELL METRIC, "null": N, "p": P, "reason": R CELL STATUS, "stderr": E CELL UNIT, "value": V}

where the three pieces CELL are the same in all lines of a cell. One cell is like another: what came after a line in the
cell before most likely comes after it here too, with other pieces CELL and other numbers N and V. So each line is first
held against that, which takes two comparisons; where it differs, a regular expression takes it apart. Lines of another
form are left to the reader that parses each of them.
"""

import json
import math
import re

from aeeval.record import SCHEMA, STATUSES
from aeeval.records import NUMBERS, Builder, CellPart, NumberPart, StatePart

_WORD = rb'"[^"\\]*"'
_TEXT = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_FORM = (
    rb'\{("axes": \{[^{}]*\}, "better": WORD, "capability": WORD)'
    rb'(, "data_sha256": WORD, "env": WORD, "latent_dim": \d+)'
    rb'(, "metric": WORD, "metric_version": \d+), "null": ([^,]*), "p": ([^,]*), "reason": (null|TEXT)'
    rb'(, "schema": \d+, "seed": \d+)(, "status": WORD), "stderr": ([^,]*)'
    rb'(, "submission": WORD, "submission_sha256": WORD, "suite": WORD, "suite_digest": WORD, "task": WORD, '
    rb'"task_version": \d+, "track": WORD)(, "unit": TEXT), "value": ([^}]*)\}'
)
_LINE = re.compile(_FORM.replace(b"WORD", _WORD).replace(b"TEXT", _TEXT))
_NULL = b"null"
Pieces = tuple[bytes, bytes, bytes]
Columns = tuple[list["Kind"], list[float], list[float], list[float], list[float]]


class Kind:
    """Lines that differ in their cell, N and V alone: which number and state they are, and what mostly comes next."""

    __slots__ = (
        *("head", "metric", "reason", "status", "unit"),
        *("number", "state", "ok", "next", "pieces", "start", "stop"),
    )

    def __init__(self, number: int, state: int, ok: bool, *texts: bytes):
        self.number, self.state, self.ok = number, state, ok
        self.head, self.metric, self.reason, self.status, self.unit = texts
        self.next = self
        self.pieces: Pieces | None = None
        self.start = self.stop = b""

    def turn_to(self, pieces: Pieces) -> None:
        """Write the texts before N, and between N and V, for the lines of a cell."""
        one, two, three = self.pieces = pieces
        self.start = b'{%s%s%s, "null": ' % (self.head, one, self.metric)
        middle = b', "p": null, "reason": %s%s%s, "stderr": null%s%s, "value": '
        self.stop = middle % (self.reason, two, self.status, three, self.unit)


class Decoder:
    """Adds the lines of cells to a builder; remembers the kinds of lines that it has seen."""

    def __init__(self, builder: Builder):
        self.builder = builder
        self._kinds: dict[tuple[bytes, ...], Kind] = {}
        self._last = Kind(-1, -1, False, b"", b"", b"", b"", b"")  # no line starts as its lines do

    def add(self, lines: bytes) -> bool:
        """Add the records of the lines of one cell; -> whether they are of the form that is known here.

        Where they are not, nothing was added.
        """
        try:
            pieces, cell = _cell(lines)
            kinds, *columns = self._rows(lines, pieces)
            code = self.builder.code("cell", cell)
        except (ValueError, TypeError, KeyError):
            return False
        codes = self.builder.codes
        codes["cell"] += [code] * len(kinds)
        codes["number"] += [kind.number for kind in kinds]
        codes["state"] += [kind.state for kind in kinds]
        for name, column in zip(NUMBERS, columns, strict=True):
            self.builder.numbers[name] += column
        return True

    def _rows(self, lines: bytes, pieces: Pieces) -> Columns:
        """The kind, value, stderr, null and p of every line; a loop with few calls, as it turns a million times."""
        kinds: list[Kind] = []
        values: list[float] = []
        stderrs: list[float] = []
        nulls: list[float] = []
        ps: list[float] = []
        nan, total, kind = math.nan, 0.0, self._last
        for line in lines[:-1].split(b"\n"):
            before, kind = kind, kind.next
            if kind.pieces is not pieces:
                kind.turn_to(pieces)
            place = len(kind.start)
            stop = line.find(b",", place)
            if line.startswith(kind.start) and line.startswith(kind.stop, stop):
                null, text = line[place:stop], line[stop + len(kind.stop) : -1]
                stderrs.append(nan)
                ps.append(nan)
            else:
                kind, text, stderr, null, p = self._taken_apart(line, pieces)
                before.next = kind
                for column, other in ((stderrs, stderr), (ps, p)):
                    column.append(number := nan if other == _NULL else float(other))
                    total += number if number == number else 0.0
            if kind.ok:
                values.append(number := float(text))
                total += number
            elif text == _NULL:
                values.append(nan)
            else:
                raise ValueError("a value where the status is not ok")
            if null == _NULL:
                nulls.append(nan)
            else:
                nulls.append(number := float(null))
                total += number
            kinds.append(kind)
        if total - total != 0:
            raise ValueError("a number that is not finite")
        return kinds, values, stderrs, nulls, ps

    def _taken_apart(self, line: bytes, pieces: Pieces) -> tuple[Kind, bytes, bytes, bytes, bytes]:
        """The kind of a line, and the texts of its value, stderr, null and p."""
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError("a line of another form")
        head, one, metric, null, p, reason, two, status, stderr, three, unit, value = found.groups()
        if (one, two, three) != pieces:
            raise ValueError("a line of another cell")
        texts = head, metric, reason, status, unit
        kind = self._kinds.get(texts)
        if kind is None:
            kind = self._kinds[texts] = self._kind(*texts)
        return kind, value, stderr, null, p

    def _kind(self, head: bytes, metric: bytes, reason: bytes, status: bytes, unit: bytes) -> Kind:
        number = NumberPart(**json.loads(b"{%s%s%s}" % (head, metric, unit)))
        state = StatePart(**json.loads(b'{%s, "reason": %s}' % (status.removeprefix(b", "), reason)))
        if state.status not in STATUSES or (state.status != "ok" and not state.reason):
            raise ValueError(state)
        codes = self.builder.code("number", number), self.builder.code("state", state)
        return Kind(*codes, state.status == "ok", head, metric, reason, status, unit)


def _cell(lines: bytes) -> tuple[Pieces, CellPart]:
    """The three pieces that say what the cell is, as the first line has them, and what they say."""
    found = _LINE.match(lines)
    if found is None:
        raise ValueError("a line of another form")
    one, two, three = pieces = found[2], found[7], found[10]
    row = json.loads(b"{%s%s%s}" % (one.removeprefix(b", "), two, three))
    if row.pop("schema") != SCHEMA:
        raise ValueError("another schema")
    return pieces, CellPart(**row)
