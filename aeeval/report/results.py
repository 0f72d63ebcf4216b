"""The results of a run as one object: its records, and every way to read them."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from aeeval.record import STATUSES, Record
from aeeval.report.facts import Metrics
from aeeval.report.frame import frame
from aeeval.report.layout import seeds_text
from aeeval.report.sections import Section, sections
from aeeval.report.summary import summary
from aeeval.report.tables import EMPTY, boards, render

if TYPE_CHECKING:
    import pandas as pd

    from aeeval.report.notebook import Pictured


class Results:
    """Records and the facts of their metrics; `records` is a tuple, in the order in which they were made.

    `pictures` answers with those that were kept, each a record of its cell and what reads its arrays.
    """

    def __init__(
        self, records: Iterable[Record], metrics: Metrics, pictures: Callable[[], "Iterable[Pictured]"] = tuple
    ):
        self.records = tuple(records)
        self._metrics = metrics
        self._pictures = pictures

    def __len__(self) -> int:
        return len(self.records)

    @property
    def failures(self) -> tuple[Record, ...]:
        """The records that failed or ran out of time; skipped ones are no failures."""
        return tuple(record for record in self.records if record.lost)

    def frame(self) -> "pd.DataFrame":
        """The long form: one row a record (see `aeeval.report.frame`)."""
        return frame(self.records)

    def table(self, format: str = "md") -> str:
        """The tables as "md" or "latex" (wide), "csv" or "json" (long)."""
        return render(self.records, self._metrics, format)

    def board(self) -> str:
        """The headlines alone, side by side, as a table of plain text."""
        return boards(self.records, self._metrics)

    def summary(self) -> str:
        """One line a headline beside PCA, with a word; then what was skipped or failed."""
        return summary(self.records, self._metrics)

    def _repr_html_(self) -> str:
        """What a notebook shows: the boards, and what each submission has learned (`aeeval.report.notebook`)."""
        from aeeval.report.notebook import notebook

        return notebook(self.records, self._metrics, self._pictures()) if self.records else f"<p>{EMPTY}</p>"

    def __repr__(self) -> str:
        if not self.records:
            return f"Results: {EMPTY}"
        counts = Counter(record.status for record in self.records)
        statuses = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
        heads = [f"  {_contents(section)}" for section in sections(self.records)]
        return "\n".join([f"Results: {len(self)} records ({statuses})", *heads, "", self.summary()])


def _contents(section: Section) -> str:
    names = ", ".join(section.labels[who] for who in section.entrants)
    return f"{section.title}: {names} on {', '.join(section.tasks)}; {seeds_text(section.seeds)}"
