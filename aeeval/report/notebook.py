"""Results in a notebook: the boards, and below them what each submission has learned, to be turned on the spot."""

import base64
import io
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from itertools import islice

import numpy as np

from aeeval.errors import AeevalError
from aeeval.record import Record
from aeeval.records import Records
from aeeval.report.board import board
from aeeval.report.embed import in_script, script
from aeeval.report.facts import Metrics
from aeeval.report.figures.subject import Subject
from aeeval.report.layout import Table
from aeeval.report.plain_html import table_html, text
from aeeval.report.scene import scene
from aeeval.report.sections import is_baseline, row_of, sections
from aeeval.report.site.thumbnail import thumbnail

MOST = 8  # pictures; each is about 100 kB of the notebook's file
DOTS = 160  # an inch of a still picture
Pictured = tuple[Record, Callable[[], Mapping[str, np.ndarray]]]
_STYLE = (
    ".aeeval-results table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    ".aeeval-results th,.aeeval-results td{padding:.2rem .6rem;white-space:nowrap}"
    ".aeeval-results .left{text-align:left}.aeeval-results .right{text-align:right}"
    ".aeeval-results .wide{overflow-x:auto}.aeeval-results summary{cursor:pointer;padding:.25rem 0}"
    ".aeeval-results .still img{max-width:100%;background:#fff;border-radius:6px}"
)


def notebook(records: Sequence[Record], metrics: Metrics, pictures: Iterable[Pictured] = ()) -> str:
    """HTML that needs no other file: the board of every suite, and the first pictures, each in a fold of its own.

    `pictures` are a record of the cell and what reads its arrays; reference rows have none. Names are escaped, and a
    picture that cannot be read or drawn says why. Where scripts are not run, still pictures stay.
    """
    tables = "\n".join(_board(board(section, metrics)) for section in sections(records))
    order = {place: number for number, place in enumerate(Records.of(records).distinct("task", "submission"))}
    wanted = [one for one in pictures if not is_baseline(_entrant(one[0]))]
    wanted.sort(key=lambda one: (order.get((one[0].task, one[0].submission), len(order)), one[0].latent_dim))
    folds = "\n".join(_fold(*one, records, number == 0) for number, one in enumerate(islice(wanted, MOST)))
    more = f"<p>{len(wanted) - MOST} more: <code>aeeval report</code> shows all.</p>" if len(wanted) > MOST else ""
    code = f"<script>{script()}</script>\n" if folds else ""
    return f'<div class="aeeval-results"><style>{_STYLE}</style>\n{tables}\n{code}{folds}{more}</div>'


def _board(table: Table) -> str:
    """The board with what its columns and marks mean folded away below it."""
    words = "".join(f"<li>{text(line)}</li>" for line in (*table.lead, *table.notes))
    plain = table_html(replace(table, lead=(), notes=()))
    return f"{plain}\n<details><summary>what the columns and marks mean</summary><ul>{words}</ul></details>"


def _entrant(record: Record) -> tuple[str, str, str]:
    return row_of(record)[2]


def _fold(record: Record, read: Callable[[], Mapping[str, np.ndarray]], records: Sequence[Record], opened: bool) -> str:
    name = f"{record.submission} on {record.task}, k = {record.latent_dim}"
    try:
        inside = "".join(_picture(Subject(record.submission, record.task, record.latent_dim, read(), records)))
    except AeevalError as error:
        inside = f"<p>{escape(str(error))}</p>"
    return f"<details{' open' if opened else ''}><summary>{escape(name)}</summary>\n{inside}</details>"


def _picture(subject: Subject) -> Iterator[str]:
    """The still picture, and the script that has it turned once its fold is open: browsers keep few at a time."""
    made, ident = scene(subject.arrays, subject.title), f"aeeval-{secrets.token_hex(6)}"
    yield f'<div id="{ident}" class="still">{_still(subject, str(made["text"]))}</div>'
    yield (
        "<script>(() => { const place = document.getElementById(" + in_script(ident) + ");"
        " const fold = place.closest('details'); const scene = " + in_script(made) + ";"
        " const show = () => { if (fold.open && !place.dataset.shown) {"
        " place.dataset.shown = 'yes'; aeevalScene.mount(place, scene); } };"
        " fold.addEventListener('toggle', show); show(); })()</script>\n"
    )


def _still(subject: Subject, words: str) -> str:
    """An image with its words; without matplotlib the words."""
    held = io.BytesIO()
    try:
        thumbnail(subject).savefig(held, format="webp", dpi=DOTS)
    except AeevalError:
        return f"<p>{escape(words)}</p>"
    return f'<img alt="{escape(words)}" src="data:image/webp;base64,{base64.b64encode(held.getvalue()).decode()}">'
