"""Markdown: pipe tables whose source is aligned too."""

import re
from collections.abc import Sequence

from tabulate import tabulate

from aeeval.report.layout import Table

SPECIAL = re.compile(r"([\\*<>|#\[\]])")


def markdown(heading: str, intro: str, tables: Sequence[Table]) -> str:
    """A heading, a line on how to read the entries, and the tables one after another."""
    return "\n\n".join([f"# {heading}", intro, *(_table(table) for table in tables)]) + "\n"


def short(table: Table) -> str:
    """The signature, the rows and the footnotes of a table, without a word on how to read it."""
    notes = _list([_escaped(note) for note in table.notes])
    return "\n\n".join(part for part in (table.signature, _grid(table), notes) if part)


def _table(table: Table) -> str:
    signature, *rest = short(table).split("\n\n", 1)
    return "\n\n".join(part for part in (f"## {table.title}", signature, _list(table.lead), *rest) if part)


def _grid(table: Table) -> str:
    header = [_cell(text) for text in table.header]
    rows = [[_cell(text) for text in row] for row in table.rows]
    return tabulate(rows, header, tablefmt="pipe", colalign=table.align if rows else None, disable_numparse=True)


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _escaped(text: str) -> str:
    """A reason is text of others: nothing in it may become markup."""
    return SPECIAL.sub(r"\\\1", text).replace("`", "'")
