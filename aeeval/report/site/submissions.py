"""A page for each submission, and the list of them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from aeeval.report.board import board
from aeeval.report.facts import explain
from aeeval.report.flags import told
from aeeval.report.headlines import headlines
from aeeval.report.layout import KEYS, STANDING, seeds_text
from aeeval.report.losses import losses
from aeeval.report.rank import Ranked, Standing
from aeeval.report.rank_tables import ends_text, open_text, score_text
from aeeval.report.sections import Entrant, Section, is_baseline
from aeeval.report.site.board_data import axis_of, spots
from aeeval.report.site.html import page
from aeeval.report.site.site import Page, Site
from aeeval.report.summary import Line, line, reference_rows

LIST = "submissions/index.html"
ON = "recipe", "set", ""  # the board that a submission is told from: its track, codes as the tasks set them, all tasks


def pages(site: Site) -> Iterator[Page]:
    """The list, and one page for everybody."""
    yield Page(LIST, page("submissions.html", LIST, "Submissions", site=site, rows=_rows(site)))
    for who in site.entrants:
        path = site.addresses.submission(who)
        yield Page(path, _page(site, who, path))


def _rows(site: Site) -> list[dict[str, Any]]:
    return [
        {
            "name": site.addresses.labels[who],
            "href": site.addresses.submission(who),
            "track": who[1],
            "standing": site.standings.get(who, ""),
            "suites": [site.addresses.suites[s.digest] for s in site.sections if who in s.labels],
        }
        for who in site.entrants
    ]


def _page(site: Site, who: Entrant, path: str) -> str:
    parts = [_part(site, section, who) for section in site.sections if who in section.labels]
    name = site.addresses.labels[who]
    return page("submission.html", path, name, site=site, name=name, who=who, parts=parts)


def _part(site: Site, section: Section, who: Entrant) -> dict[str, Any]:
    """What a page tells of one suite."""
    own = replace(section, records=section.of(who))
    table = board(own, site.metrics)
    named = len(KEYS) + (1 if STANDING in table.header else 0)
    return {
        "suite": site.addresses.suites[section.digest],
        "title": section.title,
        "seeds": seeds_text(own.seeds),
        "again": own.again,
        "lines": _lines(site, section, who),
        "header": table.header[named:],
        "rows": [(row[0], row[1], site.addresses.pair(section, who, row[0]), row[named:]) for row in table.rows],
        "notes": table.notes,
        "flags": told(own.records),
        "losses": losses(own.records).splitlines(),
        "reference": is_baseline(who),
        "gallery": [
            {"name": task, "k": k, "href": site.addresses.pair(section, who, task), "file": file}
            for task in section.tasks
            for k, file in sorted(site.small.get((section.digest, task, who), {}).items())
            if file
        ],
    }


def _lines(site: Site, section: Section, who: Entrant) -> list[dict[str, Any]]:
    """A line a headline: the number, that of PCA, the ideal and the word, then the place on the board."""
    mine, beside = section.of(who), reference_rows(section)
    found = [one for name in section.capabilities for one in headlines(section.records, site.metrics, name)]
    places = _places(site, section, who)
    return [
        {
            "line": told_line(line(one, mine, beside)),
            "metric": one.metric.id,
            "href": site.addresses.metric(one.metric.id),
            "explain": explain(one.metric),
            **places.get(one.title, {"score": "", "axis": None, "at": [], "seeds": "", "open": "", "of": 0}),
        }
        for one in found
        if one.pick(mine)
    ]


def told_line(one: Line) -> dict[str, Any]:
    """A line of the summary by the names of its parts."""
    number, beside, ideal, word = one.numbers or ("", "", "", "")
    return {
        "capability": one.capability,
        "headline": one.headline,
        "number": number,
        "pca": beside,
        "ideal": ideal,
        "word": word,
        "reason": one.reason,
    }


def _places(site: Site, section: Section, who: Entrant) -> dict[str, dict[str, Any]]:
    """Headline -> where an entrant stands on its board."""
    found: dict[str, dict[str, Any]] = {}
    for one in site.boards_of(section):
        track, k, task = (one.choice[word] for word in ("track", "k", "task"))
        if one.is_overview and (k, task) == ON[1:] and track in (who[1], ON[0]):
            for league in one.leagues:
                for row in league.standings:
                    if row.who == who:
                        found.setdefault(league.league.headline.title, _place(league, row))
    return found


def _place(league: Ranked, row: Standing) -> dict[str, Any]:
    return {
        "score": score_text(league, row.score),
        "axis": axis_of(league),
        "at": spots(row.score, row.low, row.high, row.tasks_low, row.tasks_high),
        "seeds": ends_text(league, row.low, row.high),
        "open": open_text(row),
        "of": sum(other.rank > 0 for other in league.standings),
    }
