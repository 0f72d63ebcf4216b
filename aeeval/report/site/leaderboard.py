"""The first page: every board that can be chosen, and the files that hold them."""

from collections.abc import Iterator
from typing import Any

from aeeval.protocol import SEARCH
from aeeval.report.sections import is_reference
from aeeval.report.site.board_data import data_of
from aeeval.report.site.boards import Board
from aeeval.report.site.html import page, script
from aeeval.report.site.site import Page, Site

INDEX = "data/index.js"
FACETS = {
    "suite": "Suite",
    "capability": "Capability",
    "track": "Track",
    "k": "Code length",
    "sampler": "Sampler",
    "task": "Data set",
}
TRACKS = {"recipe": "trained on our splits", "frozen": "trained elsewhere", "own-k": "chose their own k"}

STANDINGS = {
    "self-reported": "All numbers were made by whoever packed them.",
    "verified": "Cells of every pack were run again by a maintainer, with the same numbers.",
}


def pages(site: Site) -> Iterator[Page]:
    """The leaderboard, its index and a file for each board."""
    first = file_of(site.boards[0]) if site.boards else ""
    shared = shared_standing(site)
    said = {"site": site, "files": [INDEX, first], "shared": shared, "shared_words": STANDINGS.get(shared, "")}
    yield Page("index.html", page("index.html", "index.html", "Leaderboard", **said))
    yield Page(INDEX, script("index", index(site)))
    for board in site.boards:
        yield Page(file_of(board), _board(site, board))


def _board(site: Site, board: Board) -> str:
    return script(file_of(board), data_of(board, site.places, site.links(board.section)))


def index(site: Site) -> dict[str, Any]:
    """What the page knows before any board: who there is, what can be chosen, and where each board is."""
    return {
        "who": who(site),
        "facets": [{"key": key, "label": label} for key, label in FACETS.items()],
        "boards": [
            {"choice": board.choice, "words": words(site, board), "file": file_of(board)} for board in site.boards
        ],
    }


def who(site: Site) -> list[dict[str, Any]]:
    """Name, page and standing of everybody; one that all share is said once, above the board."""
    shared = shared_standing(site)
    return [
        {
            "name": site.addresses.labels[one],
            "href": site.addresses.submission(one),
            "standing": "" if shared else site.standings.get(one, ""),
            "reference": is_reference(one) or one[0] == "pca",
        }
        for one in site.entrants
    ]


def shared_standing(site: Site) -> str:
    """The standing of everybody, if it is the same and there is one."""
    found = {site.standings.get(one, "") for one in site.entrants}
    return found.pop() if len(found) == 1 else ""


def words(site: Site, board: Board) -> dict[str, str]:
    """What a choice is called where its word alone does not say it."""
    track, sampler, task = (board.choice.get(key, "") for key in ("track", "sampler", "task"))
    return {
        "suite": site.addresses.suites[board.section.digest],
        "track": track_words(track),
        "k": board.k_text,
        "sampler": sampler or "–",
        "task": task or "all data sets",
        "axes": board.choice.get("axes") or "–",
    }


def track_words(track: str) -> str:
    """A track, and what it is."""
    searched = "the best of so many configurations, by validation rows" if track.startswith(SEARCH) else ""
    return f"{track}: {TRACKS.get(track, searched)}"


def file_of(board: Board) -> str:
    """The file of a board."""
    return f"data/boards/{board.name}.js"
