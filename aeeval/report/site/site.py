"""What the pages of a site are made from: sections of records, their boards, and where everything is."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from aeeval.errors import UsageError
from aeeval.record import Record
from aeeval.records import CellPart, Records
from aeeval.report.facts import Metrics
from aeeval.report.sections import Entrant, Section, entrant, sections
from aeeval.report.site.address import Addresses
from aeeval.report.site.boards import Board, headline_boards
from aeeval.report.site.stored import Stored, What

Pair = tuple[str, Entrant]  # task, who


@dataclass(frozen=True)
class Page:
    """A file of the site: its path from the top and its content; None keeps the file that is there."""

    path: str
    content: str | bytes | None


@dataclass(frozen=True)
class Beside:
    """The records of a task at one code length, and a digest of them."""

    records: Records

    @cached_property
    def listed(self) -> list[Record]:
        """One by one."""
        return list(self.records)

    @cached_property
    def digest(self) -> bytes:
        """Of everything that they say."""
        found = hashlib.sha256()
        for part in (self.records.cell, self.records.number, self.records.state):
            present, places = np.unique(part.codes, return_inverse=True)
            found.update(repr([part.values[code] for code in present]).encode() + places.tobytes())
        for _, column in sorted(self.records.numbers.items()):
            found.update(column.tobytes())
        return found.digest()


@dataclass(frozen=True)
class Site:
    """The records of a site in sections that are each comparable, and the pictures that runs have stored of them.

    `out` is the folder that the site is written to, where pictures of an earlier time are kept.
    `with_pairs`: whether every submission has a page on every task. `small`: the files of small pictures by code
    length, once their pages were made.

    Raises `NotComparable` where records of one suite and digest cannot stand in one table.
    """

    records: Records
    metrics: Metrics
    standings: Mapping[Entrant, str] = field(default_factory=dict)
    stored: Stored = field(default_factory=Stored)
    out: Path | None = None
    with_pairs: bool = True
    small: dict[What, dict[int, str]] = field(default_factory=dict)

    @cached_property
    def sections(self) -> list[Section]:
        """One for each suite and digest, in order of appearance."""
        return sections(self.records, self.standings)

    @cached_property
    def addresses(self) -> Addresses:
        """Where the pages are."""
        return Addresses(self.sections)

    @cached_property
    def entrants(self) -> list[Entrant]:
        """Everybody, by name."""
        return sorted(self.addresses.labels, key=lambda who: self.addresses.labels[who].lower())

    @cached_property
    def places(self) -> dict[Entrant, int]:
        """The place of everybody in the list of all."""
        return {who: place for place, who in enumerate(self.entrants)}

    @cached_property
    def boards(self) -> list[Board]:
        """All boards of all sections that have the reference."""
        return [board for section in self.sections for board in self._found[section.digest][0]]

    @cached_property
    def troubles(self) -> list[str]:
        """Why some sections have no boards."""
        return [trouble for section in self.sections if (trouble := self._found[section.digest][1])]

    @cached_property
    def _found(self) -> dict[str, tuple[list[Board], str]]:
        return {section.digest: self._boards(section) for section in self.sections}

    def _boards(self, section: Section) -> tuple[list[Board], str]:
        try:
            return list(headline_boards(section, self.addresses.suite(section), self.metrics)), ""
        except UsageError as error:  # no reference: shown, as tables need none
            return [], str(error)

    def boards_of(self, section: Section) -> list[Board]:
        """Those of one section."""
        return self._found[section.digest][0]

    @cached_property
    def pairs(self) -> dict[str, dict[Pair, Records]]:
        """Digest of a suite -> the records of every entrant on every task."""
        return {section.digest: dict(_by_pair(section.records)) for section in self.sections}

    def beside(self, section: Section, task: str, latent_dim: int) -> Beside:
        """All that stands on a task at one code length; reference rows may have a code of any length."""
        key = (section.digest, task, latent_dim)
        if key not in self._beside:
            whole = Records.joined(some for (of, _), some in self.pairs[section.digest].items() if of == task)
            cells = whole.cell.values
            fits = np.array([cell.latent_dim == latent_dim or cell.track == "reference" for cell in cells])
            self._beside[key] = Beside(whole.take(fits[whole.cell.codes]))
        return self._beside[key]

    @cached_property
    def _beside(self) -> "dict[tuple[str, str, int], Beside]":
        return {}

    def links(self, section: Section) -> dict[str, str]:
        """Task -> its page."""
        return {task: self.addresses.task(section, task) for task in section.tasks}


def _by_pair(records: Records) -> Iterator[tuple[Pair, Records]]:
    codes, pairs = records.cell.codes_of(pair_of)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    for start, stop in zip(starts, [*starts[1:], len(order)], strict=True):
        yield pairs[codes[order[start]]], records.take(order[start:stop])


def pair_of(cell: CellPart | Record) -> Pair:
    """The task and the entrant of a cell."""
    return cell.task, entrant(cell)
