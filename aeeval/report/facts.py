"""What the tables need to know of a metric, and how they say which way is better."""

from collections.abc import Mapping
from typing import Protocol

ARROWS = {"lower": " ↓", "higher": " ↑", "target": " →", "none": ""}
DIRECTIONS = {
    "lower": "lower is better",
    "higher": "higher is better",
    "target": "nearer to the ideal is better",
    "none": "a fact, neither good nor bad",
}


class MetricFacts(Protocol):
    """The facts of a metric; `floor` is the c of log((v+c)/(ref+c)), `margin` the smallest effect worth a word."""

    @property
    def id(self) -> str: ...
    @property
    def capability(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def better(self) -> str: ...
    @property
    def ideal(self) -> float | None: ...
    @property
    def effect(self) -> str: ...
    @property
    def floor(self) -> float: ...
    @property
    def margin(self) -> float: ...
    @property
    def headline(self) -> bool: ...


Metrics = Mapping[str, MetricFacts]


def explain(metric: MetricFacts) -> str:
    """A metric in one line: the first line of its `doc`, the unit if not named there, the better side, the ideal."""
    summary = getattr(metric, "doc", "").partition("\n")[0].rstrip(".")
    unit = f"in {metric.unit}" if has_unit(metric) and metric.unit not in summary else ""
    ideal = "" if metric.ideal is None else f"ideal {metric.ideal:g}"
    return "; ".join(part for part in (summary, unit, DIRECTIONS[metric.better], ideal) if part)


def has_unit(metric: MetricFacts) -> bool:
    """Whether there is a unit to name: a pure number has the unit "1"."""
    return metric.unit not in ("", "1")
