"""From the two words of a command line to a verdict, or to the news that there is no baseline yet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from aeeval.errors import NotComparable, StoreError, message
from aeeval.gate.pairing import pair
from aeeval.gate.settings import Settings
from aeeval.gate.sides import Side, choose, differences, read_records, split
from aeeval.gate.verdict import Verdict, gate
from aeeval.report.facts import Metrics


@dataclass(frozen=True)
class Found:
    """A verdict, or None where there is nothing at `base` to compare with."""

    base: Path
    head: Side
    verdict: Verdict | None


def judge_paths(
    base: str | Path,
    head: str | Path,
    metrics: Metrics,
    settings: Settings,
    suite: str | None = None,
    capabilities: Sequence[str] = (),
) -> Found:
    """Read both sides and judge them; BASE has the submission of HEAD's name, unless it names another or holds one."""
    return judge_side(base, read_head(head), metrics, settings, suite, capabilities)


def read_head(head: str | Path) -> Side:
    """The side of HEAD; raises `StoreError` where it has no records."""
    return _read(head)


def read_sides(base: str | Path, head: str | Path) -> tuple[Side, Side]:
    """Both sides; raises `StoreError` where one has no records."""
    side = read_head(head)
    return _read(base, prefer=side.submission), side


def _read(text: str | Path, prefer: str | None = None) -> Side:
    path, name = split(text)
    records = read_records(path)
    if not records:
        raise StoreError(message(f"records in {path}", "none", f"make some: aeeval run SUBMISSION --out {path}"))
    return choose(path, records, name, prefer)


def judge_side(
    base: str | Path,
    head: Side,
    metrics: Metrics,
    settings: Settings,
    suite: str | None = None,
    capabilities: Sequence[str] = (),
) -> Found:
    """As `judge_paths`, with the records of HEAD at hand."""
    path, name = split(base)
    records = read_records(path)
    if not records:
        return Found(path, head, None)
    side = choose(path, records, name, prefer=head.submission)
    pairs = pair(side, head, metrics, suite)
    wanted = [one for one in pairs if not capabilities or one.headline.metric.capability in capabilities]
    if not wanted:
        found = ", ".join(dict.fromkeys(one.headline.metric.capability for one in pairs))
        raise NotComparable(message(f"numbers of {', '.join(capabilities)}", f"those of {found}", "run both on it"))
    verdict = gate(side, head, wanted, settings)
    notes = tuple(f"BASE and HEAD were made with {one}: a difference may be theirs" for one in differences(side, head))
    return Found(path, head, replace(verdict, notes=notes))
