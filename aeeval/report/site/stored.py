"""The pictures of results by what they are of: those that runs have stored, and those that packs carry."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aeeval.record import Record
from aeeval.report.sections import Entrant, entrant
from aeeval.results.pictures import Picture, pictures_in

What = tuple[str, str, Entrant]  # digest of the suite, task, who


@dataclass(frozen=True)
class Stored:
    """The picture of each entrant on each task, by code length."""

    found: Mapping[What, Mapping[int, Picture]] = field(default_factory=dict)

    @classmethod
    def below(cls, folders: Iterable[str | Path]) -> "Stored":
        """Those of some results folders and packs; of the same picture in two, that of the last."""
        found: dict[What, dict[int, Picture]] = {}
        for folder in folders:
            for picture in pictures_in(folder):
                found.setdefault(_what(picture.record), {})[picture.record.latent_dim] = picture
        return cls(found)

    def of(self, digest: str, task: str, who: Entrant) -> dict[int, Picture]:
        """Those of an entrant on a task, by code length."""
        return dict(sorted(self.found.get((digest, task, who), {}).items()))


def _what(record: Record) -> What:
    return record.suite_digest, record.task, entrant(record)
