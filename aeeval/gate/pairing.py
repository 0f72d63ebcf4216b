"""Headlines of two sides, paired by task, code length and seed; what cannot be paired is refused or named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aeeval.errors import NotComparable, UsageError, message
from aeeval.gate.sides import Side
from aeeval.protocol import CAPABILITIES
from aeeval.record import Record
from aeeval.report.effects import oriented
from aeeval.report.facts import Metrics
from aeeval.report.headlines import Headline, headlines
from aeeval.report.sections import check_versions
from aeeval.stats.paired import Array

OWN_K = "own-k"
Place = tuple[str, int, str]  # task, k, track; k is 0 where the submission chose it
Numbers = Mapping[tuple[Place, int], Record]


@dataclass(frozen=True)
class Missing:
    """A number of one side that the other one lacks: `status` and `reason` say why, "not run" where no record is."""

    place: Place
    seed: int
    status: str
    reason: str


@dataclass(frozen=True)
class Pairs:
    """One headline of two sides: `base` and `head` are (places, seeds), NaN where a side has no number.

    `lost` are numbers of BASE that HEAD lacks, `gained` those of HEAD that BASE lacks.
    """

    headline: Headline
    places: tuple[Place, ...]
    seeds: tuple[int, ...]
    base: Array
    head: Array
    lost: tuple[Missing, ...] = ()
    gained: tuple[Missing, ...] = ()

    @cached_property
    def effects(self) -> Array:
        """(places, seeds), positive where HEAD is worse: log((v+c)/(v₀+c)) or v − v₀, of distances for a target."""
        return oriented(self.head, self.base, self.headline.metric)

    @property
    def paired(self) -> int:
        """How many numbers both sides have."""
        return int((~np.isnan(self.effects)).sum())

    @property
    def identical(self) -> bool:
        """Whether all paired numbers are equal to the last bit, and none is lost."""
        there = ~np.isnan(self.effects)
        return bool(there.any() and np.array_equal(self.base[there], self.head[there]) and not self.lost)

    @property
    def identical_places(self) -> Array:
        """(places,) whether the pairs of a place are equal to the last bit."""
        there = ~np.isnan(self.effects)
        return there.any(axis=1) & np.where(there, self.base == self.head, True).all(axis=1)


def pair(base: Side, head: Side, metrics: Metrics, suite: str | None = None) -> list[Pairs]:
    """Every headline of the suite that both sides were run on, paired.

    Raises `NotComparable` where the sides have no suite at one digest, no task, or no number in common, or where a
    task, a metric or the data of a pair differ in version; `UsageError` where they share several suites.
    """
    digest = _common_suite(base, head, suite)
    sides = [[record for record in side.records if record.suite_digest == digest] for side in (base, head)]
    every = [*sides[0], *sides[1]]
    found = [
        _pairs(one, *sides)
        for capability in CAPABILITIES
        for one in headlines(every, metrics, capability)
        if one.metric.better != "none"
    ]
    if not any(one.paired for one in found):
        tasks = [", ".join(dict.fromkeys(r.task for r in records)) or "none" for records in sides]
        raise NotComparable(
            message(
                "a task and a seed on which both sides have numbers",
                f"{base.label} on {tasks[0]} and {head.label} on {tasks[1]}",
                "run both on the same tasks, code lengths and seeds",
            )
        )
    return found


def suites_of(side: Side) -> dict[str, str]:
    """The name of every suite that a side was run on, by digest."""
    return {record.suite_digest: record.suite for record in side.records}


def _common_suite(base: Side, head: Side, name: str | None) -> str:
    ours, theirs = suites_of(head), suites_of(base)
    common = {digest: ours[digest] for digest in ours if digest in theirs and name in (None, ours[digest])}
    if len(common) > 1:
        listed = ", ".join(f"{suite} ({digest[:12]})" for digest, suite in common.items())
        raise UsageError(message("one suite that both sides were run on", listed, "choose one with --suite NAME"))
    if not common:
        told = [", ".join(f"{suite} ({digest[:12]})" for digest, suite in side.items()) for side in (theirs, ours)]
        wanted = f"one content of suite {name}" if name else "one suite of the same content on both sides"
        raise NotComparable(message(wanted, f"{told[0]} and {told[1]}", "run both with the same version of the suite"))
    return next(iter(common))


def _pairs(one: Headline, base: Sequence[Record], head: Sequence[Record]) -> Pairs:
    picked = [one.pick(records) for records in (base, head)]
    check_versions([record for records in picked for record in records])
    sides = [{(_place(record), record.seed): record for record in records} for records in picked]
    keys = dict.fromkeys(key for side in sides for key in side)
    places = tuple(dict.fromkeys(place for place, _ in keys))
    seeds = tuple(sorted({seed for _, seed in keys}))
    ours, theirs = (_array(side, places, seeds) for side in sides)
    return Pairs(one, places, seeds, ours, theirs, lost=_missing(*sides), gained=_missing(*sides[::-1]))


def _place(record: Record) -> Place:
    """Reference rows are built on our rows as those of the recipe are, and may be compared with them."""
    track = "recipe" if record.track == "reference" else record.track
    return record.task, 0 if track == OWN_K else record.latent_dim, track


def _array(side: Numbers, places: Sequence[Place], seeds: Sequence[int]) -> Array:
    def value(key: tuple[Place, int]) -> float:
        found = side.get(key)
        return float("nan") if found is None or found.value is None else found.value

    return np.array([[value((place, seed)) for seed in seeds] for place in places]).reshape(len(places), len(seeds))


def _missing(have: Numbers, lack: Numbers) -> tuple[Missing, ...]:
    """The numbers of one side that the other one lacks."""
    lacking = {key: lack.get(key) for key, record in have.items() if record.value is not None}
    return tuple(_missed(*key, other) for key, other in lacking.items() if other is None or other.value is None)


def _missed(place: Place, seed: int, record: Record | None) -> Missing:
    if record is None:
        return Missing(place, seed, "not run", "no record")
    return Missing(place, seed, record.status, " ".join((record.reason or "").split()))
