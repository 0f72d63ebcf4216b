"""What a plot of a suite is made from: its section of the records, its facts, and what its tasks are."""

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from aeeval.errors import UnknownName, UsageError, message
from aeeval.records import Records
from aeeval.report.facts import Metrics
from aeeval.report.figures.style import REFERENCES
from aeeval.report.sections import Entrant, Section, sections
from aeeval.stats.intervals import Interval, t_interval
from aeeval.suite import Suite

Place = tuple[str, int]  # task, k
# Apart also for readers who see no red or green; the line style tells those apart that share one.
COLOURS = ("#2166ac", "#e08214", "#1b7837", "#c51b7d", "#7570b3", "#8c510a", "#01a0a0")
STYLES = ("-", "--", ":", "-.")


@dataclass(frozen=True)
class Field:
    """All entrants of a suite on its tasks, or on those that `tasks` (globs) name; at `latent_dim`, else at the middle
    one of each task's code lengths, which is the one that it sets. `suite` is None where it is none of ours."""

    section: Section
    metrics: Metrics
    suite: Suite | None = None
    tasks: Sequence[str] = ()
    latent_dim: int | None = None

    @cached_property
    def places(self) -> list[Place]:
        """The tasks that are shown, in their order, each with its code length."""
        found = []
        for task in self.section.tasks:
            if self.tasks and not any(fnmatch.fnmatchcase(task, glob) for glob in self.tasks):
                continue
            lengths = sorted(self.section.records.where(task=task, submission="pca").distinct("latent_dim"))
            lengths = lengths or sorted(self.section.records.where(task=task).distinct("latent_dim"))
            if self.latent_dim is None:
                found.append((task, lengths[len(lengths) // 2]))
            elif self.latent_dim in lengths:
                found.append((task, self.latent_dim))
        if not found:
            wanted = ", ".join(self.tasks) or f"k = {self.latent_dim}"
            raise UnknownName("task", wanted, list(self.section.tasks))
        return found

    @cached_property
    def entrants(self) -> list[Entrant]:
        """Everyone, by name."""
        return self.section.entrants

    def label(self, who: Entrant) -> str:
        """The name that tells an entrant apart."""
        return self.section.labels[who]

    def intervals(self, metric: str, place: Place, **axes: str) -> dict[Entrant, Interval]:
        """The mean over seeds with its interval, of everyone who has a number there; reference rows at any k."""
        some = self._of(metric, place[0])
        values: dict[Entrant, list[float]] = {}
        for record in some:
            at_k = record.latent_dim == place[1] or record.track == "reference"
            if at_k and record.value is not None and all(record.axes.get(name) == one for name, one in axes.items()):
                values.setdefault((record.submission, record.track, record.submission_sha256), []).append(record.value)
        return {who: t_interval(values[who]) for who in self.entrants if who in values}

    def null(self, metric: str, place: Place, **axes: str) -> float | None:
        """The null that the records tell there, at the first that does."""
        fits = (r for r in self._of(metric, place[0]) if all(r.axes.get(name) == one for name, one in axes.items()))
        return next((record.null for record in fits if record.null is not None), None)

    def colour(self, who: Entrant) -> tuple[str, str]:
        """Colour and line style of an entrant."""
        if who[0] in REFERENCES:
            return REFERENCES[who[0]], "-"
        number = [one for one in self.entrants if one[0] not in REFERENCES].index(who)
        return COLOURS[number % len(COLOURS)], STYLES[number // len(COLOURS) % len(STYLES)]

    def _of(self, metric: str, task: str) -> Records:
        return self._by_metric(metric).where(task=task)

    def _by_metric(self, metric: str) -> Records:
        if metric not in self._kept:
            self._kept[metric] = self.section.records.where(metric=metric)
        return self._kept[metric]

    @cached_property
    def _kept(self) -> dict[str, Records]:
        return {}


def field(records: Records, metrics: Metrics, suite: str | None, tasks: Sequence[str], latent_dim: int | None) -> Field:
    """The field of the only suite in the records, or of the one that is named (or whose file is).

    Raises `UsageError` where there are several and none is named, `UnknownName` where it is not there.
    """
    found = sections(records)
    known = _suite(suite) if suite else None
    name = known.name if known else suite
    mine = [section for section in found if name in (None, section.suite)]
    if not mine:
        raise UnknownName("suite in these results", str(name), [section.suite for section in found])
    if len(mine) > 1:
        got = ", ".join(section.title for section in mine)
        raise UsageError(message("records of one suite", got, "name it with --suite, or plot a folder of its own"))
    (section,) = mine
    known = known or _suite(section.suite)
    return Field(section, metrics, known if known and known.digest == section.digest else None, tasks, latent_dim)


def _suite(name: str) -> Suite | None:
    from aeeval.errors import AeevalError
    from aeeval.suite import load_suite

    try:
        return load_suite(name)
    except AeevalError:
        return None
