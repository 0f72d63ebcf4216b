"""Flags: what a reader must know of a row before its numbers are believed.

A flag is a fact whose record carries a reason: a metric says so by the reason, and this table what it means for ranks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aeeval.record import Record
from aeeval.records import Records
from aeeval.report.entries import NOTHING, Notes, Some, superscript
from aeeval.report.layout import Column
from aeeval.report.sections import Row, row_of


@dataclass(frozen=True)
class Flag:
    """The word in tables, and the capabilities on which a flagged cell is shown but not ranked."""

    word: str
    unranked: tuple[str, ...] = ()


FLAGS: Mapping[str, Flag] = {
    "passes_input": Flag("pass-through", ("reconstruction", "extrapolation")),
    "answer_drift": Flag("drifting answers"),
    "gradient_gap": Flag("gradient"),
    "code_tail": Flag("heavy tails"),
    "repeated_samples": Flag("repeats"),
}


def flags(records: Iterable[Record]) -> list[Record]:
    """The records that raise a flag: a number of one of these metrics, with a reason."""
    return [record for record in Records.of(records).where(metric=set(FLAGS), status="ok") if record.reason]


def unranked(records: Iterable[Record]) -> set[tuple[Row, int, str]]:
    """(row, seed, capability) of the numbers that are shown and not ranked."""
    raised = flags(records)
    return {(row_of(r), r.seed, capability) for r in raised for capability in FLAGS[r.metric].unranked}


@dataclass(frozen=True)
class FlagColumn(Column):
    """The flags of a row by their words, each with a footnote; "none" where it was looked for and not found."""

    def text(self, some: Some, notes: Notes, null: bool) -> str:
        if not some:
            return NOTHING
        first: dict[str, str] = {}
        for number, state in zip(some.numbers, some.states, strict=True):
            if state.status == "ok" and state.reason:
                first.setdefault(number.metric, f"{state.reason}{_rank(number.metric)}")
        words = (FLAGS[name].word + superscript([notes.mark("flag", said)]) for name, said in first.items())
        return ", ".join(words) or "none"


def flag_columns(records: Sequence[Record]) -> list[FlagColumn]:
    """The column of flags; none where nothing is flagged."""
    if not flags(records):
        return []
    return [FlagColumn("flags", Records.of(records).where(metric=set(FLAGS)))]


def told(records: Sequence[Record]) -> list[str]:
    """A line for each flag of some records: the word, the tasks, and what it is not ranked on."""
    tasks: dict[str, dict[str, None]] = {}
    for record in flags(records):
        tasks.setdefault(record.metric, {})[record.task] = None
    return [f"flag: {FLAGS[name].word} on {', '.join(some)}{_rank(name)}" for name, some in tasks.items()]


def _rank(metric: str) -> str:
    lost = FLAGS[metric].unranked
    return f"; not ranked on {' and '.join(lost)}" if lost else ""
