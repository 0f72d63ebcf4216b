"""The page of the findings: each claim with its interval and verdict, and the numbers behind it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tests.findings.record import FAILS, HOLDS, OPEN, Finding, Numbers

Found = tuple[Finding, Sequence[Numbers], float]
MARKS = {HOLDS: "holds", FAILS: "**does not hold**", OPEN: "*inconclusive*"}

HEAD = """# Published findings, and whether they are found here

{stamp}

What papers say of autoencoders, asked of the models of `baselines/` on data whose truth is known. A claim is a number
that each seed gives, and that has to lie above 0, or within a margin of 0. Its 95 % t-interval is over seeds, which
differ in data, noise, initial weights and order. It **holds** if the whole interval is on the claimed side, **does not
hold** if it is on the other, and is *inconclusive* else. Intervals are not corrected for their number. All seeds of a
model are trained together by the published trainer. `python -m tests.findings NAME` runs one study again.

**{counts}**
"""


def table(found: Sequence[Found]) -> pd.DataFrame:
    """One line a claim."""
    return pd.DataFrame([_line(finding, claim, seeds) for finding, seeds, _ in found for claim in finding.claims])


def _line(finding: Finding, claim, seeds: Sequence[Numbers]) -> dict[str, object]:
    interval = claim.interval(seeds)
    return {
        "finding": finding.name,
        "claim": claim.words,
        "within": claim.within,
        "mean": interval.mean,
        "low": interval.low,
        "high": interval.high,
        "seeds": interval.n,
        "verdict": claim.verdict(seeds),
    }


def page(found: Sequence[Found], stamp: str, missing: Sequence[Finding] = ()) -> str:
    """The whole page in Markdown; `missing` are studies that were not run."""
    verdicts = table(found)["verdict"].value_counts()
    counts = "; ".join(f"{verdicts.get(word, 0)} {word}" for word in (HOLDS, FAILS, OPEN))
    counts = f"{len(table(found))} claims: {counts}."
    lines = [HEAD.format(stamp=stamp, counts=counts), *_not_found(found)]
    lines += [line for one in found for line in _section(*one)]
    if missing:
        lines += [
            "## Not run yet",
            "",
            *(f"- {one.title}: `python -m tests.findings {one.name}`" for one in missing),
            "",
        ]
    return "\n".join(lines)


def _not_found(found: Sequence[Found]) -> list[str]:
    """What does not hold, by study."""
    lost = {
        finding.title: [claim.words for claim in finding.claims if claim.verdict(seeds) == FAILS]
        for finding, seeds, _ in found
    }
    lines = [f"- {title}: {'; '.join(words)}." for title, words in lost.items() if words]
    return ["What does not hold:", "", *lines, ""] if lines else []


def _section(finding: Finding, seeds: Sequence[Numbers], cpu: float) -> list[str]:
    size = finding.full
    lines = [f"## {finding.title}", "", f"{finding.source}.", ""]
    spent = f"{size.rows:,} training rows, {size.steps:,} steps, {len(seeds)} seeds; {cpu:.0f} CPU s"
    lines += [
        f"Setting: {finding.setting}. {spent}.",
        "",
    ]
    lines += ["| claim | mean | 95 % interval | verdict |", "|---|---|---|---|"]
    for claim in finding.claims:
        interval = claim.interval(seeds)
        margin = f" (margin {claim.within:g})" if claim.within is not None else ""
        lines.append(
            f"| {claim.words} | {interval.mean:+.3g} | [{interval.low:+.3g}, {interval.high:+.3g}]{margin} "
            f"| {MARKS[claim.verdict(seeds)]} |"
        )
    return [*lines, "", *([finding.remark, ""] if finding.remark else []), *_numbers(seeds)]


def _numbers(seeds: Sequence[Numbers]) -> list[str]:
    """The numbers themselves: mean and standard deviation over seeds."""
    lines = ["<details><summary>numbers</summary>", "", "| number | mean | sd |", "|---|---|---|"]
    for key in seeds[0]:
        values = np.array([numbers[key] for numbers in seeds])
        lines.append(f"| {key} | {values.mean():.4g} | {values.std(ddof=1):.2g} |")
    return [*lines, "", "</details>", ""]
