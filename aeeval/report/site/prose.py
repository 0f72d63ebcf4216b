"""Docstrings and lines with `code` as HTML: paragraphs and lists, every character of others escaped."""

import re

from markupsafe import Markup, escape

from aeeval.report.plain_html import text

_BLANK = re.compile(r"\n\s*\n")
_SOURCE = re.compile(r"\bSource:\s*(.+?)\.?\s*$", re.DOTALL)
_NULL = re.compile(r"(?:\bNull(?: value)?:?|`null` is)\s+(.+?)(?:\.(?=\s|$)|$)", re.DOTALL)


def code(line: str) -> Markup:
    """A line with `code` between backticks."""
    return Markup(text(" ".join(line.split())))  # text() escapes


def prose(doc: str) -> Markup:
    """A docstring as paragraphs; blocks whose lines are indented, or begin with a dash, keep their lines."""
    return Markup("\n").join(_block(block) for block in _BLANK.split(doc.strip()) if block.strip())


def _block(block: str) -> Markup:
    lines = block.splitlines()
    if all(line.startswith("    ") for line in lines):
        return Markup("<pre>{}</pre>").format("\n".join(line[4:] for line in lines))
    if lines[0].lstrip().startswith("- "):
        items = re.split(r"\n?\s*- ", block)[1:]
        return Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(code(one)) for one in items))
    return Markup("<p>{}</p>").format(code(block))


def parts(doc: str) -> dict[str, str]:
    """The definition of a metric in its parts: `summary`, `body`, `null` and `source`, each "" where it is not said."""
    summary, _, rest = doc.partition("\n")
    source = _SOURCE.search(rest)
    body = rest[: source.start()] if source else rest
    null = _NULL.search(body)
    return {
        "summary": summary,
        "body": body.strip(),
        "null": " ".join(null[1].split()) if null else "",
        "source": " ".join(source[1].split()) if source else "",
    }


__all__ = ["code", "escape", "parts", "prose"]
