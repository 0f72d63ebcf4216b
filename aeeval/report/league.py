"""A league: what may be ranked together. One headline, one track, one sampler, and k as the tasks set it or one k."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aeeval.record import Record
from aeeval.records import Records
from aeeval.report.effects import oriented
from aeeval.report.flags import unranked
from aeeval.report.headlines import Headline
from aeeval.report.sections import Entrant, entrant, is_baseline, row_of
from aeeval.stats.paired import Array

OWN_K = "own-k"
TRACKS = ("recipe", "frozen", OWN_K)
LOST = ("failed", "timeout")
Place = tuple[str, int]  # task, k; k is 0 where submissions choose it


@dataclass(frozen=True)
class Field:
    """Where a league is held: a track, the places that count, and those that do not with the reason."""

    track: str
    k: str
    group: str
    places: tuple[Place, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class League:
    """The numbers of all entrants on one headline: `values` (entrants, places, seeds), NaN where there is none.

    `reference` (places, seeds) is the frozen reference. `flagged`, of the shape of `values`, are numbers that are shown
    and not ranked, `lost` those that failed or ran out of time. `stand_in` (places, seeds) is what a lost number may be
    taken for: the worst of the reference rows.
    """

    headline: Headline
    field: Field
    entrants: tuple[Entrant, ...]
    seeds: tuple[int, ...]
    values: Array
    reference: Array
    flagged: Array
    lost: Array
    stand_in: Array
    reasons: tuple[str, ...]

    @cached_property
    def effects(self) -> Array:
        """(entrants, places, seeds) against the reference, positive where it is worse, flagged ones too."""
        return oriented(self.values, self.reference, self.headline.metric)

    @property
    def baseline(self) -> Array:
        """(entrants,) whether a row is shown and never ranked."""
        return np.array([is_baseline(who) for who in self.entrants])


def make_league(records: Sequence[Record], headline: Headline, field: Field, reference: Entrant) -> League:
    """The league of a headline in a field, from the records of one section."""
    records = Records.of(records)
    least = _least_k(records, reference)
    picked = [(record, place) for record in headline.pick(records) if (place := _place(record, field, least))]
    seeds = tuple(sorted({record.seed for record, _ in picked}))
    cells: dict[Entrant, dict[tuple[int, int], Record]] = {}
    for record, place in picked:
        cells.setdefault(entrant(record), {})[field.places.index(place), seeds.index(record.seed)] = record
    shape, who = (len(field.places), len(seeds)), tuple(cells)
    values = _stacked([_array(cells[one], shape, _number) for one in who], shape)
    flags, capability = unranked(records), headline.metric.capability
    raised = [_array(cells[one], shape, lambda r: (row_of(r), r.seed, capability) in flags) for one in who]
    lost = [_array(cells[one], shape, lambda r: r.status in LOST) for one in who]
    return League(
        headline,
        field,
        who,
        seeds,
        values,
        values[who.index(reference)] if reference in who else np.full(shape, np.nan),
        _stacked(raised, shape) == 1,
        _stacked(lost, shape) == 1,
        _worst([values[i] for i, one in enumerate(who) if is_baseline(one)], headline, shape),
        tuple(_reason(cells[one].values()) for one in who),
    )


def _least_k(records: Records, reference: Entrant) -> dict[str, int]:
    """The smallest k at which the reference stands on each task: that of the field where submissions choose their k."""
    found: dict[str, int] = {}
    for cell in (records.cell.values[code] for code in records.cell.present):
        if entrant(cell) == reference:
            found[cell.task] = min(cell.latent_dim, found.get(cell.task, cell.latent_dim))
    return found


def _place(record: Record, field: Field, least: Mapping[str, int]) -> Place | None:
    """Where a record stands in a field: entrants of its track, and the rows that are shown beside them."""
    shown = is_baseline(entrant(record))
    if record.track != field.track and not shown:
        return None
    place = (record.task, record.latent_dim)
    if field.track == OWN_K:
        if shown and record.latent_dim != least.get(record.task):
            return None
        place = (record.task, 0)
    return place if place in field.places else None


def _array(cells: Mapping[tuple[int, int], Record], shape: tuple[int, int], read: Callable[[Record], float]) -> Array:
    values = np.full(shape, np.nan)
    for place, record in cells.items():
        values[place] = read(record)
    return values


def _stacked(arrays: Sequence[Array], shape: tuple[int, int]) -> Array:
    return np.stack(arrays) if arrays else np.empty((0, *shape))


def _number(record: Record) -> float:
    return float("nan") if record.value is None else record.value


def _worst(base: Sequence[Array], headline: Headline, shape: tuple[int, int]) -> Array:
    """The worst number of the reference rows at every place and seed; NaN where none of them has one."""
    if not base:
        return np.full(shape, np.nan)
    pick = np.fmin if headline.metric.better == "higher" else np.fmax
    return pick.reduce(np.stack(base))


def _reason(records: Iterable[Record]) -> str:
    """Why a number of an entrant is missing: the first that failed, else the first that was skipped."""
    lost = sorted((r for r in records if r.status != "ok"), key=lambda r: r.status not in LOST)
    return f"{lost[0].status}: {' '.join((lost[0].reason or '').split())}" if lost else ""
