"""Where leagues are held: what was asked for, which places count, and what is never ranked together kept apart."""

import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aeeval.errors import UnknownName, UsageError, message
from aeeval.protocol import CAPABILITIES, SEARCH
from aeeval.record import Record
from aeeval.records import CellPart, Records
from aeeval.report.facts import Metrics
from aeeval.report.headlines import Headline, headlines, of_metric
from aeeval.report.league import OWN_K, TRACKS, Field, Place
from aeeval.report.sections import Entrant, Section, entrant, is_baseline

REFERENCE = "pca"
LEAST_FVU = 1e-2  # of PCA at the same k: where it is less, a linear model is all but perfect and nothing is told apart
GROUPS = ("task", "k")


@dataclass(frozen=True)
class Asked:
    """What is to be ranked: globs of tasks and submissions, tracks, code lengths, capabilities, samplers; "" and empty
    tuples ask for everything, of samplers for that of the headline. `metric` ranks by another number than headlines.
    """

    tasks: tuple[str, ...] = ()
    submissions: tuple[str, ...] = ()
    tracks: tuple[str, ...] = ()
    latent_dims: tuple[int, ...] = ()
    capabilities: tuple[str, ...] = ()
    samplers: tuple[str, ...] = ()
    metric: str = ""
    group_by: str = ""


def reference_of(section: Section) -> Entrant:
    """The frozen reference: PCA, in the version that most of the numbers of a section have."""
    counts: dict[Entrant, int] = {}
    cells = section.records.where(submission=REFERENCE).cell
    for cell, numbers in zip(cells.values, np.bincount(cells.codes, minlength=len(cells.values)).tolist(), strict=True):
        if numbers:
            counts[entrant(cell)] = counts.get(entrant(cell), 0) + numbers
    if not counts:
        way_out = f"run it beside them: aeeval run {REFERENCE} --suite {section.suite}"
        raise UsageError(message(f"the reference {REFERENCE} among the records of {section.title}", "none", way_out))
    return max(counts, key=lambda who: (counts[who], who))


def filtered(section: Section, asked: Asked) -> Records:
    """The records that were asked for; baselines stay whatever submissions were named."""
    _check(asked.tasks, section.tasks, "task")
    _check(asked.submissions, {who[0] for who in section.entrants}, "submission")
    records = section.records
    cells = [_asked_for(cell, asked) for cell in records.cell.values]
    numbers = [
        not asked.capabilities or number.capability in asked.capabilities or number.metric == "fvu"
        for number in records.number.values
    ]
    if not len(records):
        return records
    return records.take(np.array(cells)[records.cell.codes] & np.array(numbers)[records.number.codes])


def _asked_for(cell: CellPart, asked: Asked) -> bool:
    return (
        _fits(cell.task, asked.tasks)
        and (is_baseline(entrant(cell)) or _fits(cell.submission, asked.submissions))
        and (not asked.latent_dims or cell.latent_dim in asked.latent_dims or cell.track == OWN_K)
    )


def ranked_headlines(records: Sequence[Record], metrics: Metrics, asked: Asked) -> list[Headline]:
    """What is ranked: the headlines, those of sampling once for each sampler, or one metric at each of its axes."""
    if asked.metric:
        if asked.metric not in metrics:
            raise UnknownName("metric", asked.metric, metrics)
        return of_metric(Records.of(records).where(metric=asked.metric), metrics[asked.metric])
    found = []
    for capability in asked.capabilities or CAPABILITIES:
        for one in headlines(records, metrics, capability):
            found += _by_sampler(one, records, asked.samplers) if "sampler" in one.axes else [one]
    return found


def fields(records: Sequence[Record], asked: Asked, reference: Entrant) -> Iterator[Field]:
    """One field for each track, and for shorter and longer codes than the tasks set; grouped by task or k where asked.

    The places are those of the reference, so that an entrant that comes or goes changes them for nobody. One counts
    where the reference is no near-perfect model.
    """
    columns = Records.of(records)
    cells = [columns.cell.values[code] for code in columns.cell.present]
    easy = _too_easy(columns, reference)
    frozen = [cell for cell in cells if entrant(cell) == reference]
    for track in asked.tracks or _tracks(cells):
        if not any(cell.track == track and not is_baseline(entrant(cell)) for cell in cells):
            continue
        places = list(dict.fromkeys((r.task, 0 if track == OWN_K else r.latent_dim) for r in frozen))
        for name, group in _grouped(places, asked.group_by):
            for k, some in _by_k(group, apart=asked.group_by == "k"):
                counting = tuple(place for place in some if place not in easy)
                yield Field(track, k, name, counting, _left_out(some, easy))


