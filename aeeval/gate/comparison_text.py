"""A comparison as tables for readers and as rows for programs."""

import math
from collections.abc import Iterator, Sequence

from aeeval.gate.comparison import IDENTICAL, INCONCLUSIVE, Compared
from aeeval.gate.sides import Side
from aeeval.gate.verdict import place_name
from aeeval.report.effects import effect_text, interval_text
from aeeval.report.entries import NOTHING
from aeeval.report.layout import Table, seeds_text
from aeeval.report.numbers import number
from aeeval.report.written import Row, Written

NAMES = ("capability", "headline")
HEADER = (*NAMES, "BASE", "HEAD", "effect", "seeds 95 %", "tasks 95 %", "HEAD is", "would see", "seeds to settle")
TASK_HEADER = (*NAMES, "task", "effect", "seeds 95 %", "HEAD is")
INTRO = (
    "Effects are HEAD beside BASE, paired by task and seed: ×1.02 is 2 % more of the number. *seeds*: the 95 % "
    "interval if the same tasks were run again; *tasks*: if they were other tasks like these. EQUIVALENT: the whole "
    "interval lies within the margin of the metric. *would see*: the effect that 8 of 10 such comparisons would find. "
    "Every headline is judged by itself: of twenty, one says BETTER or WORSE in vain."
)


def written(base: Side, head: Side, compared: Sequence[Compared]) -> Written:
    """Everything there is to write of a comparison."""
    tables = [
        Table("Headlines", _signature(base, head, compared), (), HEADER, tuple(map(_row, compared)), (), keys=2),
        Table("Tasks", "", (), TASK_HEADER, tuple(row for one in compared for row in _tasks(one)), (), keys=3),
    ]
    return Written("Comparison", INTRO, tables, [row for one in compared for row in _long(base, head, one)])


def _signature(base: Side, head: Side, compared: Sequence[Compared]) -> str:
    seeds = sorted({seed for one in compared for seed in one.pairs.seeds})
    tasks = {place[0] for one in compared for place in one.pairs.places}
    suite = f"{head.records[0].suite}, {len(tasks)} task{'s' if len(tasks) > 1 else ''}, {seeds_text(seeds)}"
    return f"BASE `{base.label}` · HEAD `{head.label}` · {suite}"


def _row(one: Compared) -> tuple[str, ...]:
    metric = one.pairs.headline.metric
    least = "" if one.word == IDENTICAL else effect_text(one.least, metric)
    settle = NOTHING if one.word != INCONCLUSIVE or math.isnan(one.low) else str(one.settle or "> 1,000")
    return (
        metric.capability,
        one.pairs.headline.name,
        number(one.base),
        number(one.head),
        effect_text(one.effect, metric),
        interval_text(one.low, one.high, metric),
        interval_text(one.tasks_low, one.tasks_high, metric),
        one.word,
        least or NOTHING,
        settle,
    )


def _tasks(one: Compared) -> Iterator[tuple[str, ...]]:
    metric = one.pairs.headline.metric
    for place, word, effect, low, high in one.each:
        texts = (effect_text(effect, metric), interval_text(low, high, metric), word)
        yield (metric.capability, one.pairs.headline.name, place_name(place), *texts)


def _long(base: Side, head: Side, one: Compared) -> Iterator[Row]:
    """A row for the mean over tasks (task "") and one for every task; effects as counted, positive is worse."""
    metric = one.pairs.headline.metric
    shared = {
        "base": base.label,
        "head": head.label,
        "capability": metric.capability,
        "headline": one.pairs.headline.name,
        "effect_kind": metric.effect,
        "margin": metric.margin,
    }
    whole = {"effect": one.effect, "low": one.low, "high": one.high, "tasks_low": one.tasks_low}
    rest = {"tasks_high": one.tasks_high, "least_detectable": one.least, "seeds_to_settle": one.settle}
    yield {**shared, "task": "", "latent_dim": None, "word": one.word, **_finite({**whole, **rest})}
    for (task, k, _), word, effect, low, high in one.each:
        ends = {"effect": effect, "low": low, "high": high}
        yield {**shared, "task": task, "latent_dim": k, "word": word, **_finite(ends)}


def _finite(row: Row) -> dict[str, object]:
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in row.items()}
