"""The verdict of the gate on two sides: a line a headline, a word for all of them, and the exit code."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from aeeval.gate.pairing import Missing, Pairs, Place
from aeeval.gate.settings import Settings
from aeeval.gate.sides import Side
from aeeval.stats.gate_rule import Judged, judge, settles
from aeeval.stats.paired import Mean, least_detectable, seeds_to_settle

PASS, FAIL, INCONCLUSIVE, IDENTICAL, NOT_GATED = "PASS", "FAIL", "INCONCLUSIVE", "IDENTICAL", "not gated"
FAILURES = ("failed", "timeout")
DONE, WORSE, FAILED_CELLS, UNDECIDED = 0, 1, 3, 5


@dataclass(frozen=True)
class TaskLine:
    """One task of a headline: its mean effect over seeds with the interval at half the level, and what it says."""

    place: Place
    effect: float
    low: float
    high: float
    p: float
    """Adjusted by Holm's rule over all tasks of all gated headlines; NaN where nothing was tested."""
    seeds: int
    verdict: str
    """FAIL, IDENTICAL, or nothing: single tasks do not pass, the mean over them does."""


@dataclass(frozen=True)
class Line:
    """One headline. `effect`, `low` and `high` are its mean over tasks and the interval over seeds; positive is worse.

    `least` is the true effect that this gate would call a regression in 8 of 10 runs, `settle` how many seeds would
    bring a decision if effect and noise are what they seem. `margin` is None where the headline is not gated.
    """

    pairs: Pairs
    margin: float | None
    verdict: str
    effect: float
    low: float
    high: float
    p: float
    least: float
    settle: int | None
    tasks: tuple[TaskLine, ...]
    why: str = ""

    @property
    def capability(self) -> str:
        """The capability of the headline."""
        return self.pairs.headline.metric.capability

    @property
    def failures(self) -> list[Missing]:
        """Numbers of BASE that failed or ran out of time in HEAD."""
        return [one for one in self.pairs.lost if one.status in FAILURES]


@dataclass(frozen=True)
class Verdict:
    """What the gate says of two sides."""

    base: Side
    head: Side
    settings: Settings
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    """What else the two sides differ in, and what differences may come from."""

    @property
    def word(self) -> str:
        """FAIL if any headline fails, PASS if all gated ones pass, IDENTICAL if all are, else INCONCLUSIVE."""
        words = {line.verdict for line in self.lines} - {NOT_GATED}
        if FAIL in words:
            return FAIL
        if words and words <= {PASS, IDENTICAL}:
            return IDENTICAL if words == {IDENTICAL} else PASS
        return INCONCLUSIVE

    def exit_code(self, strict: bool = False) -> int:
        """3 for numbers that failed in HEAD alone, 1 for FAIL, 5 for INCONCLUSIVE if strict, else 0."""
        if any(line.failures for line in self.lines if line.verdict != NOT_GATED):
            return FAILED_CELLS
        if self.word == FAIL:
            return WORSE
        return UNDECIDED if self.word == INCONCLUSIVE and (strict or self.settings.strict) else DONE


def gate(base: Side, head: Side, pairs: Sequence[Pairs], settings: Settings) -> Verdict:
    """Judge HEAD against BASE: the tests of `aeeval.stats.gate_rule` on all gated headlines at once."""
    gated = [(one, m) for one in pairs if one.paired and (m := settings.margin(one.headline.metric)) is not None]
    judged = judge([one.effects for one, _ in gated], [m for _, m in gated], settings.alpha) if gated else None
    index = {id(one): i for i, (one, _) in enumerate(gated)}
    lines = [
        _gated(one, judged, index[id(one)]) if judged is not None and id(one) in index else _shown(one, settings)
        for one in pairs
    ]
    return Verdict(base, head, settings, tuple(lines))


