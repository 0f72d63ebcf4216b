"""A page for each submission, and the list of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aeeval.record import Record
from aeeval.records import Records
from aeeval.report.axis import axis_of
from aeeval.report.board import board
from aeeval.report.facts import explain
from aeeval.report.flags import told
from aeeval.report.headlines import Headline, headlines
from aeeval.report.layout import KEYS, STANDING, seeds_text
from aeeval.report.losses import losses
from aeeval.report.rank import Ranked, Standing
from aeeval.report.rank_tables import ends_text, open_text, score_text
from aeeval.report.sections import Entrant, Section
from aeeval.report.site.board_data import spots
from aeeval.report.site.boards import Board
from aeeval.report.site.html import page
from aeeval.report.site.site import Page, Site
from aeeval.report.summary import Line, line, reference_rows

LIST = "submissions/index.html"
Words = dict[str, Any]


def pages(site: Site) -> Iterator[Page]:
    """The list, and one page for everybody."""
    yield Page(LIST, page("submissions.html", LIST, "Submissions", site=site, rows=_rows(site)))
    suites = [_Suite.of(site, section) for section in site.sections]
    for who in site.entrants:
        path = site.addresses.submission(who)
        yield Page(path, _page(site, suites, who, path))


def _rows(site: Site) -> list[Words]:
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


@dataclass(frozen=True)
class _Suite:
    """What all submissions of a suite are told from: its headlines, the rows beside them, and everybody's places."""

    section: Section
    headlines: list[Headline]
    beside: Sequence[Record]
    places: dict[Entrant, dict[str, Words]]

    @classmethod
    def of(cls, site: Site, section: Section) -> "_Suite":
        found = [one for name in section.capabilities for one in headlines(section.records, site.metrics, name)]
        return cls(section, found, reference_rows(section), _places(site.boards_of(section)))


def _page(site: Site, suites: Sequence[_Suite], who: Entrant, path: str) -> str:
    parts = [_part(site, suite, who) for suite in suites if who in suite.section.labels]
    name = site.addresses.labels[who]
    return page("submission.html", path, name, site=site, name=name, who=who, parts=parts)


def _part(site: Site, suite: _Suite, who: Entrant) -> Words:
    """What a page tells of one suite."""
    section = suite.section
    own = replace(section, records=section.of(who))
    table = board(own, site.metrics)
    named = len(KEYS) + (1 if STANDING in table.header else 0)
    return {
        "suite": site.addresses.suites[section.digest],
        "title": section.title,
        "seeds": seeds_text(own.seeds),
        "again": own.again,
        "lines": _lines(site, suite, who, own.records),
        "header": table.header[named:],
        "rows": [(row[0], row[1], site.addresses.pair(section, who, row[0]), row[named:]) for row in table.rows],
        "notes": table.notes,
        "flags": told(own.records),
        "losses": losses(own.records).splitlines(),
        "gallery": gallery(site, section, ((task, task, who) for task in section.tasks)),
    }


def gallery(site: Site, section: Section, wanted: Iterable[tuple[str, str, Entrant]]) -> list[Words]:
    """The small pictures, at each code length, of a name, a task and an entrant each."""
    return [
        {"name": name, "k": k, "href": site.addresses.pair(section, who, task), "file": file}
        for name, task, who in wanted
        for k, file in sorted(site.small.get((section.digest, task, who), {}).items())
        if file
    ]


def _lines(site: Site, suite: _Suite, who: Entrant, mine: Records) -> list[Words]:
    """A line a headline: the number, that of PCA, the ideal and the word, then the place on the board."""
    nowhere: Words = {"score": "", "axis": None, "at": [], "seeds": "", "open": "", "of": 0}
    return [
        {
            "line": told_line(line(one, mine, suite.beside)),
            "metric": one.metric.id,
            "href": site.addresses.metric(one.metric.id),
            "explain": explain(one.metric),
            **suite.places.get(who, {}).get(one.title, nowhere),
        }
        for one in suite.headlines
        if one.pick(mine)
    ]


def told_line(one: Line) -> Words:
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


def _places(boards: Sequence[Board]) -> dict[Entrant, dict[str, Words]]:
    """Who -> headline -> where it stands over all tasks, at the code lengths that they set; references on any track."""
    found: dict[Entrant, dict[str, Words]] = {}
    for one in boards:
        if one.is_overview and (one.choice["k"], one.choice["task"]) == ("set", ""):
            for league in one.leagues:
                line = axis_of(league)
                of = sum(row.rank > 0 for row in league.standings)
                for row in league.standings:
                    title = league.league.headline.title
                    found.setdefault(row.who, {}).setdefault(title, _place(league, row, line, of))
    return found


def _place(league: Ranked, row: Standing, axis: Words | None, of: int) -> Words:
    return {
        "score": score_text(league, row.score),
        "axis": axis,
        "at": spots(row.score, row.low, row.high, row.tasks_low, row.tasks_high),
        "seeds": ends_text(league, row.low, row.high),
        "open": open_text(row),
        "of": of,
    }
