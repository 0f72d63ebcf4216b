"""Where each page of a site is: names of files that every system takes, and the way from one page to another."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from aeeval.report.sections import Entrant, Section

_OTHER = re.compile(r"[^a-z0-9.]+")
_LONGEST = 80


def slug(text: str) -> str:
    """A name of lower-case letters, digits, dots and dashes.

    >>> slug("conv (frozen) @1a2b3c4"), slug("swiss-roll"), slug("…")
    ('conv-frozen-1a2b3c4', 'swiss-roll', 'x')
    """
    return _OTHER.sub("-", text.lower()).strip("-.")[:_LONGEST] or "x"


def slugs(texts: Iterable[str]) -> dict[str, str]:
    """A name of its own for each text: two that read alike get a digest behind.

    >>> slugs(["My model", "my-model"])
    {'My model': 'my-model-58ca', 'my-model': 'my-model-98ad'}
    """
    plain = {text: slug(text) for text in texts}
    names = list(plain.values())
    return {
        text: name if names.count(name) == 1 else f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:4]}"
        for text, name in plain.items()
    }


class Addresses:
    """The paths of the pages from the top of the site, of everything that some sections hold."""

    def __init__(self, sections: Iterable[Section]):
        self.sections = tuple(sections)

    @cached_property
    def suites(self) -> Mapping[str, str]:
        """Digest -> the name of a suite; with the beginning of its digest where two bear the same."""
        names = [section.suite for section in self.sections]
        return {
            section.digest: section.suite if names.count(section.suite) == 1 else section.title
            for section in self.sections
        }

    @cached_property
    def labels(self) -> Mapping[Entrant, str]:
        """The name of every entrant of all sections, with what tells it apart from another one of that name."""
        known: dict[Entrant, str] = {}
        for section in self.sections:
            known |= section.labels
        alike = list(known.values())
        return {who: text if alike.count(text) == 1 else f"{text} @{who[2][:7]}" for who, text in known.items()}

    @cached_property
    def _who(self) -> Mapping[str, str]:
        return slugs(self.labels.values())

    @cached_property
    def _suite(self) -> Mapping[str, str]:
        return slugs(self.suites.values())

    @cached_property
    def _task(self) -> Mapping[str, str]:
        return slugs(dict.fromkeys(task for section in self.sections for task in section.tasks))

    def suite(self, section: Section) -> str:
        """The word for a suite in addresses."""
        return self._suite[self.suites[section.digest]]

    def submission(self, who: Entrant) -> str:
        """The page of an entrant."""
        return f"submissions/{self._who[self.labels[who]]}.html"

    def task(self, section: Section, task: str) -> str:
        """The page of a task of a suite."""
        return f"tasks/{self.suite(section)}/{self._task[task]}.html"

    def pair(self, section: Section, who: Entrant, task: str) -> str:
        """The page of an entrant on a task."""
        return f"pairs/{self.suite(section)}/{self._who[self.labels[who]]}/{self._task[task]}.html"

    def metric(self, name: str) -> str:
        """The page of a metric."""
        return f"metrics/{slug(name)}.html"


def up(path: str) -> str:
    """The way from a page to the top of the site.

    >>> up("index.html"), up("pairs/core/vae/swiss-roll.html")
    ('', '../../../')
    """
    return "../" * path.count("/")
