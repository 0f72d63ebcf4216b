"""What has no number, in words: how much was skipped, failed or timed out, and the commonest reasons."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from aeeval.record import Record
from aeeval.records import Records
from aeeval.report.entries import WORDS
from aeeval.report.sections import cell_of

WIDTH = 110
REASONS = 3


def losses(records: Sequence[Record]) -> str:
    """How many cells and numbers there are and how many are missing, the commonest reasons, and how to see them all."""
    columns = Records.of(records)
    first = f"{_count(_cells(columns), 'cell')}, {_count(len(columns), 'number')}"
    lost = list(columns.where(status={"skipped", "failed", "timeout"}))
    if not lost:
        return f"{first}, all ok."
    counts = [_of_status(lost, status) for status in WORDS if any(record.status == status for record in lost)]
    reasons = Counter((record.status, _one_line(record)) for record in lost).most_common(REASONS)
    lines = [f"  {count:>5} × {status}: {reason}" for (status, reason), count in reasons]
    kinds = len({(record.status, _one_line(record)) for record in lost})
    more = [f"        and {_count(kinds - REASONS, 'other reason')}"] if kinds > REASONS else []
    last = "Why, number by number: in the footnotes of `aeeval table` (`aeeval table OUT` after `--out OUT`)."
    return "\n".join(map(shortened, [f"{first}: {'; '.join(counts)}.", *lines, *more, last]))


def lost_beside(records: Sequence[Record]) -> str:
    """What to say beside a number of which some cells are missing, for example "; 1 of 6 failed"."""
    counts = Counter(record.status for record in records)
    return "".join(f"; {counts[status]} of {len(records)} {WORDS[status]}" for status in WORDS if counts[status])


def main_reason(records: Sequence[Record]) -> str:
    """The commonest status and reason of records without numbers, for example "skipped: needs images"."""
    (status, reason), _ = Counter((record.status, _one_line(record)) for record in records).most_common(1)[0]
    return f"{status}: {reason}"


def shortened(line: str) -> str:
    """A line of at most `WIDTH` characters; what is cut shows as "…"."""
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1].rstrip()}…"


def _of_status(lost: Sequence[Record], status: str) -> str:
    some = [record for record in lost if record.status == status]
    return f"{len(some)} {WORDS[status]} in {_count(_cells(some), 'cell')}"


def _cells(records: Sequence[Record]) -> int:
    if isinstance(records, Records):
        return len(np.unique(records.cell.codes_of(cell_of)[0]))
    return len({cell_of(record) for record in records})


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _one_line(record: Record) -> str:
    return " ".join((record.reason or "").split())