def _tracks(cells: Sequence[CellPart]) -> list[str]:
    """All tracks that there are, those of searches last, by the number of trials."""
    trials = {int(cell.track.removeprefix(SEARCH)) for cell in cells if cell.track.startswith(SEARCH)}
    return [*TRACKS, *(f"{SEARCH}{count}" for count in sorted(trials))]


def _too_easy(records: Records, reference: Entrant) -> dict[Place, float]:
    """The places at which the reference's fvu is under the least one."""
    found: dict[Place, list[float]] = {}
    for record in records.where(metric="fvu", submission=reference[0]):
        if entrant(record) == reference and record.value is not None:
            found.setdefault((record.task, record.latent_dim), []).append(record.value)
    return {place: float(np.mean(some)) for place, some in found.items() if np.mean(some) < LEAST_FVU}


def _left_out(places: Sequence[Place], easy: Mapping[Place, float]) -> tuple[str, ...]:
    """In words, for example "plane3 (k=3), where pca has fvu 5e-04"."""
    some = [place for place in places if place in easy]
    return tuple(f"{task} (k={k}), where {REFERENCE} has fvu {easy[task, k]:.1g}" for task, k in some)


def _grouped(places: Sequence[Place], by: str) -> list[tuple[str, list[Place]]]:
    if by != "task":
        return [("", list(places))] if places else []
    return [(task, [place for place in places if place[0] == task]) for task in dict.fromkeys(t for t, _ in places)]


def _by_k(places: Sequence[Place], apart: bool) -> list[tuple[str, list[Place]]]:
    """The lengths that the tasks set stand together, shorter and longer ones apart; with `apart` every k by itself.

    Of the several lengths of a task the middle one is the one that it sets: no other two places of a task ever meet.
    """
    if apart:
        return [(_lengths([k]), [place for place in places if place[1] == k]) for k in sorted({k for _, k in places})]
    offsets: dict[int, list[Place]] = {}
    for task, k in places:
        lengths = sorted(other for name, other in places if name == task)
        offsets.setdefault(lengths.index(k) - (len(lengths) - 1) // 2, []).append((task, k))
    order = sorted(offsets, key=lambda offset: (abs(offset), offset))
    return [(_lengths(sorted({k for _, k in offsets[one]})) + _word(one), offsets[one]) for one in order]


def _word(offset: int) -> str:
    """What tells lengths from those that the tasks set."""
    return "" if offset == 0 else f" ({'longer' if offset > 0 else 'shorter'})"


def _lengths(lengths: Sequence[int]) -> str:
    return ", ".join("own" if k == 0 else str(k) for k in lengths)


def _by_sampler(one: Headline, records: Sequence[Record], names: Sequence[str]) -> list[Headline]:
    """The headline at each sampler that was asked for; "all" are those that draw from the model."""
    from aeeval.samples import REFERENCE_ROWS

    own = [record for record in records if record.metric == one.metric.id and "sampler" in record.axes]
    present = list(dict.fromkeys(str(record.axes["sampler"]) for record in own))
    wanted = [name for name in present if name not in REFERENCE_ROWS] if tuple(names) == ("all",) else list(names)
    for name in wanted:
        if name not in present:
            raise UnknownName("sampler", name, present)
    return [Headline(one.metric, name, {**one.axes, "sampler": name}) for name in wanted] or [one]


def _fits(name: str, globs: Sequence[str]) -> bool:
    return not globs or any(fnmatch.fnmatch(name, glob) for glob in globs)


def _check(globs: Sequence[str], known: Iterable[str], kind: str) -> None:
    names = list(known)
    for glob in globs:
        if not fnmatch.filter(names, glob):
            raise UnknownName(kind, glob, names)
