"""A bench as one document, and as tables: one setting each, as absolute times of two settings would be misread."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from aeeval.benching import Bench, Compared
from aeeval.errors import DataError, UnknownName, message
from aeeval.report.latex import latex
from aeeval.report.layout import Table
from aeeval.report.markdown import markdown
from aeeval.report.speed_tables import against, by_batch, speed, work
from aeeval.throughput.compare import Comparison
from aeeval.throughput.row import SCHEMA
from aeeval.throughput.setting import Setting, one_setting

Document = Mapping[str, Any]
TITLE = "Throughput"
INTRO = (
    "Samples a second is the batch over the median period of a steady stream, at the best batch size; p50, p95 and p99 "
    "are of one synchronised call at batch 1, cold ones with flushed caches; fvu was reached at this very setting. "
    "– was not measured. Times of two tables do not compare: the setting differs."
)
PLACE = tuple(Setting.__dataclass_fields__)


def document(bench: Bench, made_by: Mapping[str, Any]) -> dict[str, Any]:
    """Everything about a bench but its samples, ready for JSON; `made_by` is its provenance."""
    return {
        "schema": SCHEMA,
        "made_by": {**made_by, "device_facts": bench.device_facts},
        "rows": [row.to_dict() for row in bench.rows],
        "ceilings": [
            {**asdict(setting), "gemm_flops": roofs.gemm, "copies": [list(pair) for pair in roofs.copies]}
            for setting, roofs in bench.ceilings.items()
        ],
        "compared": [_compared(one) for one in bench.compared],
    }


def read(text: str, where: str) -> Document:
    """A document from its JSON; raises `DataError` where it is none."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise DataError(
            message(f"a JSON file of aeeval bench at {where}", str(error), "make one with --out")
        ) from error
    if not isinstance(found, dict) or found.get("schema") != SCHEMA or "rows" not in found:
        raise DataError(message(f"rows of aeeval bench, schema {SCHEMA}, in {where}", "none", "make it with --out"))
    return found


def render(made: Document, style: str = "md") -> str:
    """The document as "md" or "latex" (wide, a group of tables for each setting), "csv" (long) or "json"."""
    if style not in FORMATS:
        raise UnknownName("format", style, FORMATS)
    return FORMATS[style](made)


def tables(made: Document) -> list[Table]:
    """The tables of every setting, in the order in which the settings were measured."""
    found = []
    for setting in dict.fromkeys(_setting(row) for row in made["rows"]):
        rows = [row for row in made["rows"] if _setting(row) == setting]
        compared = [one for one in made["compared"] if _setting(one) == setting]
        roofs = [one for one in made["ceilings"] if _setting(one) == setting]
        found += of_setting(rows, compared, roofs, made["made_by"])
    return found


def of_setting(
    rows: Sequence[Document], compared: Sequence[Document], roofs: Sequence[Document], made_by: Document
) -> list[Table]:
    """The tables of rows of one setting; raises `NotComparable` where there are several."""
    setting = one_setting(_setting(row) for row in (*rows, *compared, *roofs))
    signature = f"{setting} · `{made_by.get('command', '')}`"
    made = [speed(rows, signature), work(rows, roofs, signature), by_batch(rows, signature)]
    return [*made, *([against(compared, signature)] if compared else [])]


def _setting(row: Document) -> Setting:
    return Setting(**{name: row[name] for name in PLACE})


def _compared(one: Compared) -> dict[str, Any]:
    outcome = one.outcome
    numbers = {**asdict(outcome), "null": outcome.null} if isinstance(outcome, Comparison) else {}
    place = {**asdict(one.who), **asdict(one.setting), "op": one.op, "batch": one.batch}
    return {**place, "reference": one.reference, "reason": one.reason, **numbers}


def _to_csv(made: Document) -> str:
    """A line a row; what a timing is made of stays in the JSON."""
    rows = [{key: value for key, value in row.items() if key != "timings"} for row in made["rows"]]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(key for row in rows for key in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _flat(value) for key, value in row.items()} for row in rows)
    return out.getvalue()


def _flat(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, list) else value


def _wide(write: Callable[[str, str, Sequence[Table]], str]) -> Callable[[Document], str]:
    return lambda made: write(TITLE, INTRO, tables(made))


FORMATS: Mapping[str, Callable[[Document], str]] = {
    "md": _wide(markdown),
    "csv": _to_csv,
    "latex": _wide(latex),
    "json": lambda made: json.dumps(made, indent=1, allow_nan=False, ensure_ascii=False) + "\n",
}
