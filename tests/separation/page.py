"""The page of the study: what moves with what, at a glance, and every place where theory and numbers part."""

import pandas as pd

from tests.separation.causes import BUDGET, COUNTS, GROUNDS, NAMES, ROWS, causes
from tests.separation.effects import AS_EXPECTED, OPEN, SILENT, THOUGH_STILL, WRONG
from tests.separation.expect import DOWN, SHOWN, STILL, UP
from tests.separation.findings import FINDINGS
from tests.separation.models import MODELS

ARROWS = {UP: "↑", DOWN: "↓", STILL: "=", OPEN: "?"}
MARKS = {AS_EXPECTED: "", SILENT: "", OPEN: "·", WRONG: "✗", THOUGH_STILL: "✗"}


def page(effects: pd.DataFrame, stamp: str, held: int) -> str:
    """The whole page in Markdown."""
    return "\n".join(
        [HEAD.format(stamp=stamp, held=held, **_setting()), *_counts(effects), *_matrices(effects), *_parted(effects)]
    )


HEAD = """# Does each number move with its cause, and with no other?

{stamp}
{held} of the cells were read from an earlier run (`aeeval-runs/separation`); those measured are not in that time, being
in processes of their own: all take 11 CPU minutes.

One cause is turned at a time around a base point: {rows} training rows, k = d = 2, the middle σ, uniform density. The
submissions are trained by the package's own session, as a user's are: {steps} Adam steps of {batch} rows; {samples}
samples, {probes} probe points, sampler gmm10. Every level of a seed has rows of its own: chance is in the intervals.

{causes}

An effect is the change over the whole range of the cause along the line fitted to one seed's values, of log(v + c) for
metrics read as ratios, else of the value; its 95 % t-interval is over the seeds. A number moves (↑ ↓) if the interval
is on one side of 0 and the mean beyond the metric's margin; it is still (=) if the interval is within the margin; else
it is open (?). What theory says of each model was written down before any number was looked at
(`tests/separation/expect.py`), and where it is silent nothing is judged. ✗: a number does not do what theory says (one
that should be still: its whole interval is beyond the margin); a dot: too close to call. Intervals are not corrected
for their number: a few in a hundred miss by chance.

`samples_per_s`, the sixth headline, is left out: it is timed, and its cause is a machine. All effects, of all metrics:
`separation.csv`.
"""


def _setting() -> dict[str, object]:
    listed = [
        f"- {name} ({ground.manifold}, {ground.support}): " + "; ".join(f"*{c.name}* {c.words}" for c in causes(ground))
        for name, ground in GROUNDS.items()
    ]
    return {
        "rows": ROWS["train"],
        "steps": BUDGET["steps"],
        "batch": BUDGET["batch"],
        "samples": COUNTS["samples"],
        "probes": COUNTS["probe_rows"],
        "causes": "\n".join(listed),
    }


def _counts(effects: pd.DataFrame) -> list[str]:
    judged = effects[effects["verdict"] != SILENT]
    table = pd.crosstab(judged["expected"], judged["verdict"])
    return ["## Counts", "", "Rows: what theory says; columns: what was found.", "", table.to_markdown(), ""]


def _matrices(effects: pd.DataFrame) -> list[str]:
    """One matrix metric × cause a ground: in each cell the models in their order."""
    lines = ["## The matrix", "", f"In each cell: {', '.join(MODELS)}; – where there is no number.", ""]
    for ground, part in effects[effects["metric"].isin(SHOWN)].groupby("ground", sort=False):
        found = {(r.metric, r.cause, r.model): ARROWS[r.found] + MARKS[r.verdict] for r in part.itertuples()}
        rows = [
            [
                f"`{metric.replace('@', ' ')}`",
                *(" ".join(found.get((metric, c, m), "–") for m in MODELS) for c in NAMES),
            ]
            for metric in SHOWN
        ]
        head = ["metric", *NAMES]
        lines += [f"### {ground}", "", *(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows]), ""]
        lines += [f"![{ground}](separation-{ground}.png)", ""]
    return lines


def _parted(effects: pd.DataFrame) -> list[str]:
    """Where numbers and theory part, with what is known of it."""
    lines = ["## Where numbers and theory part", ""]
    for r in effects[effects["verdict"].isin([WRONG, THOUGH_STILL])].itertuples():
        finding = FINDINGS.get((r.metric, r.cause))
        what = f"`{r.metric.replace('@', ' ')}` of {r.model} on {r.ground} with *{r.cause}*"
        why = finding.words if finding else "Not explained: of so many intervals some miss by chance."
        lines.append(f"- {what}: {r.effect:+.3g} ± {r.half_width:.2g}, theory says {r.expected}. {why}")
    return [*lines, ""]
