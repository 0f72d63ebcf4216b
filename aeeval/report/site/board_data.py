"""A board as what the page draws: texts beside the numbers that they are drawn from and sorted by."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from aeeval.report.axis import axis_of
from aeeval.report.entries import NOTHING
from aeeval.report.facts import explain
from aeeval.report.layout import seeds_text
from aeeval.report.numbers import plus_minus
from aeeval.report.rank import Ranked, Standing
from aeeval.report.rank_tables import ends_text, open_text, score_text
from aeeval.report.sections import Entrant
from aeeval.report.site.boards import Board, is_ranked
from aeeval.stats.intervals import t_interval

REFERENCE_NOTE = "reference row"
Data = dict[str, Any]
Places = Mapping[Entrant, int]


def data_of(board: Board, places: Places, links: Mapping[str, str]) -> Data:
    """Everything that is drawn of a board; `places` of entrants in the list of all, `links` from tasks to pages."""
    make = _overview if board.is_overview else _league
    return {"k_text": board.k_text, "sentence": sentence(board), **make(board, places, links)}


def sentence(board: Board) -> str:
    """What a board says, in a sentence or two."""
    league = board.leagues[0].league
    tasks = f"{len(league.field.places)} task{'s' if len(league.field.places) > 1 else ''}"
    where = f"{tasks}, {seeds_text(league.seeds)}"
    if board.is_overview:
        return (
            f"Every headline beside PCA with a code of the same length ({where}): further left is better, the "
            "dotted line in each column is PCA, and the number behind # is the rank, or all ranks that stay open."
        )
    metric = league.headline.metric
    what = f"{explain(metric)}. " if "axes" not in board.choice else ""  # the page of a metric begins with it
    if not is_ranked(metric):
        return f"{what}The mean over seeds on {where}; a fact, so nobody is ranked by it."
    over = "The mean effect over" if len(league.field.places) > 1 else "The effect on"
    how = "×0.83 is 17 % less of it" if metric.effect == "log" else "the difference of the two numbers"
    return f"{what}{over} {where}, beside PCA with a code of the same length: {how}."


def _league(board: Board, places: Places, links: Mapping[str, str]) -> Data:
    (one,) = board.leagues
    league = one.league
    ranked = is_ranked(league.headline.metric)
    order = {who: i for i, who in enumerate(league.entrants)}
    return {
        "metric": league.headline.metric.id,
        "ranked": ranked,
        "of": sum(row.rank > 0 for row in one.standings) if ranked else 0,
        "axis": axis_of(one) if ranked else None,
        "left_out": list(league.field.left_out),
        "tasks": [[task, k, links.get(task, "")] for task, k in league.field.places],
        "rows": [_row(one, row, places[row.who], order[row.who], ranked) for row in one.standings],
    }


def _row(one: Ranked, row: Standing, place: int, at: int, ranked: bool) -> Data:
    shown = (
        {
            "rank": row.rank,
            "best": row.best,
            "worst": row.worst,
            "open": open_text(row),
            "score": score_text(one, row.score),
            "seeds": ends_text(one, row.low, row.high),
            "over": ends_text(one, row.tasks_low, row.tasks_high),
            "at": spots(row.score, row.low, row.high, row.tasks_low, row.tasks_high),
        }
        if ranked
        else {}
    )
    return {
        "who": place,
        **shown,
        "tasks": row.tasks,
        "of": row.of,
        "failed": row.failed,
        "note": "" if row.note == REFERENCE_NOTE else row.note,
        "cells": [cell(one, at, p) for p in range(len(one.league.field.places))],
    }


def spots(*numbers: float) -> list[float | None]:
    """Numbers as JSON knows them, to six digits: more cannot be seen."""
    return [None if math.isnan(value) else float(f"{value:.6g}") for value in numbers]


def cell(one: Ranked, entrant: int, place: int) -> list[Any]:
    """[text, mean, mark] of an entrant on a task: the mean over seeds ± half of its interval, and what failed."""
    values, lost = one.league.values[entrant, place], one.league.lost[entrant, place]
    known = values[~np.isnan(values)]
    flag = "flagged" if one.league.flagged[entrant, place].any() else ""
    if not len(known):
        return ["failed" if lost.any() else NOTHING, None, "failed" if lost.any() else ""]
    interval = t_interval(known.tolist())
    text = plus_minus(interval.mean, interval.half)
    if lost.any():
        return [f"{text} ({int(lost.sum())} of {len(lost)} failed)", *spots(interval.mean), "failed"]
    return [text, *spots(interval.mean), flag]


def _overview(board: Board, places: Places, links: Mapping[str, str]) -> Data:
    by = [{row.who: row for row in one.standings} for one in board.leagues]
    everyone = list(dict.fromkeys(row.who for one in board.leagues for row in one.standings))
    return {
        "heads": [_head(one) for one in board.leagues],
        "left_out": list(board.leagues[0].league.field.left_out),
        "rows": [
            {
                "who": places[who],
                "front": any(rows[who].pareto for rows in by if who in rows),
                "failed": sum(rows[who].failed for rows in by if who in rows),
                "heads": [_mini(one, rows.get(who)) for one, rows in zip(board.leagues, by, strict=True)],
            }
            for who in everyone
        ],
    }


def _head(one: Ranked) -> Data:
    headline = one.league.headline
    return {
        "title": headline.title,
        "metric": headline.name,
        "axis": axis_of(one),
        "of": sum(row.rank > 0 for row in one.standings),
    }


def _mini(one: Ranked, row: Standing | None) -> Data | None:
    if row is None or math.isnan(row.score):
        return None if row is None or not row.note else {"note": row.note}
    return {
        "score": score_text(one, row.score),
        "seeds": ends_text(one, row.low, row.high),
        "at": spots(row.score, row.low, row.high),
        "open": open_text(row),
        "rank": row.rank,
        "note": "" if row.note == REFERENCE_NOTE else row.note,
    }


def order_of(boards: Sequence[Board]) -> list[Entrant]:
    """Everybody who stands on some boards."""
    return list(dict.fromkeys(row.who for board in boards for one in board.leagues for row in one.standings))
