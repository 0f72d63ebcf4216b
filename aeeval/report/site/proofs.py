"""Why to believe the numbers: the known answers and the calibration, as their committed tables hold them."""

import csv
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from aeeval import bundled
from aeeval.errors import UnknownName
from aeeval.report.rank_tables import INTRO
from aeeval.report.site.html import page
from aeeval.report.site.site import Page, Site
from aeeval.report.tables import INTRO as ENTRIES

PATH = "made.html"
SIGNS = {"exact theory": "=", "exact numpy": "≡", "inequality theory": "≤"}
NONE = "–"
Row = dict[str, str]


def pages(site: Site) -> Iterator[Page]:
    """The page on how the numbers are made."""
    yield Page(PATH, _page(site))


def _page(site: Site) -> str:
    rows, tests = table("known_answers"), table("calibration")
    return page(
        "made.html",
        PATH,
        "How these numbers are made",
        site=site,
        ranking=INTRO,
        entries=ENTRIES,
        known=matrix(rows),
        counts=counts(rows),
        tests=[calibration(row) for row in tests],
    )


@lru_cache
def table(name: str) -> list[Row]:
    """A committed table by its name; [] where a package was built without it."""
    try:
        path = bundled.resolve("docs", name)
    except UnknownName:
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def known_answers(metric: str) -> list[Row]:
    """The rows of a metric, each with its sign."""
    return [{**row, "sign": _sign(row)} for row in table("known_answers") if row["metric"] == metric]


def counts(rows: list[Row]) -> dict[str, int]:
    """How many numbers were held against theory, and how many of them are not as it says."""
    checked = sum(int(row["numbers"]) for row in rows)
    return {"numbers": checked, "wrong": checked - sum(int(row["hold"]) for row in rows)}


def matrix(rows: list[Row]) -> list[dict[str, Any]]:
    """A table for each capability: metrics down, models across; in each place signs, whether all hold, and why."""
    found = []
    for capability in dict.fromkeys(row["capability"] for row in rows):
        some = [row for row in rows if row["capability"] == capability]
        models = list(dict.fromkeys(row["model"] for row in some))
        metrics = list(dict.fromkeys(row["metric"] for row in some))
        places: dict[tuple[str, str], list[Row]] = {}
        for row in some:
            places.setdefault((row["metric"], row["model"]), []).append(row)
        lines = [(metric, [_place(places.get((metric, model), [])) for model in models]) for metric in metrics]
        found.append({"capability": capability, "models": models, "lines": lines})
    return found


def _place(rows: list[Row]) -> dict[str, str]:
    signs = "".join(dict.fromkeys(map(_sign, rows)))
    held = all(row["hold"] == row["numbers"] for row in rows)
    kind = "empty" if not rows else "wrong" if not held else "none" if signs == NONE else "holds"
    why = "; ".join(dict.fromkeys(row["theory"] for row in rows))
    numbers, hold = (sum(int(row[name]) for row in rows) for name in ("numbers", "hold"))
    return {"signs": signs, "kind": kind, "why": f"{why} ({hold} of {numbers} hold)" if rows else ""}


def _sign(row: Row) -> str:
    return SIGNS.get(f"{row['kind']} {row['by']}", NONE)


def calibration(row: Row) -> dict[str, Any]:
    """A test of the calibration with its rates as numbers, each (rate, low, high) or None."""
    return {
        "test": row["test"],
        "study": row["study"],
        "when": row["says_different_when"],
        "level": _number(row["level"]),
        "alarms": _rate(row, "rate", "low", "high"),
        "repetitions": int(row["repetitions"]),
        "within": row["within_level"],
        "effect": row["effect"],
        "power": _rate(row, "power", "power_low", "power_high"),
    }


def _rate(row: Row, *names: str) -> tuple[float, ...] | None:
    numbers = [_number(row[name]) for name in names]
    return tuple(value for value in numbers if value is not None) if None not in numbers else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
