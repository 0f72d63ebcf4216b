"""The history of a submission: each headline over its runs, with the steps in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from aeeval.errors import NotComparable, StoreError, message
from aeeval.protocol import CAPABILITIES
from aeeval.record import Record
from aeeval.report.effects import effect_text, interval_text, oriented, p_text
from aeeval.report.entries import NOTHING
from aeeval.report.facts import Metrics
from aeeval.report.headlines import Headline, headlines
from aeeval.report.layout import Table
from aeeval.report.numbers import plus_minus
from aeeval.report.sections import check_versions
from aeeval.report.written import Row, Written
from aeeval.stats.intervals import Interval, Key, suite_interval
from aeeval.stats.paired import Array
from aeeval.stats.steps import Step, steps

INTRO = (
    "Mean over tasks ± half of the 95 % interval over seeds. ▲ marks a step after which the number is worse, ▼ one "
    "after which it is better: paired by task and seed, corrected for all places of all headlines, so that a history "
    "without any step shows one with probability at most 5 %."
)


@dataclass(frozen=True)
class Run:
    """One point of a history: its name (a commit or a folder), when and what, and its records."""

    name: str
    when: str
    what: str
    records: tuple[Record, ...]


@dataclass(frozen=True)
class Track:
    """One headline over the runs: `values` (runs, places, seeds), and the steps in it."""

    headline: Headline
    values: Array
    intervals: tuple[Interval | None, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class History:
    """All headlines of a submission over its runs, the oldest first."""

    submission: str
    runs: tuple[Run, ...]
    tracks: tuple[Track, ...]
    left_out: tuple[str, ...] = ()


def make_history(submission: str, runs: Sequence[Run], metrics: Metrics) -> History:
    """The history on the suite of the latest run, back to the first run that still compares with it.

    Runs before a change of the suite, of a task, a metric or the data are left out, with the reason. Raises
    `StoreError` without a run.
    """
    if not runs:
        raise StoreError(message(f"runs of {submission}", "none", "name results folders, or a path that git knows"))
    digest = runs[-1].records[-1].suite_digest
    kept = [replace(r, records=tuple(x for x in r.records if x.suite_digest == digest)) for r in runs]
    kept = [run for run in kept if run.records]
    reasons = [f"{len(runs) - len(kept)} runs on another suite or version of it"] if len(kept) < len(runs) else []
    start, why = _comparable(kept)
    reasons += [f"{start} earlier runs: {why}"] if start else []
    kept = kept[start:]
    every = [record for run in kept for record in run.records]
    found = [one for capability in CAPABILITIES for one in headlines(every, metrics, capability)]
    tracks = tuple(_track(one, kept, tests=len(found)) for one in found)
    return History(submission, tuple(kept), tracks, tuple(reasons))


def _comparable(runs: Sequence[Run]) -> tuple[int, str]:
    """The first run from which on all compare with the last one, and why the one before it does not."""
    for start in reversed(range(len(runs))):
        try:
            check_versions([record for run in runs[start:] for record in run.records])
        except NotComparable as error:
            return start + 1, str(error).partition(";")[0]
    return 0, ""


def _track(headline: Headline, runs: Sequence[Run], tests: int) -> Track:
    cells = [_values(headline.pick(run.records)) for run in runs]
    places = list(dict.fromkeys(place for run in cells for place, _ in run))
    seeds = sorted({seed for run in cells for _, seed in run})
    values = np.array([[[run.get((place, seed), np.nan) for seed in seeds] for place in places] for run in cells])
    values = values.reshape(len(runs), len(places), len(seeds))
    intervals = tuple(suite_interval(run) if run else None for run in cells)
    return Track(headline, values, intervals, tuple(_steps(headline, values, tests)))


def _values(records: Sequence[Record]) -> dict[Key, float]:
    return {((r.task, r.latent_dim, r.track), r.seed): r.value for r in records if r.value is not None}


def _steps(headline: Headline, values: Array, tests: int) -> list[Step]:
    """Steps of the effects against 1, which is any constant: only differences between runs are looked at."""
    if values.size == 0:
        return []
    return steps(oriented(values, np.ones(values.shape[1:]), headline.metric), tests=tests)


def written(history: History) -> Written:
    """The history as tables and as rows."""
    header = ("run", "when", *(one.headline.title for one in history.tracks), "what")
    rows = tuple(_row(history, i) for i in range(len(history.runs)))
    suite = history.runs[-1].records[0].suite
    signature = f"{history.submission} on {suite}, {len(history.runs)} runs"
    lead = tuple(f"Left out: {one}." for one in history.left_out)
    tables = [Table("Headlines", signature, lead, header, rows, (), keys=2)]
    found = tuple(row for one in history.tracks for row in _step_rows(history, one))
    if found:
        tables.append(Table("Steps", "", (), ("headline", "before", "from", "effect", "95 %", "p"), found, (), keys=3))
    return Written(f"History of {history.submission}", INTRO, tables, _long(history))


def _row(history: History, i: int) -> tuple[str, ...]:
    run = history.runs[i]
    return (run.name, run.when, *(_entry(one, i) for one in history.tracks), run.what)


def _entry(track: Track, i: int) -> str:
    interval = track.intervals[i]
    mark = "".join(" ▲" if step.effect > 0 else " ▼" for step in track.steps if step.at == i)
    return (plus_minus(interval.mean, interval.half) if interval else NOTHING) + mark


def _step_rows(history: History, track: Track) -> list[tuple[str, ...]]:
    metric = track.headline.metric
    return [
        (
            track.headline.name,
            history.runs[step.at - 1].name,
            history.runs[step.at].name,
            effect_text(step.effect, metric),
            interval_text(step.low, step.high, metric),
            p_text(step.p),
        )
        for step in track.steps
    ]


def _long(history: History) -> list[Row]:
    """A row a run and headline."""
    return [
        {
            "submission": history.submission,
            "run": run.name,
            "when": run.when,
            "capability": one.headline.metric.capability,
            "headline": one.headline.name,
            "mean": interval.mean if (interval := one.intervals[i]) else None,
            "low": interval.low if interval else None,
            "high": interval.high if interval else None,
            "step": next((step.effect for step in one.steps if step.at == i), None),
            "step_p": next((step.p for step in one.steps if step.at == i), None),
            "what": run.what,
        }
        for one in history.tracks
        for i, run in enumerate(history.runs)
    ]
