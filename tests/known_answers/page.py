"""The page of the matrix: what is exact, what is bounded, what has no number, at a glance and in words."""

from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd

from aeeval.metrics import METRICS
from tests.known_answers.expect import ABSENT, BOUND, EXACT, KINDS
from tests.known_answers.matrix import Cell, counts, wrong
from tests.known_answers.models import MODELS, left_out
from tests.known_answers.places import SMALL, count_of, data_of

SIGNS = {EXACT: "=", BOUND: "≤", ABSENT: "–"}
AGAIN = "≡"
MEANING = {
    SIGNS[EXACT]: "exact, by a formula: one value, up to rounding, the step of secants, or 4.5 sd of the chance error",
    AGAIN: "exact, by a second computation from the definition with numpy and scipy (and within what theory bounds)",
    SIGNS[BOUND]: "an inequality that theory gives",
    SIGNS[ABSENT]: "not applicable: no number, and the record says why",
}


def table(judged: Iterable[Cell]) -> pd.DataFrame:
    """One line for each metric, model and axes: over how many manifolds, what theory says, least and largest value."""
    rows = [
        {
            "capability": METRICS.get(cell.metric).capability,
            "metric": cell.metric,
            "model": cell.model,
            "axes": " ".join(
                f"{key}={value}" for key, value in cell.value.axes.items() if key not in ("sampler", "bin")
            ),
            "kind": cell.expected.kind,
            "by": "numpy" if cell.expected.again else "theory",
            "theory": cell.expected.words,
            "value": cell.value.value,
            "holds": cell.holds,
        }
        for cell in judged
    ]
    keys = ["capability", "metric", "model", "axes", "kind", "by"]
    grouped = pd.DataFrame(rows).groupby(keys, sort=False, dropna=False)
    return grouped.agg(
        theory=("theory", _words),
        numbers=("holds", "size"),
        hold=("holds", "sum"),
        least=("value", "min"),
        largest=("value", "max"),
    ).reset_index()


def _words(theory: pd.Series) -> str:
    """The words, where they are the same on all data sets; else those of the first and how many others there are."""
    different = list(dict.fromkeys(theory))
    return different[0] if len(different) == 1 else f"{different[0]} (and {len(different) - 1} more values)"


def page(judged: Sequence[Cell], stamp: str) -> str:
    """The whole page in Markdown."""
    faults = wrong(judged)
    places = list(dict.fromkeys(cell.place for cell in judged))
    twice = sum(cell.expected.again for cell in judged)
    lines = [
        "# Known answers",
        "",
        "Models whose numbers theory knows, on every registered manifold, rendered pictures and signals among them, on",
        "four graded laws and on real digits, under every metric. A number that is not what theory says is a fault of",
        "this harness.",
        "",
        stamp,
        "",
        f"{len(places)} data sets × {len(MODELS)} models, {len(judged):,} numbers: "
        + ", ".join(f"{counts(judged)[kind]:,} {kind}" for kind in KINDS)
        + f". **{len(faults)} are not as theory says.** Of the exact ones a formula gives"
        + f" {counts(judged)[EXACT] - twice:,}, and {twice:,} are computed a second time.",
        "",
        "Where a sampler draws from the true law its numbers are computed again, and over all data sets its p-values",
        "are held against the uniform law.",
        "",
        f"The data sets: {', '.join(places)}.",
        "",
        *[f"- {fault}" for fault in faults],
        *_legend(),
        "",
        "## The models",
        "",
        *[f"- **{model.name}**: {model.summary}" for model in MODELS],
        "",
        "Not applicable as a whole, beside the numbers counted above:",
        "",
        *_left_out(places),
        "",
    ]
    for samples, title in ((False, "Round trips"), (True, "Samplers")):
        lines += [f"## {title}", "", *_matrix(judged, samples), ""]
    return "\n".join(lines + _words_of_theory(judged)) + "\n"


def _left_out(places: Sequence[str]) -> list[str]:
    """A line for each data set and reason, with the models that are not asked there."""
    found: dict[tuple[str, str], list[str]] = {}
    for place in places:
        data = data_of(place, count_of(place, SMALL))
        for model in MODELS:
            if reason := left_out(model, place, data):
                found.setdefault((place, reason), []).append(model.name)
    return [f"- {place}: {', '.join(models)}: {reason}" for (place, reason), models in found.items()]


def _legend() -> list[str]:
    return ["", "| sign | what is asked |", "|---|---|"] + [f"| {sign} | {text} |" for sign, text in MEANING.items()]


def _matrix(judged: Sequence[Cell], samples: bool) -> list[str]:
    """Metrics × models: the signs that occur over the data sets, and ✗ where a number is wrong."""
    names = [model.name for model in MODELS if model.samples == samples]
    seen: dict[tuple[str, str], Counter[str]] = {}
    for cell in judged:
        right = AGAIN if cell.expected.again else SIGNS[cell.expected.kind]
        sign = right if cell.holds else "✗"
        seen.setdefault((cell.metric, cell.model), Counter())[sign] += 1
    metrics = dict.fromkeys(metric for metric, model in seen if model in names)
    head = ["| metric | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    return head + [
        f"| {metric} | " + " | ".join("".join(seen.get((metric, name), {"": 0})) for name in names) + " |"
        for metric in metrics
    ]


def _words_of_theory(judged: Sequence[Cell]) -> list[str]:
    """What theory says, one line for each metric and model."""
    lines = ["## In words", "", "| metric | model | theory | on |", "|---|---|---|---|"]
    frame = table(judged)
    frame = frame[frame["kind"].isin([EXACT, BOUND])].drop_duplicates(["metric", "model"])
    for row in frame.itertuples():
        words = str(row.theory).replace("|", "\\|")
        lines.append(f"| {row.metric} | {row.model} | {words} | {row.hold} of {row.numbers} numbers |")
    return lines
