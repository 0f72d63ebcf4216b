"""Ranks as tables for readers and as rows for programs."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from aeeval.report.effects import effect_text, interval_text
from aeeval.report.entries import NOTHING
from aeeval.report.layout import Table, seeds_text
from aeeval.report.numbers import number
from aeeval.report.rank import MEAN_RANK, Ranked, Standing
from aeeval.report.sections import Section
from aeeval.report.written import Row, Written
from aeeval.stats.paired import each_task

HEADER = (
    "rank",
    "submission",
    "track",
    "k",
    "sampler",
    "score",
    "seeds 95 %",
    "tasks 95 %",
    "open ranks",
    "tasks",
    "failed",
)
INTRO = (
    "A score is the mean over tasks of the effect beside PCA with the same k, paired by seed: ×0.83 is 17 % less of "
    "the number. It moves for nobody when others come or go. *seeds*: the 95 % interval if the same tasks were run "
    "again; *tasks*: if they were other tasks like these. *open ranks*: all that no pair of submissions excludes "
    "(paired tests over seeds, Holm's rule, 5 %). Reference rows, flagged numbers and submissions that lack a task are "
    "shown and not ranked. There is no overall score: *front* marks those whom nobody beats on every headline."
)
BY_MEAN_RANK = (
    "Scores are mean ranks over tasks, with bootstrap intervals over tasks; unlike the others they move when entrants "
    "come or go."
)
PIVOTS = ("capability", "task")


def written(section: Section, ranked: Sequence[Ranked], pivot: str = "") -> Written:
    """Everything there is to write: an overview of each field and a table a headline, or one of the pivots alone."""
    tables: list[Table] = []
    for _, group in groupby(
        ranked, key=lambda one: one.league.field.track + one.league.field.k + one.league.field.group
    ):
        some = list(group)
        if pivot != "task" and (pivot or len(some) > 1):
            tables.append(_overview(section, some))
        if not pivot:
            tables += [_table(section, one) for one in some]
        if pivot == "task":
            tables += [_by_task(section, one) for one in some]
    intro = f"{INTRO} {BY_MEAN_RANK}" if any(one.method == MEAN_RANK for one in ranked) else INTRO
    rows = [row for one in ranked for row in _rows(section, one)]
    return Written(f"Ranking: {section.title}", intro, tables, rows)


def _overview(section: Section, ranked: Sequence[Ranked]) -> Table:
    """A row an entrant, a column a headline: the score, and the ranks that are open."""
    everyone = {row.who: row for one in ranked for row in one.standings}
    front = {row.who for one in ranked for row in one.standings if row.pareto}
    by = [{row.who: row for row in one.standings} for one in ranked]
    order = sorted(
        everyone, key=lambda who: (everyone[who].note == "reference row", who not in front, section.labels[who])
    )
    rows = [
        (
            section.labels[who],
            *(_short(one, by[i].get(who)) for i, one in enumerate(ranked)),
            "front" if who in front else NOTHING,
        )
        for who in order
    ]
    header = ("submission", *(one.league.headline.title for one in ranked), "front")
    return Table(_title("Overview", ranked[0]), _signature(section, ranked[0]), (), header, tuple(rows), (), keys=1)


def _short(one: Ranked, row: Standing | None) -> str:
    if row is None or math.isnan(row.score):
        return NOTHING
    return f"{score_text(one, row.score)} {f'#{open_text(row)}' if row.rank else '(not ranked)'}"


def _table(section: Section, one: Ranked) -> Table:
    league = one.league
    title = _title(league.headline.title.capitalize(), one)
    lead = [f"`{league.headline.metric.id}`, beside PCA."] if one.method != MEAN_RANK else []
    if league.field.left_out:
        lead.append(f"Not counted: {'; '.join(league.field.left_out)}.")
    notes = dict.fromkeys(
        f"{section.labels[row.who]}: {row.note}" for row in one.standings if row.note not in ("", "reference row")
    )
    imputed = any(row.imputed for row in one.standings)
    header = (*HEADER, "imputed") if imputed else HEADER
    rows = tuple(_row(section, one, row)[: len(header)] for row in one.standings)
    return Table(title, _signature(section, one), tuple(lead), header, rows, tuple(notes), keys=5)


def _row(section: Section, one: Ranked, row: Standing) -> tuple[str, ...]:
    return (
        str(row.rank or NOTHING),
        section.labels[row.who],
        row.who[1],
        one.league.field.k,
        str(one.league.headline.axes.get("sampler", NOTHING)),
        score_text(one, row.score),
        ends_text(one, row.low, row.high),
        ends_text(one, row.tasks_low, row.tasks_high),
        open_text(row),
        f"{row.tasks} of {row.of}",
        str(row.failed or NOTHING),
        str(row.imputed or NOTHING),
    )


def _by_task(section: Section, one: Ranked) -> Table:
    """A row an entrant, a column a task: the effect on it beside PCA."""
    league = one.league
    effects = dict(zip(league.entrants, each_task(league.effects).estimate.tolist(), strict=True))
    metric = league.headline.metric
    rows = tuple(
        (section.labels[row.who], *(effect_text(e, metric) for e in effects[row.who])) for row in one.standings
    )
    header = ("submission", *(f"{task} (k={k or 'own'})" for task, k in league.field.places))
    return Table(
        _title(f"{league.headline.title} by task".capitalize(), one), _signature(section, one), (), header, rows, (), 1
    )


def _title(what: str, one: Ranked) -> str:
    field = one.league.field
    told = [field.group, f"track {field.track}", f"k = {field.k}"]
    sampler = one.league.headline.axes.get("sampler") if what != "Overview" else None
    return f"{what}: {', '.join(filter(None, [*told, f'sampler {sampler}' if sampler else '']))}"


def _signature(section: Section, one: Ranked) -> str:
    return f"{section.title} · {seeds_text(one.league.seeds)} · `{section.again}`"


def score_text(one: Ranked, score: float) -> str:
    """A score as a reader wants it: a factor or a difference beside PCA, or a mean rank."""
    if one.method == MEAN_RANK:
        return NOTHING if math.isnan(score) else number(score)
    return effect_text(score, one.league.headline.metric)


def ends_text(one: Ranked, low: float, high: float) -> str:
    """The interval of a score, from the smaller to the larger number."""
    if one.method == MEAN_RANK:
        return NOTHING if math.isnan(low) else f"[{number(low)}, {number(high)}]"
    return interval_text(low, high, one.league.headline.metric)


def open_text(row: Standing) -> str:
    """The ranks that are open, for example "2–4"; a dash for what is not ranked."""
    if not row.rank:
        return NOTHING
    return str(row.best) if row.best == row.worst else f"{row.best}–{row.worst}"


def _rows(section: Section, one: Ranked) -> Iterator[Row]:
    """One row a standing; scores as they are counted: on the log scale for log effects, positive is worse."""
    headline, field = one.league.headline, one.league.field
    for row in one.standings:
        yield {
            "suite": section.suite,
            "suite_digest": section.digest,
            "capability": headline.metric.capability,
            "headline": headline.name,
            "track": field.track,
            "k": field.k,
            "sampler": headline.axes.get("sampler", ""),
            "group": field.group,
            "submission": row.who[0],
            "submission_sha256": row.who[2],
            "method": one.method,
            "effect_kind": headline.metric.effect,
            "rank": row.rank or None,
            "best_rank": row.best or None,
            "worst_rank": row.worst or None,
            **_numbers(row),
            "tasks": row.tasks,
            "of_tasks": row.of,
            "failed": row.failed,
            "imputed": row.imputed,
            "pareto": row.pareto,
            "note": row.note,
        }


def _numbers(row: Standing) -> dict[str, float | None]:
    names: Iterable[str] = ("score", "low", "high", "tasks_low", "tasks_high")
    return {name: None if math.isnan(value := getattr(row, name)) else value for name in names}
