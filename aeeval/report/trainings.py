"""How models were trained: a line for each submission on a task at a code length, and a row a seed for programs."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aeeval.report.entries import NOTHING, Notes, superscript
from aeeval.report.layout import Table
from aeeval.report.numbers import number
from aeeval.report.written import Written

Row = Mapping[str, Any]
HEADER = ("seeds", "steps", "ended by", "best step", "best validation loss", "loss by looks", "seconds", "together")
SEARCHED = ("trials", "chosen", "seconds of all trials")
LEAD = (
    "The published trainer stops at the budget of the task, or cools down early where the validation loss stalls; the "
    "best look is kept. A look is every 50 steps; the curve is that of the first seed, from its largest to its least. "
    "Seconds are of all seeds. Who has a fit of its own says nothing of it.",
)
SEARCH_LEAD = (
    "Every trial has the whole budget, and the best on validation rows is evaluated. Seeds choose for themselves; `{}` "
    "is the submission as it is. --format csv or json has the error of every trial.",
)
BARS = "▁▂▃▄▅▆▇█"
FIRST = ("suite", "task", "latent_dim", "submission", "track", "seed", "steps", "budget", "stopped", "best_step")


def trainings_table(rows: Sequence[Row]) -> Written:
    """The trainings of some results, rows as `aeeval.results.trainings.trainings_in` gives them."""
    rows = sorted(rows, key=lambda row: (row["suite"], row["task"], row["latent_dim"], row["submission"], row["seed"]))
    suites = dict.fromkeys((row["suite"], row["suite_digest"]) for row in rows)
    tables = []
    for suite, digest in suites:
        some = [row for row in rows if row["suite_digest"] == digest]
        named = f"{suite} ({digest[:7]})"
        tables.append(_table(f"Trainings on {suite}", named, LEAD, HEADER, some, _line))
        if tried := [row for row in some if "trials" in row]:
            tables.append(_table(f"Searches on {suite}", named, SEARCH_LEAD, SEARCHED, tried, _search_line))
    return Written("Trainings", "", tables, [_plain(row) for row in rows])


def _plain(row: Row) -> dict[str, Any]:
    """One row for programs: the same names in all of them, in one order."""
    names = (*FIRST, "best_val", "seconds", "together", "alone", "search", "search_seconds", "config", "trials")
    rest = ("curve", "submission_sha256", "suite_digest")
    return {name: row.get(name) for name in (*names, *rest)}


def _table(title: str, signature: str, lead: Sequence[str], header: Sequence[str], rows: Sequence[Row], line) -> Table:  # type: ignore[no-untyped-def]
    notes, groups = Notes(), dict[tuple[str, str, str], list[Row]]()
    for row in rows:
        track = "" if row["track"] in ("recipe", "reference") else f" ({row['track']})"
        groups.setdefault((row["task"], str(row["latent_dim"]), row["submission"] + track), []).append(row)
    lines = tuple((*keys, *line(group, notes)) for keys, group in groups.items())
    return Table(title, signature, tuple(lead), ("task", "k", "submission", *header), lines, notes.lines, 3)


def _line(rows: Sequence[Row], notes: Notes) -> list[str]:
    first = rows[0]
    alone = [str(row["alone"]) for row in rows if "alone" in row]
    mark = superscript([notes.mark("alone", alone[0])]) if alone else ""
    together = ("no" if len(alone) == len(rows) else "some" if alone else "yes") + mark
    if "steps" not in first:
        return [str(len(rows)), *[NOTHING] * 6, together]
    ends = Counter(str(row["stopped"]) for row in rows if "stopped" in row)
    return [
        str(len(rows)),
        f"{_range(rows, 'steps')} of {first['budget']}" if first.get("budget") else _range(rows, "steps"),
        ", ".join(f"{count} {end}" for end, count in ends.items()) if len(ends) > 1 else next(iter(ends), NOTHING),
        _range(rows, "best_step"),
        number(sum(row["best_val"] for row in rows) / len(rows)),
        sparkline([float(loss) for loss in str(first.get("curve", "")).split()]) or NOTHING,
        number(sum(row["seconds"] for row in rows)),
        together,
    ]


def _search_line(rows: Sequence[Row], notes: Notes) -> list[str]:
    del notes
    chosen = Counter(str(row["config"]) for row in rows)
    failed = sum(trial["val_fvu"] is None for row in rows for trial in json.loads(row["trials"]))
    return [
        f"{rows[0]['search']}{f' ({failed} failed)' if failed else ''}",
        ", ".join(f"{count}× {config}" if len(chosen) > 1 else config for config, count in chosen.items()),
        number(sum(row["search_seconds"] for row in rows)),
    ]


def _range(rows: Iterable[Row], name: str) -> str:
    values = sorted({int(row[name]) for row in rows if name in row})
    return str(values[0]) if len(values) == 1 else f"{values[0]}–{values[-1]}"


def sparkline(values: Sequence[float], most: int = 20) -> str:
    """Some of the numbers as bars of eight heights, on a logarithmic axis where all are positive.

    >>> sparkline([100.0, 10.0, 1.0])
    '█▅▁'
    """
    import math

    if not values:
        return ""
    step = max(1, math.ceil(len(values) / most))
    some = [*values[:-1:step], values[-1]]
    heights = [math.log(value) for value in some] if min(some) > 0 else list(some)
    low, high = min(heights), max(heights)
    return "".join(BARS[round(7 * (height - low) / (high - low))] if high > low else BARS[0] for height in heights)
