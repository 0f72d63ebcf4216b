"""The closing lines of a run: each submission's headlines beside PCA, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass

from aeeval.record import Record
from aeeval.report.facts import Metrics
from aeeval.report.flags import told
from aeeval.report.headlines import Headline, headlines
from aeeval.report.layout import seeds_text
from aeeval.report.losses import losses, lost_beside, main_reason, shortened
from aeeval.report.numbers import number, plus_minus
from aeeval.report.sections import Entrant, Section, is_baseline, sections
from aeeval.report.tables import EMPTY
from aeeval.report.verdict import Values, keyed, verdict
from aeeval.stats.intervals import suite_interval

REFERENCE = "pca"
HEADER = ("mean ± 95 %", "PCA", "ideal", "verdict")


@dataclass(frozen=True)
class Line:
    """A line of the summary: either `numbers` (mean, PCA, ideal, verdict) or the `reason` why there are none."""

    capability: str
    headline: str
    numbers: tuple[str, ...] = ()
    reason: str = ""


def summary(records: Sequence[Record], metrics: Metrics, submissions: Sequence[str] | None = None) -> str:
    """One line a headline for each submission, then how much was skipped or failed, and how to see why.

    A line has the mean over tasks of the headline with its 95 % t-interval over seeds, PCA at the same (task, k, seed),
    the ideal, and a word (`verdict`). Baselines are left out unless there is nothing else, or `submissions` names them.
    """
    if not records:
        return EMPTY
    return "\n\n".join(_section(section, metrics, submissions) for section in sections(records))


def _section(section: Section, metrics: Metrics, submissions: Sequence[str] | None) -> str:
    blocks = [_block(section, who, metrics) for who in _chosen(section, submissions)]
    tasks = f"{len(section.tasks)} task{'s' if len(section.tasks) > 1 else ''}"
    return "\n\n".join([f"{section.title}, {tasks}, {seeds_text(section.seeds)}", *blocks, losses(section.records)])


def _chosen(section: Section, submissions: Sequence[str] | None) -> list[Entrant]:
    if submissions is not None:
        return [who for who in section.entrants if who[0] in submissions]
    return [who for who in section.entrants if not is_baseline(who)] or section.entrants


def _block(section: Section, who: Entrant, metrics: Metrics) -> str:
    """The lines of one entrant under its name."""
    found = [one for name in section.capabilities for one in headlines(section.records, metrics, name)]
    mine = section.of(who)
    beside = reference_rows(section)
    lines = [line(one, mine, beside) for one in found if one.pick(mine)]
    dims = ", ".join(map(str, sorted({record.latent_dim for record in mine})))
    flagged = [shortened(f"  {line}") for line in told(mine)]
    return "\n".join([f"{section.labels[who]}, k = {dims}", *_aligned(lines), *flagged])


def reference_rows(section: Section) -> Sequence[Record]:
    """The records of the reference, none where it was not run."""
    who = min((key for key in section.labels if key[0] == REFERENCE), default=None)
    return section.of(who) if who else ()


def line(one: Headline, mine: Sequence[Record], beside: Sequence[Record]) -> Line:
    """What there is to say of an entrant's headline beside the reference."""
    records = one.pick(mine)
    values, capability = keyed(records), one.metric.capability
    if not values:
        return Line(capability, one.name, reason=main_reason(records))
    reference = {key: value for key, value in keyed(one.pick(beside)).items() if key in values}
    interval = suite_interval(values)
    word = "is the reference" if records[0].submission == REFERENCE else verdict(values, reference, one.metric)
    return Line(
        capability,
        one.name,
        (
            plus_minus(interval.mean, interval.half),
            _beside(reference, values),
            "–" if one.metric.ideal is None else number(one.metric.ideal),
            f"{word}{lost_beside(records)}",
        ),
    )


def _beside(reference: Values, values: Values) -> str:
    """The mean of PCA; when it lacks some of the tasks, over how many it is."""
    if not reference:
        return "–"
    tasks, of = len({task for task, _ in reference}), len({task for task, _ in values})
    return number(suite_interval(reference).mean) + (f" ({tasks} of {of})" if tasks < of else "")


def _aligned(lines: Sequence[Line]) -> list[str]:
    """Words to the left, numbers to the right; a reason takes the rest of its line."""
    if not lines:
        return ["  no headline was measured"]
    left = [max(len(line.capability) for line in lines), max(len(line.headline) for line in lines)]
    rows = [line.numbers for line in lines if line.numbers]
    widths = [max(len(text) for text in column) for column in zip(HEADER, *rows, strict=True)]
    texts = [_aligned_line(Line("", "", HEADER), left, widths)] if rows else []
    return [shortened(text) for text in [*texts, *(_aligned_line(line, left, widths) for line in lines)]]


def _aligned_line(line: Line, left: Sequence[int], widths: Sequence[int]) -> str:
    names = f"  {line.capability:<{left[0]}}  {line.headline:<{left[1]}}"
    if not line.numbers:
        return f"{names}  {line.reason}"
    *numbers, word = line.numbers
    return "  ".join(
        [names, *(f"{text:>{width}}" for text, width in zip(numbers, widths, strict=False)), word]
    ).rstrip()
