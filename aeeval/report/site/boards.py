"""The boards of a site: every league that can be chosen, as plain data that the page only draws and sorts.

No number is made in the page: scores, intervals, ranks and their texts are those of `aeeval.report.rank`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from aeeval.errors import UsageError
from aeeval.protocol import CAPABILITIES
from aeeval.record import axes_label
from aeeval.report.facts import MetricFacts, Metrics
from aeeval.report.fields import Asked, fields, filtered, ranked_headlines, reference_of
from aeeval.report.flags import FLAGS
from aeeval.report.headlines import HEADLINE_AXES
from aeeval.report.league import League, make_league
from aeeval.report.rank import LOG_RATIO, NAN, Ranked, Standing, rank_section
from aeeval.report.sections import Section
from aeeval.report.site.address import slug

OVERVIEW = "overview"
LENGTHS = {"(longer)": "longer", "(shorter)": "shorter"}
WORDS = {"set": "as the tasks set it", "longer": "longer", "shorter": "shorter"}
EVERY_SAMPLER = Asked(capabilities=("sampling",), samplers=("all",))
Choice = Mapping[str, str]


@dataclass(frozen=True)
class Board:
    """A league, or all headlines of a field side by side, and what is chosen to see it.

    `choice` has the words suite, capability, track, k, sampler and task (of a metric's own boards axes in place of the
    last two); "" stands for all tasks, and for no sampler. `k_text` tells the code lengths.
    """

    section: Section
    choice: Choice
    leagues: tuple[Ranked, ...]
    k_text: str

    @property
    def name(self) -> str:
        """A name of its own among the boards of a suite."""
        return ".".join(slug(word) if word else "all" for word in self.choice.values())

    @property
    def is_overview(self) -> bool:
        """Whether several headlines stand side by side."""
        return self.choice.get("capability") == OVERVIEW


def headline_boards(section: Section, suite: str, metrics: Metrics) -> Iterator[Board]:
    """All boards of a section: the overview, each headline over all tasks, at every sampler, and on every task.

    Raises `UsageError` without the reference.
    """
    heads = {name for name, metric in metrics.items() if metric.headline}
    part = of_metrics(section, heads)
    yield from _boards(part, suite, "", metrics)
    if len(section.tasks) > 1:
        for task in section.tasks:
            yield from _boards(of_task(part, task), suite, task, metrics)


def metric_boards(section: Section, suite: str, name: str, metrics: Metrics) -> list[Board]:
    """The boards of one metric over all tasks, one for each place on its axes; empty where none of it can be ranked."""
    sampled = any("sampler" in axes for axes in HEADLINE_AXES.get(name, {}).values())
    part, asked = of_metrics(section, {name}), EVERY_SAMPLER if sampled else Asked(metric=name)
    try:
        ranked = (rank_section if is_ranked(metrics[name]) else facts)(part, metrics, asked)
    except UsageError:  # no reference: told on the page of the leaderboard
        return []
    return [
        Board(section, {**_where(one, suite), "axes": axes_label(dict(one.league.headline.axes))}, (one,), text)
        for one, text in _lengths(ranked)
        if one.league.headline.metric.id == name
    ]


def facts(section: Section, metrics: Metrics, asked: Asked) -> list[Ranked]:
    """The leagues of a metric without a better side: everybody by name, nobody ranked."""
    reference, records = reference_of(section), filtered(section, asked)
    found = ranked_headlines(records, metrics, asked)
    leagues = [
        make_league(records, one, field, reference) for field in fields(records, asked, reference) for one in found
    ]
    return [Ranked(one, LOG_RATIO, _by_name(one)) for one in leagues if len(one.entrants)]


def _by_name(league: League) -> tuple[Standing, ...]:
    numbers = ~np.isnan(league.values)
    rows = (
        Standing(
            who,
            rank=0,
            best=0,
            worst=0,
            score=NAN,
            low=NAN,
            high=NAN,
            tasks_low=NAN,
            tasks_high=NAN,
            tasks=int(there.any(axis=1).sum()),
            of=len(there),
            failed=int(lost.sum()),
            imputed=0,
            note="",
        )
        for who, there, lost in zip(league.entrants, numbers, league.lost, strict=True)
    )
    return tuple(sorted(rows, key=lambda row: row.who))


def of_metrics(section: Section, names: set[str]) -> Section:
    """A section of these metrics alone, with what a ranking needs of others."""
    return replace(section, records=section.records.where(metric={*names, *FLAGS, "fvu"}))


def of_task(section: Section, task: str) -> Section:
    """A section of one task alone."""
    return replace(section, records=section.records.where(task=task))


def _boards(part: Section, suite: str, task: str, metrics: Metrics) -> Iterator[Board]:
    leagues = rank_section(part, metrics, Asked())
    yield from _overviews(part, suite, task, leagues)
    sampled = [one for one in leagues if "sampler" in one.league.headline.axes]
    others = rank_section(part, metrics, EVERY_SAMPLER) if sampled else []
    everywhere = [*(one for one in leagues if one not in sampled), *others]
    for one, text in _lengths(sorted(everywhere, key=_capability)):
        yield Board(part, {**_where(one, suite), **_what(one), "task": task}, (one,), text)


def _overviews(part: Section, suite: str, task: str, leagues: Sequence[Ranked]) -> Iterator[Board]:
    """The headlines of every field that has several of them."""
    fields: dict[tuple[str, str], list[tuple[Ranked, str]]] = {}
    for one, text in _lengths(leagues):
        fields.setdefault((one.league.field.track, one.league.field.k), []).append((one, text))
    for some in fields.values():
        ranked = tuple(one for one, _ in some)
        if len(ranked) > 1:
            choice = {**_where(ranked[0], suite), "capability": OVERVIEW, "sampler": "", "task": task}
            yield Board(part, choice, ranked, some[0][1])


def _capability(one: Ranked) -> int:
    """The place of its capability among the six."""
    return CAPABILITIES.index(one.league.headline.metric.capability)


def _where(one: Ranked, suite: str) -> dict[str, str]:
    return {"suite": suite, "capability": "", "track": one.league.field.track, "k": _length(one.league.field.k)}


def _what(one: Ranked) -> dict[str, str]:
    headline = one.league.headline
    sampler = str(headline.axes.get("sampler", ""))
    title = headline.metric.capability if sampler else headline.title
    return {"capability": title, "sampler": sampler}


def _length(k: str) -> str:
    return next((word for mark, word in LENGTHS.items() if k.endswith(mark)), "set")


def _lengths(ranked: Sequence[Ranked]) -> Iterator[tuple[Ranked, str]]:
    """Each league with its code lengths in words, for example "as the tasks set it: 2, 3"."""
    for one in ranked:
        k = one.league.field.k
        lengths = k.rpartition(" (")[0] if _length(k) != "set" else k
        yield one, f"{WORDS[_length(k)]}: {lengths}"


def is_ranked(metric: MetricFacts) -> bool:
    """Whether a metric has a better side: facts are shown and never ranked."""
    return metric.better in ("lower", "higher") or (metric.better == "target" and metric.ideal is not None)
