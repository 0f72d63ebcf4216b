"""What may share a table: the records of one suite at one digest, of one version of every task, metric and data set."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from aeeval.errors import NotComparable, message
from aeeval.protocol import CAPABILITIES, SEARCH
from aeeval.record import Record, axes_label
from aeeval.records import CellPart, Records

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
    records: Records
    standings: Standings = field(default_factory=dict)

    @cached_property
    def tasks(self) -> dict[str, int]:
        """Each task and its place, in order of appearance."""
        return {task: place for place, task in enumerate(self.records.distinct("task"))}

    @cached_property
    def seeds(self) -> list[int]:
        """The seeds that were run, sorted."""
        return sorted(self.records.distinct("seed"))

    @cached_property
    def capabilities(self) -> list[str]:
        """The capabilities that were measured, in the order of the tables."""
        present = self.records.distinct("capability")
        known = [name for name in CAPABILITIES if name in present]
        return known + [name for name in present if name not in CAPABILITIES]

    @cached_property
    def labels(self) -> dict[Entrant, str]:
        """The name of each entrant, with what tells it apart from another one of that name."""
        entrants: list[Entrant] = self.records.distinct("submission", "track", "submission_sha256")
        versions: dict[tuple[str, str], set[str]] = {}
        for name, track, sha in entrants:
            versions.setdefault((name, track), set()).add(sha)
        return {key: _label(*key, several=len(versions[key[:2]]) > 1) for key in entrants}

    @cached_property
    def entrants(self) -> list[Entrant]:
        """Everyone by name, baselines last."""
        return sorted(self.labels, key=lambda who: (is_baseline(who), self.labels[who]))

    def of(self, who: Entrant) -> Records:
        """The records of one entrant."""
        submission, track, sha = who
        return self.records.where(submission=submission, track=track, submission_sha256=sha)

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
        asked = [who for who in self.entrants if who[0] not in BASELINES]  # those run beside unasked
        names = dict.fromkeys(f"{name}=FILE" if track == "frozen" else name for name, track, _ in asked)
        told = f"aeeval run {' '.join(names or BASELINES)} {_source(self.suite)} --seeds {max(self.seeds) + 1}"
        trials = {int(track.removeprefix(SEARCH)) for _, track, _ in asked if track.startswith(SEARCH)}
        return f"{told} --search {max(trials)}" if trials else told


def sections(records: Iterable[Record], standings: Standings | None = None) -> list[Section]:
    """One section per (suite, digest), in order of appearance; raises `NotComparable` where one cannot be a table."""
    groups = _by_suite(records).items()
    return [Section(suite, digest, _comparable(group), standings or {}) for (suite, digest), group in groups]


def commands(records: Sequence[Record]) -> list[str]:
    """Beside each record, the command that makes the records of its suite again."""
    columns = Records.of(records)
    made = {key: Section(*key, group).again for key, group in _by_suite(columns).items()}
    of_cell = [made.get((cell.suite, cell.suite_digest), "") for cell in columns.cell.values]
    return [of_cell[code] for code in columns.cell.codes.tolist()]


def _by_suite(records: Iterable[Record]) -> dict[tuple[str, str], Records]:
    columns = Records.of(records)
    suites = columns.distinct("suite", "suite_digest")
    return {(suite, digest): columns.where(suite=suite, suite_digest=digest) for suite, digest in suites}


def _comparable(records: Records) -> Records:
    """Each number once; times of several machines or software versions apart, by an axis `env`."""
    check_versions(records)
    once = _once(records)
    timed = once.where(capability=TIMED)
    if len(timed.distinct("env")) < 2:
        return once
    apart = (replace(r, axes={**r.axes, "env": r.env[:12]}) for r in timed)
    rest = np.array([part.capability != TIMED for part in once.number.values])[once.number.codes]
    joined = Records.joined([once.take(rest), Records.of(apart)])
    return joined.take(np.argsort(np.concatenate([np.flatnonzero(rest), np.flatnonzero(~rest)]), kind="stable"))


def _once(records: Records) -> Records:
    """Each number at its first place, as it was told last; raises `NotComparable` where it has two values."""
    keys = _keys(records)
    distinct, first, counts = np.unique(keys, return_index=True, return_counts=True)
    if len(distinct) == len(keys):
        return records
    twice = records.take(np.isin(keys, distinct[counts > 1]))
    _one("value of {7} for {2} on {1} (k={4}, seed {5})", ((_number(r), (r.status, r.value)) for r in twice))
    last = len(keys) - 1 - np.unique(keys[::-1], return_index=True)[1]
    return records.take(last[np.argsort(first)])


def _keys(records: Records) -> np.ndarray:
    """A number for each record: the same for two that measure the same, see `_number`."""
    cells, kept = records.cell.codes_of(lambda c: (*_measured(c), ""))
    timed, _ = records.cell.codes_of(lambda c: (*_measured(c), c.env))
    numbers, names = records.number.codes_of(lambda m: (m.capability, m.metric, axes_label(m.axes)))
    is_timed = np.array([part.capability == TIMED for part in records.number.values], dtype=bool)[records.number.codes]
    return np.where(is_timed, timed + len(kept), cells) * len(names) + numbers


def _measured(cell: CellPart) -> tuple[Any, ...]:
    where = (cell.suite_digest, cell.task, cell.submission, cell.track, cell.latent_dim, cell.seed)
    return (*where, cell.submission_sha256)


def check_versions(records: Sequence[Record]) -> None:
    """Raise `NotComparable` for two versions of a task, a metric or the data."""
    columns = Records.of(records)
    _one("version of task {}", columns.distinct("task", "task_version"))
    _one("version of metric {}", columns.distinct("metric", "metric_version"))
    rows = columns.distinct("task", "seed", "data_sha256")
    _one("data set for task {} with seed {}", (((task, seed), sha) for task, seed, sha in rows if sha))


def entrant(record: Record | CellPart) -> Entrant:
    """Who a row belongs to: two files of one name are two entrants."""
    return record.submission, record.track, record.submission_sha256


def row_of(record: Record | CellPart) -> Row:
    """The row of a table that a record belongs to: its cell without the seed."""
    return record.task, record.latent_dim, entrant(record)


def cell_of(record: Record | CellPart) -> tuple[Row, int]:
    """The cell of a record: its row and its seed."""
    return row_of(record), record.seed


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
