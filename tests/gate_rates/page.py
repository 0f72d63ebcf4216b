"""The page of the simulated gates."""

from collections.abc import Iterator, Sequence

from tests.gate_rates.count import Counts
from tests.gate_rates.histories import Seen
from tests.gate_rates.worlds import AT_MARGIN, CHANGES, MARGIN, NONE, SHAPES

ALPHA = 0.05
HEAD = """# How often the gate is wrong, and what it sees

{stamp}
{repetitions:,} gates in every world, whose draws are seeded by its words.

Simulated: the numbers of each side are level · exp(what both sides share + noise of its own). *equal*: noise of sd .05
on the logarithm of every number; *unequal*: .02 to .2, another on every task; *heavy tails*: Student's t with 3 degrees
of freedom, scaled to .05; *rounding*: every second task is exact but for rounding (1e-14), where ratios are anything
within e^±3. The effect is log((v + c)/(v₀ + c)) with c = 1e-6, the level of the whole gate .05, the margin .05 unless
said. Changes are those of the first headline alone; *at the margin* all tasks of all headlines are worse by exactly the
margin, the worst case in which the gate has to keep quiet.

**{verdict}**
*More than the level* means that the whole exact 99.9 % interval of a rate lies above .05; counts are in the CSV. *PASS*
is how often the absence of a regression is shown; what is missing to 1 is INCONCLUSIVE.
"""
PLAIN = """
## What plainer rules would have said

False alarms under no change, of the same draws.

| shape | noise | seeds | the gate | worse by 5 % on any task | p < .05 on any task |
|---|---|---|---|---|---|
"""


HISTORY = """
## Steps in a history

Of {repetitions:,} histories of 12 runs on 5 tasks: how many show a step where there is none (at most .05), and
with a step of +10 % before the eighth run, how many show one, and how many that one alone at its place.

| noise | seeds | a step in vain | +10 %: seen | just there |
|---|---|---|---|---|
"""


def page(counts: Sequence[Counts], histories: Sequence[Seen], stamp: str) -> tuple[str, list[Counts]]:
    """The page in Markdown, and the worlds in which a false-alarm rate lies above its level."""
    broken = [one for one in counts if _has_to_be_quiet(one) and one.interval(one.fail)[0] > ALPHA]
    quiet = sum(map(_has_to_be_quiet, counts))
    most = max(one.fail / one.repetitions for one in counts if _has_to_be_quiet(one))
    verdict = (
        f"{quiet} worlds without a regression: in {len(broken)} more than the level; the highest rate is {most:.3f}."
    )
    lines = [HEAD.format(stamp=stamp, repetitions=counts[0].repetitions, verdict=verdict)]
    for shape in SHAPES:
        for margin in (MARGIN, 0.0):
            some = [one for one in counts if one.shape == shape and one.margin == margin]
            if some:
                lines += ["", f"## {shape}, margin {margin:g}", "", *_table(some)]
    lines.append(PLAIN.rstrip("\n"))
    lines += [_plain(one) for one in counts if one.change == NONE.name and one.margin == MARGIN]
    lines += [HISTORY.format(repetitions=histories[0].repetitions).rstrip("\n"), *map(_history, histories)]
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n", broken


def _has_to_be_quiet(one: Counts) -> bool:
    """Whether nothing is worse than the margin: under a margin of 0 that is the world without a change."""
    return one.change == NONE.name or (one.change == AT_MARGIN.name and one.margin == MARGIN)


def _table(counts: Sequence[Counts]) -> Iterator[str]:
    names = [change.name for change in CHANGES if counts[0].margin or change is not AT_MARGIN]
    yield "| noise | seeds | no change: PASS | " + " | ".join(f"{name}: FAIL" for name in names) + " |"
    yield "|---" * (3 + len(names)) + "|"
    for noise, seeds in dict.fromkeys((one.noise, one.seeds) for one in counts):
        row = {one.change: one for one in counts if (one.noise, one.seeds) == (noise, seeds)}
        rates = " | ".join(f"{row[name].fail / row[name].repetitions:.3f}" for name in names)
        passed = row[NONE.name].passed / row[NONE.name].repetitions
        yield f"| {noise} | {seeds} | {passed:.3f} | {rates} |"


def _plain(one: Counts) -> str:
    rates = " | ".join(f"{count / one.repetitions:.3f}" for count in (one.fail, one.plain, one.uncorrected))
    return f"| {one.shape} | {one.noise} | {one.seeds} | {rates} |"


def _history(one: Seen) -> str:
    rates = " | ".join(f"{count / one.repetitions:.3f}" for count in (one.in_vain, one.seen, one.there))
    return f"| {one.noise} | {one.seeds} | {rates} |"
