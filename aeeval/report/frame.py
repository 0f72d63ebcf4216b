"""The long form: one row a record, for pandas and for spreadsheets."""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from aeeval.record import SCHEMA, Record, axes_label
from aeeval.records import Records
from aeeval.report.sections import OWN_RUN, Standings, commands, entrant

COLUMNS = (
    "suite", "task", "submission", "latent_dim", "seed", "capability", "metric", "axes", "unit", "better", "status",
    "value", "stderr", "null", "p", "reason", "track", "suite_digest", "task_version", "data_sha256",
    "submission_sha256", "metric_version", "env", "schema",
)  # fmt: skip
INTEGERS = ("latent_dim", "seed", "task_version", "metric_version", "schema")
FLOATS = ("value", "stderr", "null", "p")
_LINES = 50_000
TYPES = {name: "int64" if name in INTEGERS else "float64" if name in FLOATS else "str" for name in COLUMNS}


def frame(records: Iterable[Record]) -> pd.DataFrame:
    """One row a record, in the order given, with the columns `COLUMNS`; also without any record.

    `axes` is a readable word such as "delta=0.05 sampler=gmm10", "" where there are none. A missing number is NaN,
    a missing reason "".
    """
    columns = Records.of(records)
    return pd.DataFrame({name: _column(columns, name) for name in COLUMNS}).astype(TYPES)


def to_csv(records: Sequence[Record], standings: Standings | None = None) -> str:
    """The frame as comma-separated text that `from_csv` reads back without loss.

    A column more, `command`, is what makes the records again; standings are another.
    """
    return "".join(csv_pieces(records, standings))


def csv_pieces(records: Sequence[Record], standings: Standings | None = None) -> Iterator[str]:
    """The text of `to_csv`, so many lines at a time; each word is quoted once, however many rows have it."""
    columns = Records.of(records)
    again = commands(columns)
    yield ",".join((*COLUMNS, "command", *(["standing"] if standings else []))) + "\n"
    for start in range(0, len(columns), _LINES):
        some = columns[start : start + _LINES]
        cells = [_cells(some, name) for name in COLUMNS] + [_quoted(again[start : start + _LINES])]
        if standings:
            codes, entrants = some.cell.codes_of(entrant)
            cells.append(_each([standings.get(one, OWN_RUN) for one in entrants], codes))
        yield "\n".join(map(",".join, zip(*cells, strict=True))) + "\n"


def _cells(records: Records, name: str) -> list[str]:
    """A column as it stands in the file; a number by the shortest text that reads back as it."""
    if name in FLOATS:
        return ["" if math.isnan(number) else repr(number) for number in records.numbers[name].tolist()]
    if name == "schema":
        return [str(SCHEMA)] * len(records)
    part = records.part_of(name)
    return _each([str(_word(name, value)) for value in part.column(name)], part.codes)


def _each(words: Sequence[str], codes: np.ndarray) -> list[str]:
    """The word of every code, quoted where it has to be."""
    every: list[str] = np.array([*_quoted(words), ""], dtype=object)[codes].tolist()
    return every


def _quoted(words: Sequence[str]) -> list[str]:
    known: dict[str, str] = {}
    for word in words:
        if word not in known:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerow([word, ""])
            known[word] = text.getvalue()[: -len(",\n")]
    return [known[word] for word in words]


def from_csv(text: str) -> pd.DataFrame:
    """The frame behind the text of `to_csv`, equal in every value, type and bit."""
    words = {name: kind for name, kind in TYPES.items() if name not in FLOATS}
    converters = dict.fromkeys(FLOATS, _float)
    read = pd.read_csv(
        io.StringIO(text), usecols=list(COLUMNS), dtype=words, converters=converters, keep_default_na=False
    )
    return read.astype(TYPES)


def _float(text: str) -> float:
    """Python's own reading is exact to the last bit in every version; that of pandas is not."""
    return float(text) if text else math.nan


def _column(records: Records, name: str) -> Any:
    if name in FLOATS:
        return records.numbers[name]
    if name == "schema":
        return np.full(len(records), SCHEMA)
    part = records.part_of(name)
    values = [_word(name, value) for value in part.column(name)]
    return np.array(values, dtype=object)[part.codes] if values else []


def _word(name: str, value: Any) -> Any:
    return axes_label(value) if name == "axes" else value or "" if name == "reason" else value
