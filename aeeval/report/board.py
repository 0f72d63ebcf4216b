"""The board: one row per (task, k, submission), one column per headline, and one of flags if any."""

from aeeval.report.facts import ARROWS, Metrics, explain
from aeeval.report.flags import flag_columns
from aeeval.report.headlines import Headline, headlines
from aeeval.report.layout import Column, Table, make_table
from aeeval.report.sections import Section


def board(section: Section, metrics: Metrics) -> Table:
    """The headline of every capability side by side, and below the title what each of them is."""
    found = [one for name in section.capabilities for one in headlines(section.records, metrics, name)]
    columns = [Column(one.title + ARROWS[one.metric.better], one.pick(section.records)) for one in found]
    return make_table(section, "Board", legend(found), [*columns, *flag_columns(section.records)])


def legend(found: list[Headline]) -> list[str]:
    """One line a headline metric: what it is, its unit, which way is better, and the ideal."""
    return [f"{_names(one, found)}: {explain(one.metric)}." for one in {one.metric.id: one for one in found}.values()]


def _names(one: Headline, found: list[Headline]) -> str:
    words = [other.word for other in found if other.metric.id == one.metric.id and other.word]
    return f"`{one.metric.id}` ({' '.join([one.metric.capability, ', '.join(words)]).rstrip()})"
