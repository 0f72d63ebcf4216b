"""One entry of a wide table: mean ± interval, what failed beside it, and the footnotes that say why."""

from collections import Counter
from collections.abc import Sequence

from aeeval.record import Record
from aeeval.report.numbers import number, plus_minus
from aeeval.stats.intervals import t_interval

NOTHING = "–"
WORDS = {"failed": "failed", "timeout": "timed out", "skipped": "skipped"}
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Notes:
    """The footnotes of one table: the same reason once, numbered as they come."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def mark(self, kind: str, reason: str) -> int:
        """The number of the footnote for a reason."""
        return self._numbers.setdefault((kind, " ".join(reason.split())), len(self._numbers) + 1)

    @property
    def lines(self) -> tuple[str, ...]:
        """The footnotes, each beginning with its superscript."""
        return tuple(f"{superscript([mark])} {kind}: {reason}" for (kind, reason), mark in self._numbers.items())


def superscript(marks: Sequence[int]) -> str:
    """Footnote marks as one raised word, for example "¹,³"."""
    return ",".join(str(mark) for mark in sorted(set(marks))).translate(SUPERSCRIPTS)


def entry(records: Sequence[Record], notes: Notes, null: bool = False) -> str:
    """The text of one entry from one record a seed.

    "0.031 ± 0.004" is the mean and half of its 95 % t-interval over seeds, "0.031" one seed. "failed¹" is a failure
    in every seed, "0.031 ± 0.004 (1 of 3 failed)¹" one in some. With `null`, "[0.1]" is the mean null beside it.
    """
    if not records:
        return NOTHING
    ok = [record for record in records if record.status == "ok"]
    lost = [record for record in records if record.status != "ok"]
    marks = [notes.mark(record.status, record.reason or "") for record in lost]
    marks += [notes.mark("note", record.reason) for record in ok if record.reason]
    parts = [_number(ok, null)] if ok else []
    if lost:
        parts.append(_losses(lost, of=len(records)) if ok else _all_lost(lost))
    return " ".join(parts) + superscript(marks)


def _number(records: Sequence[Record], null: bool) -> str:
    interval = t_interval([record.value for record in records if record.value is not None])
    nulls = [record.null for record in records if record.null is not None] if null else []
    beside = f" [{number(sum(nulls) / len(nulls))}]" if nulls else ""
    return f"{plus_minus(interval.mean, interval.half)}{beside}"


def _losses(lost: Sequence[Record], of: int) -> str:
    counts = Counter(record.status for record in lost)
    return f"({', '.join(f'{counts[status]} of {of} {WORDS[status]}' for status in WORDS if counts[status])})"


def _all_lost(lost: Sequence[Record]) -> str:
    counts = Counter(record.status for record in lost)
    if len(counts) == 1:
        return lost[0].status
    return ", ".join(f"{counts[status]} {WORDS[status]}" for status in WORDS if counts[status])
