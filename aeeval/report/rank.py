"""Ranks in a league: scores against the frozen reference, ranks that stay open, and who is not ranked and why."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from aeeval.report.facts import Metrics
from aeeval.report.fields import REFERENCE, Asked, fields, filtered, ranked_headlines, reference_of
from aeeval.report.league import League, make_league
from aeeval.report.sections import Entrant, Section
from aeeval.seeds import derive
from aeeval.stats.paired import Array, each_task, over_seeds, over_tasks
from aeeval.stats.ranking import better, competition_ranks, mean_ranks, pareto, rank_ranges

LOG_RATIO, MEAN_RANK = METHODS = ("log-ratio", "mean-rank")
DRAWS = 2_000
NAN = float("nan")


@dataclass(frozen=True)
class Standing:
    """One entrant in one league. `rank` is 0 where it is shown and not ranked, and `note` says why.

    `score` is its mean effect over tasks against the reference (its mean rank, under that method); `low` to `high` the
    95 % interval over seeds, `tasks_low` to `tasks_high` that over tasks; `best` to `worst` the ranks that are open.
    `tasks` of `of` places have a number, `failed` seeds of them have none, `imputed` of them are stood in for.
    """

    who: Entrant
    rank: int
    best: int
    worst: int
    score: float
    low: float
    high: float
    tasks_low: float
    tasks_high: float
    tasks: int
    of: int
    failed: int
    imputed: int
    note: str
    pareto: bool | None = None


@dataclass(frozen=True)
class Ranked:
    """A league with its standings: ranked ones in order, then those that are shown only."""

    league: League
    method: str
    standings: tuple[Standing, ...]


def rank_section(
    section: Section, metrics: Metrics, asked: Asked, method: str = LOG_RATIO, impute: bool = False
) -> list[Ranked]:
    """Every league of a section, ranked; fronts are found among the leagues of one field.

    Raises `UsageError` without the reference, and `UnknownName` for a task, submission, metric or sampler that is not
    there.
    """
    reference, records = reference_of(section), filtered(section, asked)
    found = ranked_headlines(records, metrics, asked)
    answer: list[Ranked] = []
    for field in fields(records, asked, reference):
        leagues = [make_league(records, one, field, reference) for one in found] if field.places else []
        ranked = [rank_league(league, method, impute) for league in leagues if len(league.entrants)]
        answer += _with_front(ranked)
    return answer


def rank_league(league: League, method: str = LOG_RATIO, impute: bool = False) -> Ranked:
    """Rank those who have a number on every place on which the reference has one, and no flag on any of them.

    With `impute`, seeds that failed or ran out of time take the worst of the reference rows at the same place and seed.
    """
    league, stands = _imputed(_counting(league), impute)
    effects = np.where(league.flagged.any(axis=2, keepdims=True), np.nan, league.effects)
    there: Array = np.any(~np.isnan(effects), axis=2)
    whole: Array = np.all(there, axis=1) & ~league.baseline & bool(league.field.places)
    scores = _by_log_ratio(league) if method == LOG_RATIO else _by_mean_rank(league, effects, whole)
    ranks, best, worst = (np.zeros(len(whole), dtype=int) for _ in range(3))
    if whole.any():
        ranks[whole] = competition_ranks(scores[0][whole])
        best[whole], worst[whole] = rank_ranges(better(effects[whole]))
    rows = [
        Standing(
            who,
            rank=int(ranks[i]),
            best=int(best[i]),
            worst=int(worst[i]),
            score=float(scores[0][i]),
            low=float(scores[1][i]),
            high=float(scores[2][i]),
            tasks_low=float(scores[3][i]),
            tasks_high=float(scores[4][i]),
            tasks=int(there[i].sum()),
            of=len(league.field.places),
            failed=int(league.lost[i].sum()),
            imputed=int(stands[i].sum()),
            note=_note(league, i, bool(whole[i])),
        )
        for i, who in enumerate(league.entrants)
    ]
    return Ranked(league, method, tuple(sorted(rows, key=_order)))


def _counting(league: League) -> League:
    """The league on the places on which the reference has a number; the others are named among those left out."""
    keep = ~np.isnan(league.reference).all(axis=1)
    if keep.all():
        return league
    places = league.field.places
    out = tuple(
        f"{task}, where {REFERENCE} has no number" for (task, _), kept in zip(places, keep, strict=True) if not kept
    )
    kept_places = tuple(place for place, kept in zip(places, keep, strict=True) if kept)
    return replace(
        league,
        field=replace(league.field, places=kept_places, left_out=(*league.field.left_out, *out)),
        values=league.values[:, keep],
        reference=league.reference[keep],
        flagged=league.flagged[:, keep],
        lost=league.lost[:, keep],
        stand_in=league.stand_in[keep],
    )


def _imputed(league: League, impute: bool) -> tuple[League, Array]:
    """The league with stand-ins where that is asked for, and which of its numbers they are."""
    if not impute:
        return league, np.zeros(league.values.shape, dtype=bool)
    stands = league.lost & np.isnan(league.values) & ~np.isnan(league.stand_in)
    return replace(league, values=np.where(stands, league.stand_in, league.values)), stands


Scores = tuple[Array, Array, Array, Array, Array]  # score, its interval over seeds, its interval over tasks


def _by_log_ratio(league: League) -> Scores:
    """The mean effect against the reference, of everyone."""
    mean, other = over_seeds(league.effects), over_tasks(league.effects)
    ends = (mean.bound(0.025), mean.bound(0.975), other.bound(0.025), other.bound(0.975))
    return (mean.estimate, *ends)


def _by_mean_rank(league: League, effects: Array, whole: Array) -> Scores:
    """The mean over tasks of the ranks among those who are ranked, with a bootstrap over tasks."""
    nothing = np.full(len(whole), NAN)
    score, low, high = nothing.copy(), nothing.copy(), nothing.copy()
    if whole.any():
        rng = np.random.default_rng(derive(league.headline.name, 0, "metric/mean ranks"))
        score[whole], low[whole], high[whole] = mean_ranks(each_task(effects[whole]).estimate, DRAWS, rng)
    return score, nothing, nothing, low, high


def _note(league: League, i: int, whole: bool) -> str:
    """Why an entrant is not ranked; of one that is, why some of its seeds have no number."""
    if league.baseline[i]:
        return "reference row"
    if whole:
        return league.reasons[i] if league.lost[i].any() else ""
    flagged = [place[0] for place, some in zip(league.field.places, league.flagged[i], strict=True) if some.any()]
    if flagged:
        return f"pass-through on {', '.join(flagged)}"
    return league.reasons[i] or "not run on every task"


def _order(row: Standing) -> tuple[object, ...]:
    score = math.inf if math.isnan(row.score) else row.score
    return (row.rank == 0, row.note == "reference row", row.rank, score, row.who)


def _with_front(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The same leagues, with who is on the Pareto front of all their scores; None where there is one league alone."""
    if len(ranked) < 2:
        return list(ranked)
    by: list[Mapping[Entrant, float]] = [{s.who: s.score for s in one.standings if s.rank} for one in ranked]
    everyone = list(dict.fromkeys(who for scores in by for who in scores))
    points = np.array([[scores.get(who, NAN) for scores in by] for who in everyone]).reshape(len(everyone), len(by))
    front = dict(zip(everyone, pareto(points).tolist(), strict=True))
    complete = {who for who in everyone if all(who in scores for scores in by)}
    return [
        replace(
            one,
            standings=tuple(replace(s, pareto=front[s.who] if s.who in complete else None) for s in one.standings),
        )
        for one in ranked
    ]
