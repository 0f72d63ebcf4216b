"""The page and the table of the calibration study."""

from collections.abc import Sequence

import pandas as pd

from tests.calibration.rates import ABOVE, AT, BELOW, CONFIDENCE, OPEN, Count, Rate
from tests.calibration.record import CLAIMS
from tests.calibration.studies import STUDIES

HOLDS = {
    AT: "the level lies in the interval",
    BELOW: "the whole interval lies below the level: fewer false alarms than stated (ties; wide standard errors)",
    ABOVE: "the whole interval lies above the level: more false alarms than stated",
    OPEN: "what is counted is no false alarm by definition; the rate is what a reader meets",
}
LEFT_OUT = (
    ("`estimated_dim` by local PCA", "what it should read has no closed form, so that no interval can be judged"),
    ("`attractor_return`, `sample_distance`, `gap`", "no p-value and no flag is read from them"),
    ("other metrics of samplers on real data", "there is no fresh truth, and they give no p-value"),
    ("throughput", "its standard errors are of one machine at one time"),
)


def table(rates: Sequence[Rate], seed: int) -> pd.DataFrame:
    """One line a test."""
    return pd.DataFrame([_line(rate, seed) for rate in rates])


def _line(rate: Rate, seed: int) -> dict[str, object]:
    test, (low, high) = rate.test, rate.false.interval
    seen = rate.seen.interval if rate.seen else (None, None)
    return {
        "test": test.name,
        "of": test.subject,
        "study": rate.study.name,
        "claim": test.claim,
        "says_different_when": test.reads,
        "level": test.level,
        "repetitions": rate.false.trials,
        "false_alarms": rate.false.alarms,
        "rate": rate.false.rate,
        "low": low,
        "high": high,
        "within_level": rate.verdict,
        "effect": test.effect,
        "effect_repetitions": rate.seen.trials if rate.seen else 0,
        "seen": rate.seen.alarms if rate.seen else 0,
        "power": rate.seen.rate if rate.seen else None,
        "power_low": seen[0],
        "power_high": seen[1],
        "seed": seed,
        "cpu_s": round(rate.seconds, 1),
    }


def page(rates: Sequence[Rate], stamp: str) -> str:
    """The whole page in Markdown."""
    least = min(rate.false.trials for rate in rates)
    lines = [
        "# Calibration",
        "",
        "How often everything that says *different* says so in vain, and how often it sees an effect of stated size.",
        "",
        stamp,
        "",
        f"Every repetition (at least {least:,} a test) draws afresh all that varies: the rotation of 𝓜, data, noise,",
        "the fit of the model, its samples, and what the metric itself draws. Rates carry their exact",
        f"(Clopper–Pearson) interval at {100 * CONFIDENCE:g} %: those of fifty tests are then all right in 95 % of",
        "such studies. Tests of one section read the same draws: their rates move together, and they share its CPU",
        "seconds.",
        "",
        *_summary(rates),
        "",
        "| within the level | meaning |",
        "|---|---|",
        *[f"| {word} | {meaning} |" for word, meaning in HOLDS.items()],
        "",
    ]
    for study in STUDIES:
        own = [rate for rate in rates if rate.study.name == study.name]
        if own:
            lines += _section(own)
    lines += ["## Not in this table", "", "| what | why |", "|---|---|"]
    return "\n".join(lines + [f"| {what} | {why} |" for what, why in LEFT_OUT]) + "\n"


def _summary(rates: Sequence[Rate]) -> list[str]:
    """How many hold, and by name those that do not."""
    by = {word: [rate for rate in rates if rate.verdict == word] for word in HOLDS}
    counts = (
        f"{len(rates)} tests: {len(by[AT]) + len(by[BELOW])} hold their level, {len(by[BELOW])} of them cautiously;"
    )
    lines = [f"**{counts} {len(by[ABOVE])} do not; {len(by[OPEN])} claim none.**"]
    above = [f"- **{r.test.name}** says *different* in {_rate(r.false)}, at level {r.test.level:g}." for r in by[ABOVE]]
    return [*lines, "", *above] if above else lines


def _section(rates: Sequence[Rate]) -> list[str]:
    study = rates[0].study
    head = ("test", "says *different* when", "level", "false alarms", "of", "within the level", "effect", "seen", "of")
    return [
        f"## {study.name.capitalize()}",
        "",
        f"Nothing is wrong: {study.words}.",
        *[f"{CLAIMS[claim]}." for claim in dict.fromkeys(rate.test.claim for rate in rates)],
        "",
        "| " + " | ".join((*head, "CPU s")) + " |",
        "|---" * (len(head) + 1) + "|",
        *[_row(rate) for rate in rates],
        "",
    ]


def _row(rate: Rate) -> str:
    test, seen = rate.test, rate.seen
    power = (test.effect, _rate(seen), f"{seen.trials:,}") if seen else ("–", "–", "–")
    cells = (test.name, test.reads, f"{test.level:g}", _rate(rate.false), f"{rate.false.trials:,}", rate.verdict)
    return "| " + " | ".join((*cells, *power, f"{rate.seconds:.0f}")) + " |"


def _rate(count: Count) -> str:
    low, high = count.interval
    return f"{count.rate:.3f} [{low:.3f}, {high:.3f}]"
