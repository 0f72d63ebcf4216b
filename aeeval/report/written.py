"""Tables that are no plain records, in every format: wide for readers, long for programs."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aeeval.errors import UnknownName
from aeeval.report.latex import latex
from aeeval.report.layout import Table
from aeeval.report.markdown import markdown
from aeeval.report.plain_html import plain_html

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Written:
    """What there is to write: tables of text under a heading, and the same as rows of names and numbers."""

    heading: str
    intro: str
    tables: Sequence[Table]
    rows: Sequence[Row]

    def as_format(self, format: str) -> str:
        """As "md", "latex" or "html" (the tables), "csv" or "json" (the rows); raises `UnknownName` for another."""
        if format not in FORMATS:
            raise UnknownName("format", format, FORMATS)
        return FORMATS[format](self)


def _csv(written: Written) -> str:
    import pandas as pd

    return pd.DataFrame(list(written.rows)).to_csv(index=False, lineterminator="\n")


def _json(written: Written) -> str:
    lines = ",\n".join(json.dumps(dict(row), ensure_ascii=False, allow_nan=False) for row in written.rows)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


FORMATS: Mapping[str, Callable[[Written], str]] = {
    "md": lambda w: markdown(w.heading, w.intro, w.tables),
    "csv": _csv,
    "latex": lambda w: latex(w.heading, w.intro, w.tables),
    "html": lambda w: plain_html(w.heading, w.intro, w.tables),
    "json": _json,
}
