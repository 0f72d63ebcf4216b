"""LaTeX: one booktabs table each, escaped for pdflatex."""

import re
import unicodedata
from collections.abc import Sequence

from aeeval.report.layout import Table

PREAMBLE = "% In the preamble: \\usepackage{booktabs,adjustbox}"
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
SYMBOLS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": "$<$", ">": "$>$", "|": "$|$", '"': "''",
    "±": r"$\pm$", "–": "--", "—": "---", "−": "$-$", "·": r"$\cdot$", "×": r"$\times$", "…": r"\dots{}",
    "↓": r"$\downarrow$", "↑": r"$\uparrow$", "→": r"$\to$", "≥": r"$\ge$", "≤": r"$\le$", "∞": r"$\infty$",
    "‖": r"$\|$", "∈": r"$\in$", "∘": r"$\circ$", "⟨": r"$\langle$", "⟩": r"$\rangle$", "√": r"$\surd$",
    "Σ": r"$\Sigma$", "Δ": r"$\Delta$", "δ": r"$\delta$", "ε": r"$\varepsilon$", "σ": r"$\sigma$", "π": r"$\pi$",
    "ν": r"$\nu$", "μ": r"$\mu$", "ω": r"$\omega$", "ρ": r"$\rho$",
    "θ": r"$\theta$", "λ": r"$\lambda$", "𝓜": r"$\mathcal{M}$", "₂": "$_2$", "½": "1/2",
}  # fmt: skip
CODE = re.compile(r"`([^`]*)`")
ACCENTS = {"\u0302": "hat", "\u0304": "bar"}  # combining, as in x̂ and x̄
LETTER = re.compile(rf"(.)([{''.join(ACCENTS)}]?)", re.DOTALL)
RAISED = re.compile(rf"[{SUPERSCRIPTS}](?:,?[{SUPERSCRIPTS}])*")


def latex(heading: str, intro: str, tables: Sequence[Table]) -> str:
    """A paragraph on how to read the entries, and one `table` environment for each table."""
    comment = f"% {_ascii(heading)}"
    return "\n\n".join([f"{comment}\n{PREAMBLE}", text(intro), *(_table(table) for table in tables)]) + "\n"


def text(line: str) -> str:
    """A line with `code` between backticks, as LaTeX."""
    pieces = CODE.split(line)
    return "".join(rf"\texttt{{{_code(piece)}}}" if i % 2 else _plain(piece) for i, piece in enumerate(pieces))


def _table(table: Table) -> str:
    align = "".join(side[0] for side in table.align)
    below = [*map(text, table.lead), *map(_plain, table.notes)]
    lines = [
        r"\begin{table}[htbp]",
        r"\centering\small",
        rf"\caption{{{_plain(table.title)}: {text(table.signature)}}}\par\smallskip",
        r"\begin{adjustbox}{max width=\linewidth,max totalheight=.75\textheight}",
        rf"\begin{{tabular}}{{{align}}}",
        r"\toprule",
        _row(table.header),
        r"\midrule",
        *map(_row, _without_repeats(table)),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{adjustbox}",
        *([r"\par\smallskip\raggedright\footnotesize", "\\\\\n".join(below)] if below else []),
        r"\end{table}",
    ]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return " & ".join(map(_plain, cells)) + r" \\"


def _without_repeats(table: Table) -> list[tuple[str, ...]]:
    """Rows that name the task and k only where they change, as typeset tables do."""
    rows, before = [], ("", "")
    for row in table.rows:
        group = (row[0], row[1])
        rows.append(("", "", *row[2:]) if group == before else row)
        before = group
    return rows


def _plain(line: str) -> str:
    """Text in which nothing is markup; footnote marks are raised."""
    pieces = RAISED.split(line)
    marks = [rf"\textsuperscript{{{_digits(mark)}}}" for mark in RAISED.findall(line)]
    return "".join(_symbols(piece) + mark for piece, mark in zip(pieces, [*marks, ""], strict=True))


def _code(line: str) -> str:
    return _symbols(line).replace("--", "-{}-")  # two hyphens of an option, not a dash


def _digits(mark: str) -> str:
    return "".join(str(SUPERSCRIPTS.index(c)) if c in SUPERSCRIPTS else c for c in mark)


def _symbols(line: str) -> str:
    return LETTER.sub(_symbol, unicodedata.normalize("NFD", line))


def _symbol(letter: re.Match[str]) -> str:
    character, accent = letter[1], letter[2]
    known = SYMBOLS.get(character) or _ascii(character)
    return rf"$\{ACCENTS[accent]}{{{known}}}$" if accent else known


def _ascii(line: str) -> str:
    """What pdflatex can set of a text: letters without accents it does not know, "?" for the rest."""
    known = unicodedata.normalize("NFKD", line)
    return "".join(c if c.isascii() else "?" for c in known if not unicodedata.combining(c))
