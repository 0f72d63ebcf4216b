"""Several results folders and packs into one folder: cells that are equal once, cells that differ named and refused."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from aeeval.cells import TIMED
from aeeval.errors import NotComparable, StoreError, UnknownName, message
from aeeval.record import Record, axes_label
from aeeval.results.packed import packs_below, read_packed, trainings_in_pack
from aeeval.results.pictures import Picture, pictures_of_pack
from aeeval.results.trainings import log_of
from aeeval.store import Damaged, Store

SHOWN = 5
BY_KEY = {"models": ".pt", "pictures": ".npz", "trainings": ".json"}
BY_CONTENT = ("env", "data", "suites")
Identity = tuple[Any, ...]


@dataclass(frozen=True)
class Part:
    """A cell of one of the folders, with its key there and the time of its file; packs know no keys.

    `picture` is what a pack has to draw it from, `training` what it says of how the model was trained.
    """

    source: str
    key: str | None
    written: int
    records: Sequence[Record]
    picture: Picture | None = None
    training: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def identity(self) -> Identity:
        """What tells a cell of a pack from others: the cell, the version of the submission, and which metrics."""
        first, metrics = self.records[0], sorted({(r.metric, r.metric_version) for r in self.records})
        where = (first.suite_digest, first.task, first.latent_dim, first.seed, first.capability == TIMED)
        return (*where, first.submission, first.submission_sha256, first.track, first.data_sha256, tuple(metrics))

    @property
    def numbers(self) -> Mapping[tuple[str, str], Record]:
        """Every record by metric and axes, without where it was made."""
        return {(r.metric, axes_label(r.axes)): replace(r, env="") for r in self.records}

    def __str__(self) -> str:
        first = self.records[0]
        return f"{first.submission} on {first.task}, k={first.latent_dim}, seed {first.seed}"


@dataclass(frozen=True)
class Source:
    """All that a folder gives: its cells, the environments of its packs by name, and the files that are none."""

    folder: str
    parts: tuple[Part, ...]
    env: Mapping[str, Mapping[str, Any]]
    damaged: tuple[Damaged, ...]


@dataclass(frozen=True)
class Merged:
    """What a merge did: cells written, those that were there or came twice, and files that are none."""

    written: int
    equal: int
    damaged: tuple[Damaged, ...]


def merge(sources: Sequence[str | Path], into: str | Path, prefer: str | Path | None = None) -> Merged:
    """Put the cells of results folders and packs into one results folder, with what belongs to them.

    What stands in `into` takes part. Cells with the same numbers, wherever they were made, are kept once. Nothing is
    written where cells of the same key have other numbers, unless `prefer` names the folder whose cells win. Raises
    `NotComparable` with the cells that differ, `StoreError` where a folder holds nothing, `UnknownName` for a folder to
    prefer that is none of them.
    """
    names = [str(into), *(str(source) for source in sources if Path(source) != Path(into))]
    if prefer is not None and str(prefer) not in names:
        raise UnknownName("folder to prefer", str(prefer), names)
    sources_read = [_read(name, required=name != str(into)) for name in names]
    cells = _by_key([part for source in sources_read for part in source.parts])
    chosen, equal = _chosen(cells, None if prefer is None else str(prefer))
    new = {key: part for key, part in chosen.items() if (part.source, part.key) != (str(into), key)}
    _write(Store(into), new, sources_read[1:])
    return Merged(len(new), equal, tuple(one for source in sources_read for one in source.damaged))


def _read(folder: str, required: bool) -> Source:
    """The cells of a results folder, and of the packs at or below it."""
    cells, damaged = Store(folder).cells()
    parts = [Part(folder, file.key, file.written, cells.of(file)) for file in cells.files]
    env: dict[str, Mapping[str, Any]] = {}
    for pack in packs_below(folder):
        try:
            packed = read_packed(pack)
        except StoreError as error:
            damaged.append(Damaged(pack, str(error)))
            continue
        parts += _of_pack(folder, pack, packed.records)
        env |= packed.manifest.env
    if required and not parts and not damaged:
        raise StoreError(message(f"cells or packs in {folder}", "none", "name a results folder, or a folder of packs"))
    return Source(folder, tuple(parts), env, tuple(damaged))


def _of_pack(folder: str, pack: Path, records: Iterable[Record]) -> list[Part]:
    written = pack.stat().st_mtime_ns
    pictures = {_cell(one.record): one for one in pictures_of_pack(pack)}
    groups: dict[Identity, list[Record]] = {}
    for record in records:
        groups.setdefault(_cell(record), []).append(record)
    logs = {_of_log(row): log_of(row) for row in trainings_in_pack(pack)}
    return [
        Part(folder, None, written, group, pictures.get(cell), logs.get(cell, {})) for cell, group in groups.items()
    ]


def _cell(r: Record) -> Identity:
    return (r.suite_digest, r.task, r.latent_dim, r.track, r.seed, r.capability == TIMED)


def _of_log(row: Mapping[str, Any]) -> Identity:
    return (row["suite_digest"], row["task"], row["latent_dim"], row["track"], row["seed"], False)


def _by_key(parts: Sequence[Part]) -> dict[str, list[Part]]:
    """The cells by key; those of packs by that of an equal one, else by one that is made of what they are."""
    made = {part.identity: _made(part.identity) for part in parts}
    known = {part.identity: part.key for part in parts if part.key not in (None, made[part.identity])}
    cells: dict[str, list[Part]] = {}
    for part in parts:
        own = part.key if part.key != made[part.identity] else None
        cells.setdefault(own or known.get(part.identity) or made[part.identity], []).append(part)
    return cells


def _made(identity: Identity) -> str:
    return hashlib.sha256(json.dumps(["pack", *identity]).encode()).hexdigest()


def _chosen(cells: Mapping[str, Sequence[Part]], prefer: str | None) -> tuple[dict[str, Part], int]:
    """One part for each cell, and how many others said the same."""
    chosen, equal, apart = {}, 0, []
    for key, group in cells.items():
        first, *others = sorted(group, key=lambda part: (part.source != prefer, part.key is None))
        differing = [other for other in others if other.numbers != first.numbers]
        if differing and first.source != prefer:
            apart.append(_told(first, differing[0]))
        equal += len(others) - len(differing)
        chosen[key] = first
    if apart:
        got = f"{len(apart)} with other numbers: {'; '.join(apart[:SHOWN])}{'; ...' if len(apart) > SHOWN else ''}"
        raise NotComparable(message("equal numbers in cells of the same key", got, "choose: --prefer FOLDER"))
    return chosen, equal


def _told(one: Part, other: Part) -> str:
    """The cell, and the first number that differs."""
    here, there = one.numbers, other.numbers
    key = next(key for key in (*here, *there) if here.get(key) != there.get(key))
    values = (f"{_value(numbers.get(key))} in {part.source}" for numbers, part in ((here, one), (there, other)))
    return f"{one} ({' '.join(key).strip()} is {' and '.join(values)})"


def _value(record: Record | None) -> str:
    if record is None:
        return "absent"
    return record.status if record.value is None else repr(record.value)


def _write(store: Store, cells: Mapping[str, Part], sources: Sequence[Source]) -> None:
    """What cells refer to first, then the cells: one that is there is whole."""
    for source in sources:
        for name in BY_CONTENT:
            for file in sorted((Path(source.folder) / name).glob("*.json")):
                store.put(name, file.name, file.read_bytes())
        for env, described in source.env.items():
            store.put("env", f"{env}.json", json.dumps(described, sort_keys=True, indent=1).encode())
    for key, part in cells.items():
        for name, suffix in BY_KEY.items():
            if (file := Path(part.source) / name / f"{key}{suffix}").is_file():
                store.put(name, file.name, file.read_bytes())
        if part.picture and not store.has_picture(key):
            store.write_picture(key, part.picture.read())
        if part.training and not store.read_training(key):
            store.write_training(key, part.training)
        store.write_cell(key, part.records, part.written)
