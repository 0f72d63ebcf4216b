"""Tables of records: long as CSV and JSON, wide as Markdown and LaTeX."""

from collections.abc import Callable, Mapping, Sequence

from aeeval.errors import UnknownName
from aeeval.record import Record
from aeeval.report.board import board
from aeeval.report.details import details
from aeeval.report.facts import Metrics
from aeeval.report.frame import to_csv
from aeeval.report.latex import latex
from aeeval.report.layout import Table
from aeeval.report.markdown import markdown, short
from aeeval.report.sections import Section, Standings, sections

EMPTY = "No records: nothing was measured yet. Start with `aeeval run SUBMISSION`."
INTRO = (
    "Mean ± half of the 95 % t-interval over seeds; one seed has no interval. – was not measured. "
    "(ref) marks reference rows, which are shown and never ranked; (frozen) ones were trained elsewhere, (own-k) ones "
    "chose their k: tracks are never ranked together. The arrow shows which way is better."
)

Writer = Callable[[str, str, Sequence[Table]], str]


def render(records: Sequence[Record], metrics: Metrics, format: str = "md", standings: Standings | None = None) -> str:
    """The records as "md" or "latex" (wide: a board, then the details of each capability), "csv" or "json" (long).

    Records of several suites or digests never share a table. `standings` of entrants from packed results become a
    column of all but "json", which holds the records as they are. Raises `NotComparable` where a wide table would mix
    versions of a task, a metric or the data, and `UnknownName` for another format.
    """
    if format not in FORMATS:
        raise UnknownName("format", format, FORMATS)
    return FORMATS[format](records, metrics, standings or {})


def to_json(records: Sequence[Record]) -> str:
    """A JSON list of the records, one a line; `Record.from_dict` reads each back."""
    lines = ",\n".join(record.to_json() for record in records)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def wide(records: Sequence[Record], metrics: Metrics, write: Writer, standings: Standings | None = None) -> str:
    """All wide tables of all sections, written by `write`."""
    if not records:
        return write("Results", EMPTY, [])
    return "\n".join(write(one.title, INTRO, _tables(one, metrics)) for one in sections(records, standings))


def boards(records: Sequence[Record], metrics: Metrics) -> str:
    """The boards alone, one of each section: what to look at first, on a terminal."""
    return "\n\n".join(short(board(one, metrics)) for one in sections(records)) or EMPTY


def _tables(section: Section, metrics: Metrics) -> list[Table]:
    each = [table for capability in section.capabilities for table in details(section, capability, metrics)]
    return [board(section, metrics), *each]


FORMATS: Mapping[str, Callable[[Sequence[Record], Metrics, Standings], str]] = {
    "md": lambda records, metrics, standings: wide(records, metrics, markdown, standings),
    "csv": lambda records, metrics, standings: to_csv(records, standings),
    "latex": lambda records, metrics, standings: wide(records, metrics, latex, standings),
    "json": lambda records, metrics, standings: to_json(records),
}
