"""The verdict in words: tables of its headlines and tasks, a line a headline, and the conclusion."""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from aeeval.gate.pairing import Missing
from aeeval.gate.verdict import FAIL, IDENTICAL, INCONCLUSIVE, NOT_GATED, PASS, Line, Verdict, place_name
from aeeval.report.effects import effect_text, interval_text, p_text
from aeeval.report.entries import NOTHING
from aeeval.report.layout import Table, seeds_text
from aeeval.report.markdown import markdown, short

HEADER = ("capability", "headline", "effect", "interval", "margin", "verdict", "would see", "seeds to settle")
TASK_HEADER = ("capability", "headline", "task", "effect", "interval", "p (Holm)", "seeds", "verdict")
MEANING = {
    PASS: "no headline is worse by more than its margin, and every interval says so",
    FAIL: "HEAD is worse",
    IDENTICAL: "every number is equal to the last bit",
    INCONCLUSIVE: "neither a regression nor its absence is shown",
}


def headlines_table(verdict: Verdict) -> Table:
    """A row a headline."""
    rows = tuple(_row(line) for line in verdict.lines)
    return Table("Gate", signature(verdict), (), HEADER, rows, (), keys=2)


def tasks_table(lines: Sequence[Line]) -> Table:
    """A row a task of each headline."""
    rows = tuple(row for line in lines for row in _task_rows(line))
    return Table("Tasks", "", (), TASK_HEADER, rows, (), keys=3)


def signature(verdict: Verdict) -> str:
    """What was held against what."""
    seeds = sorted({seed for line in verdict.lines for seed in line.pairs.seeds})
    tasks = {place[0] for line in verdict.lines for place in line.pairs.places}
    suite = f"{verdict.head.records[0].suite}, {len(tasks)} task{'s' if len(tasks) > 1 else ''}, {seeds_text(seeds)}"
    return f"BASE `{verdict.base.label}` · HEAD `{verdict.head.label}` · {suite}"


def one_line(line: Line) -> str:
    """For example "reconstruction fvu ×1.012 [×0.970, ×1.050], margin ×1.051: PASS"."""
    metric = line.pairs.headline.metric
    effect = f"{effect_text(line.effect, metric)} {interval_text(line.low, line.high, metric)}".replace(
        f" {NOTHING}", ""
    )
    margin = "" if line.margin is None else f", margin {effect_text(line.margin, metric)}"
    return f"{metric.capability} {line.pairs.headline.name} {effect}{margin}: {line.verdict}"


def conclusion(verdict: Verdict) -> list[str]:
    """The word and what it means, then what led to it: one line for every headline that did not pass."""
    lines = [f"{verdict.word}: {MEANING[verdict.word]}."]
    lines += [f"{one.capability}: {one.why}." for one in verdict.lines if one.verdict in (FAIL, INCONCLUSIVE)]
    lines += [f"lost: {text}" for text in _missing(verdict, "lost")]
    lines += [f"new in HEAD: {text}" for text in _missing(verdict, "gained")]
    return [*lines, *(f"note: {text}." for text in verdict.notes)]


def terminal(verdict: Verdict) -> str:
    """The headlines, the tasks that fail, and the conclusion; a table is aligned in its source."""
    failing = tasks_table([line for line in verdict.lines if any(task.verdict == FAIL for task in line.tasks)])
    shown = [row for row in failing.rows if row[-1] == FAIL]
    parts = [short(headlines_table(verdict))]
    if shown:
        parts.append(short(Table("", "", (), TASK_HEADER, tuple(shown), (), keys=3)))
    return "\n\n".join([*parts, "\n".join(conclusion(verdict))])


def page(verdict: Verdict) -> str:
    """The whole verdict as Markdown, for the summary of a job: the conclusion first, tasks folded away."""
    level = verdict.settings.alpha
    intro = "\n".join(f"- {line}" for line in conclusion(verdict))
    tables = markdown(f"Gate: {verdict.word}", intro, [headlines_table(verdict)])
    folded = short(tasks_table(verdict.lines))
    about = (
        f"Effects are paired by task and seed, with {100 * (1 - level):g} % intervals over seeds. Where none is worse "
        f"than its margin, the gate fails with probability at most {level:g}: half for the means over tasks, half for "
        "single tasks, each by Holm's rule. *would see*: the true effect that 8 of 10 such gates call a regression."
    )
    return f"{tables}\n<details><summary>Every task</summary>\n\n{folded}\n\n</details>\n\n{about}\n"


def _row(line: Line) -> tuple[str, ...]:
    metric = line.pairs.headline.metric
    return (
        metric.capability,
        line.pairs.headline.name,
        effect_text(line.effect, metric),
        interval_text(line.low, line.high, metric),
        NOTHING if line.margin is None else effect_text(line.margin, metric),
        line.verdict,
        NOTHING if line.verdict == IDENTICAL else effect_text(line.least, metric),
        _settle(line),
    )


def _settle(line: Line) -> str:
    if line.verdict != INCONCLUSIVE or math.isnan(line.low):
        return NOTHING
    return f"{line.settle}" if line.settle else "> 1,000"


def _task_rows(line: Line) -> Iterator[tuple[str, ...]]:
    metric = line.pairs.headline.metric
    for task in line.tasks:
        yield (
            metric.capability,
            line.pairs.headline.name,
            place_name(task.place),
            effect_text(task.effect, metric),
            interval_text(task.low, task.high, metric),
            p_text(task.p),
            str(task.seeds),
            task.verdict or NOTHING,
        )


def _missing(verdict: Verdict, side: str) -> Iterator[str]:
    """What one side lacks, seeds and headlines of one reason on one task together."""
    found = sorted(
        {(place_name(one.place), one.status, one.reason, one.seed, line.capability)
         for line in verdict.lines if line.verdict != NOT_GATED for one in _lacking(line, side)}
    )  # fmt: skip
    for (place, status, reason), some in groupby(found, key=lambda key: key[:3]):
        group = list(some)
        seeds, capabilities = sorted({one[3] for one in group}), sorted({one[4] for one in group})
        said = f"{status}: {reason}" if reason != "no record" else status
        yield f"{', '.join(capabilities)} on {place}, {seeds_text(seeds)}" + (f": {said}" if side == "lost" else "")


def _lacking(line: Line, side: str) -> Sequence[Missing]:
    return line.pairs.lost if side == "lost" else line.pairs.gained