def _gated(pairs: Pairs, judged: Judged, i: int) -> Line:
    mean = Mean(judged.suite.estimate[i], judged.suite.stderr[i], judged.suite.df[i])
    margin, alpha, headlines = float(judged.margins[i]), judged.alpha, len(judged.margins)
    failing = [j for j, worse in enumerate(judged.worse_tasks[i]) if worse]
    word, why = _word(pairs, bool(judged.suite_worse[i]), failing, bool(judged.not_worse[i]))
    line = Line(
        pairs,
        margin,
        word,
        float(mean.estimate),
        float(mean.bound(alpha / 2)),
        float(mean.bound(1 - alpha / 2)),
        float(judged.suite_p[i]),
        margin + float(least_detectable(mean, alpha / 2 / headlines)),
        seeds_to_settle(pairs.effects, settles(margin, alpha)) if word == INCONCLUSIVE else None,
        _tasks(pairs, judged.tasks[i], judged.tasks_p[i], failing, alpha),
        why,
    )
    return line if why else replace(line, why=_doubt(line, headlines))


def _word(pairs: Pairs, suite_worse: bool, failing: Sequence[int], not_worse: bool) -> tuple[str, str]:
    """The verdict of a headline, and what it comes from."""
    if pairs.identical:
        return IDENTICAL, "equal to the last bit"
    failed = [one for one in pairs.lost if one.status in FAILURES]
    reasons = [f"{place_name(failed[0].place)} {failed[0].status}"] if failed else []
    reasons += ["worse than the margin on the mean over tasks"] if suite_worse else []
    reasons += [f"worse than the margin on {place_name(pairs.places[j])}" for j in failing]
    if reasons:
        return FAIL, ", ".join(reasons)
    if absent := _absent(pairs):
        return INCONCLUSIVE, absent
    return (PASS, "the whole interval lies below the margin") if not_worse else (INCONCLUSIVE, "")


def _absent(pairs: Pairs) -> str:
    """Why a headline cannot pass: tasks on which BASE has numbers and HEAD none at all; "" without such tasks.

    That a number is skipped is no failure, as chance may skip it; but nobody has seen that it did not get worse.
    """
    paired = {place for place, some in zip(pairs.places, ~np.isnan(pairs.effects), strict=True) if some.any()}
    gone = {one.place: one for one in pairs.lost if one.place not in paired}
    told = [f"{place_name(place)} ({one.status})" for place, one in gone.items()]
    return f"HEAD has no number on {', '.join(told)}" if told else ""


def _doubt(line: Line, corrected: int) -> str:
    """Why neither can be said."""
    assert line.margin is not None
    if math.isnan(line.low):
        return "one seed shows no spread: run more"
    if line.low > line.margin:
        return f"the interval lies above the margin, but for {corrected} headlines at once that is not enough"
    return "the interval contains the margin"


def _tasks(pairs: Pairs, mean: Mean, p: np.ndarray, failing: Sequence[int], alpha: float) -> tuple[TaskLine, ...]:
    low, high = mean.bound(alpha / 2), mean.bound(1 - alpha / 2)
    seeds, same = (~np.isnan(pairs.effects)).sum(axis=1), pairs.identical_places
    return tuple(
        TaskLine(
            place,
            float(mean.estimate[j]),
            float(low[j]),
            float(high[j]),
            float(p[j]),
            int(seeds[j]),
            FAIL if j in failing else IDENTICAL if same[j] else "",
        )
        for j, place in enumerate(pairs.places)
    )


def _shown(pairs: Pairs, settings: Settings) -> Line:
    """A headline that is not gated, or of which the sides have no pair; a gated one of BASE alone decides nothing."""
    margin = settings.margin(pairs.headline.metric)
    nothing = float("nan")
    effect = float(np.nanmean(pairs.effects)) if pairs.paired else nothing
    if margin is None:
        word, why = NOT_GATED, ""
    elif not pairs.lost:
        word, why = NOT_GATED, "BASE has no number"
    else:
        word, why = _word(pairs, suite_worse=False, failing=(), not_worse=False)
    return Line(pairs, margin, word, effect, nothing, nothing, nothing, nothing, None, (), why)


def place_name(place: Place) -> str:
    """For example "sphere2-cap (k=2)"."""
    task, k, track = place
    return f"{task} (k={k or 'own'}{'' if track in ('recipe', 'reference', 'own-k') else f', {track}'})"
