"""What may share a table: the records of one suite at one digest, of one version of every task, metric and data set."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from aeeval.errors import NotComparable, message
from aeeval.protocol import CAPABILITIES
from aeeval.record import Record

BASELINES = ("mean", "pca")
TIMED = "throughput"
Entrant = tuple[str, str, str]  # submission, track, submission_sha256
Row = tuple[str, int, Entrant]  # task, latent_dim, entrant: all but the seed of a cell
Standings = Mapping[Entrant, str]
OWN_RUN = "own run"


@dataclass(frozen=True)
class Section:
    """The records of one suite at one digest, and the order in which they are shown.

    `standings` says of entrants from packed results whether they are "verified" or "self-reported"; empty where there
    are none of them.
    """

    suite: str
    digest: str
    records: tuple[Record, ...]
    standings: Standings = field(default_factory=dict)

    @cached_property
    def tasks(self) -> dict[str, int]:
        """Each task and its place, in order of appearance."""
        return {task: place for place, task in enumerate(dict.fromkeys(record.task for record in self.records))}

    @cached_property
    def seeds(self) -> list[int]:
        """The seeds that were run, sorted."""
        return sorted({record.seed for record in self.records})

    @cached_property
    def capabilities(self) -> list[str]:
        """The capabilities that were measured, in the order of the tables."""
        present = dict.fromkeys(record.capability for record in self.records)
        known = [name for name in CAPABILITIES if name in present]
        return known + [name for name in present if name not in CAPABILITIES]

    @cached_property
    def labels(self) -> dict[Entrant, str]:
        """The name of each entrant, with what tells it apart from another one of that name."""
        entrants = {entrant(record) for record in self.records}
        versions: dict[tuple[str, str], set[str]] = {}
        for name, track, sha in entrants:
            versions.setdefault((name, track), set()).add(sha)
        return {key: _label(*key, several=len(versions[key[:2]]) > 1) for key in entrants}

    @cached_property
    def entrants(self) -> list[Entrant]:
        """Everyone by name, baselines last."""
        return sorted(self.labels, key=lambda who: (is_baseline(who), self.labels[who]))

    def in_order(self, rows: Iterable[Row]) -> list[Row]:
        """Tasks in the order of the suite, then k, then entrants by name, baselines last."""
        place = {who: i for i, who in enumerate(self.entrants)}
        return sorted(set(rows), key=lambda row: (self.tasks[row[0]], row[1], place[row[2]]))

    @property
    def title(self) -> str:
        """Suite and short digest: what every table is signed with."""
        return f"{self.suite} ({self.digest[:12]})"

    @property
    def again(self) -> str:
        """The command that makes these records again."""
        ranked = [who for who in self.entrants if not is_baseline(who)]
        names = dict.fromkeys(f"{name}=FILE" if track == "frozen" else name for name, track, _ in ranked)
        return f"aeeval run {' '.join(names or BASELINES)} {_source(self.suite)} --seeds {max(self.seeds) + 1}"


def sections(records: Iterable[Record], standings: Standings | None = None) -> list[Section]:
    """One section per (suite, digest), in order of appearance; raises `NotComparable` where one cannot be a table."""
    groups = _by_suite(records).items()
    return [Section(suite, digest, _comparable(group), standings or {}) for (suite, digest), group in groups]


def commands(records: Sequence[Record]) -> list[str]:
    """Beside each record, the command that makes the records of its suite again."""
    made = {key: Section(*key, tuple(group)).again for key, group in _by_suite(records).items()}
    return [made[record.suite, record.suite_digest] for record in records]


def _by_suite(records: Iterable[Record]) -> dict[tuple[str, str], list[Record]]:
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        groups.setdefault((record.suite, record.suite_digest), []).append(record)
    return groups


def _comparable(records: Sequence[Record]) -> tuple[Record, ...]:
    """Each number once; times of several machines or software versions apart, by an axis `env`."""
    check_comparable(records)
    places = {record.env for record in records if record.capability == TIMED}
    once = {_number(record): record for record in records}.values()
    if len(places) < 2:
        return tuple(once)
    return tuple(replace(r, axes={**r.axes, "env": r.env[:12]}) if r.capability == TIMED else r for r in once)


def check_comparable(records: Sequence[Record]) -> None:
    """Raise `NotComparable` for two versions of a task, a metric or the data, or for two values of one number."""
    check_versions(records)
    _one("value of {7} for {2} on {1} (k={4}, seed {5})", ((_number(r), (r.status, r.value)) for r in records))


def check_versions(records: Sequence[Record]) -> None:
    """Raise `NotComparable` for two versions of a task, a metric or the data."""
    _one("version of task {}", ((r.task, r.task_version) for r in records))
    _one("version of metric {}", ((r.metric, r.metric_version) for r in records))
    _one("data set for task {} with seed {}", (((r.task, r.seed), r.data_sha256) for r in records if r.data_sha256))


def entrant(record: Record) -> Entrant:
    """Who a row belongs to: two files of one name are two entrants."""
    return record.submission, record.track, record.submission_sha256


def row_of(record: Record) -> Row:
    """The row of a table that a record belongs to: its cell without the seed."""
    return record.task, record.latent_dim, entrant(record)


def is_reference(who: Entrant) -> bool:
    """Whether a row is shown and never ranked."""
    return who[1] == "reference"


def is_baseline(who: Entrant) -> bool:
    """Whether a row is there to be compared with: a reference row, or one of the two that always run beside."""
    return is_reference(who) or who[0] in BASELINES


def _source(suite: str) -> str:
    """The options that name a suite; the user's own data and a cut suite are no files of that name."""
    if suite == "data":
        return "--data FILE"
    whole, _, rows = suite.rpartition("-limit")
    return f"--suite {whole} --limit {rows}" if whole and rows.isdigit() else f"--suite {suite}"


def _label(name: str, track: str, sha: str, several: bool) -> str:
    kind = {"reference": " (ref)", "recipe": ""}.get(track, f" ({track})")
    return f"{name}{kind}{f' @{sha[:7]}' if several else ''}"


def _number(record: Record) -> tuple[Any, ...]:
    """What makes two records one number: a time belongs to the machine that took it, all else to the submission."""
    return (*record.identity, record.submission_sha256, record.env if record.capability == TIMED else "")


def _one(what: str, pairs: Iterable[tuple[Any, Any]]) -> None:
    seen: dict[Any, Any] = {}
    for key, value in pairs:
        if seen.setdefault(key, value) != value:
            name = what.format(*key) if isinstance(key, tuple) else what.format(key)
            got = f"{seen[key]} and {value}"
            raise NotComparable(message(f"one {name}", got, "show the two runs apart, or run again with --fresh"))
