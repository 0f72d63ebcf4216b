"""HTML: the tables as they are, in one page that needs no other file and no script."""

from collections.abc import Sequence
from html import escape

from aeeval.report.latex import CODE
from aeeval.report.layout import Table

STYLE = (
    "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1a1a1a}"
    "table{border-collapse:collapse;margin:.6rem 0 1.4rem;font-variant-numeric:tabular-nums}"
    "th,td{padding:.25rem .7rem;border-bottom:1px solid #ddd;white-space:nowrap}"
    "thead th{border-bottom:2px solid #555}.left{text-align:left}.right{text-align:right}"
    "code{background:#f3f3f3;padding:0 .2rem}.wide{overflow-x:auto}"
)


def plain_html(heading: str, intro: str, tables: Sequence[Table]) -> str:
    """A whole page: a heading, a paragraph on how to read the entries, and the tables one after another."""
    body = "\n".join([f"<h1>{escape(heading)}</h1>", f"<p>{text(intro)}</p>", *map(table_html, tables)])
    head = f'<meta charset="utf-8"><title>{escape(heading)}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def text(line: str) -> str:
    """A line with `code` between backticks, as HTML; nothing else in it is markup."""
    pieces = CODE.split(line)
    return "".join(f"<code>{escape(piece)}</code>" if i % 2 else escape(piece) for i, piece in enumerate(pieces))


def table_html(table: Table) -> str:
    """A table with its title and notes, as a part of a page."""
    rows = "\n".join(_row("td", row, table.align) for row in table.rows)
    lead = "".join(f"<li>{text(line)}</li>" for line in (*table.lead, *table.notes))
    parts = [
        f"<h2>{escape(table.title)}</h2>" if table.title else "",
        f"<p>{text(table.signature)}</p>" if table.signature else "",
        f"<ul>{lead}</ul>" if lead else "",
        f'<div class="wide"><table><thead>{_row("th", table.header, table.align)}</thead>',
        f"<tbody>\n{rows}\n</tbody></table></div>",
    ]
    return "\n".join(part for part in parts if part)


def _row(tag: str, cells: Sequence[str], align: Sequence[str]) -> str:
    each = (f'<{tag} class="{side}">{escape(cell)}</{tag}>' for cell, side in zip(cells, align, strict=True))
    return f"<tr>{''.join(each)}</tr>"
