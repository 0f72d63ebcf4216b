"""Tables of records: long as CSV and JSON, wide as Markdown and LaTeX."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from aeeval.errors import UnknownName
from aeeval.record import Record
from aeeval.report.board import board
from aeeval.report.details import details
from aeeval.report.facts import Metrics
from aeeval.report.frame import csv_pieces
from aeeval.report.latex import latex
from aeeval.report.layout import Table
from aeeval.report.markdown import markdown, short
from aeeval.report.plain_html import plain_html
from aeeval.report.sections import Section, Standings, sections

EMPTY = "No records: nothing was measured yet. Start with `aeeval run SUBMISSION`."
INTRO = (
    "Mean ± half of the 95 % t-interval over seeds; one seed has no interval. – was not measured. "
    "(ref) marks reference rows, which are shown and never ranked; (frozen) ones were trained elsewhere, (own-k) ones "
    "chose their k, (search N) ones are the best of N configurations by validation rows: tracks are never ranked "
    "together. The arrow shows which way is better."
)

_LINES = 10_000
Writer = Callable[[str, str, Sequence[Table]], str]


def render(records: Sequence[Record], metrics: Metrics, format: str = "md", standings: Standings | None = None) -> str:
    """The records as "md", "latex" or "html" (wide: a board, then each capability in detail), "csv" or "json" (long).

    Records of several suites or digests never share a table. `standings` of entrants from packed results become a
    column of all but "json", which holds the records as they are. Raises `NotComparable` where a wide table would mix
    versions of a task, a metric or the data, and `UnknownName` for another format.
    """
    return "".join(pieces(records, metrics, format, standings))


def pieces(
    records: Sequence[Record], metrics: Metrics, format: str = "md", standings: Standings | None = None
) -> Iterator[str]:
    """The text of `render`, piece by piece: that of a million records as one takes gigabytes."""
    if format not in FORMATS:
        raise UnknownName("format", format, FORMATS)
    return FORMATS[format](records, metrics, standings or {})


def to_json(records: Sequence[Record]) -> str:
    """A JSON list of the records, one a line; `Record.from_dict` reads each back."""
    return "".join(json_pieces(records))


def json_pieces(records: Sequence[Record]) -> Iterator[str]:
    """The text of `to_json`, so many lines at a time."""
    for start in range(0, len(records), _LINES):
        lines = ",\n".join(record.to_json() for record in records[start : start + _LINES])
        yield f"{',' if start else '['}\n{lines}"
    yield "\n]\n" if records else "[]\n"


def wide(
    records: Sequence[Record], metrics: Metrics, write: Writer, standings: Standings | None = None
) -> Iterator[str]:
    """All wide tables of all sections, written by `write`."""
    if not records:
        yield write("Results", EMPTY, [])
        return
    for place, one in enumerate(sections(records, standings)):
        yield ("\n" if place else "") + write(one.title, INTRO, _tables(one, metrics))


def boards(records: Sequence[Record], metrics: Metrics) -> str:
    """The boards alone, one of each section: what to look at first, on a terminal."""
    return "\n\n".join(short(board(one, metrics)) for one in sections(records)) or EMPTY


def _tables(section: Section, metrics: Metrics) -> list[Table]:
    each = [table for capability in section.capabilities for table in details(section, capability, metrics)]
    return [board(section, metrics), *each]


FORMATS: Mapping[str, Callable[[Sequence[Record], Metrics, Standings], Iterator[str]]] = {
    "md": lambda records, metrics, standings: wide(records, metrics, markdown, standings),
    "csv": lambda records, metrics, standings: csv_pieces(records, standings),
    "latex": lambda records, metrics, standings: wide(records, metrics, latex, standings),
    "json": lambda records, metrics, standings: json_pieces(records),
    "html": lambda records, metrics, standings: wide(records, metrics, plain_html, standings),
}
