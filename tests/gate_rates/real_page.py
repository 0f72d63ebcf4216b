"""The page of the real no-change runs: what the gate says of each, and of all pairs of them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aeeval.api import metrics_by_name
from aeeval.gate.pairing import Pairs, pair
from aeeval.gate.settings import Settings
from aeeval.gate.sides import Side, read_records
from aeeval.gate.verdict import FAIL, IDENTICAL, INCONCLUSIVE, PASS, gate
from aeeval.record import Record
from aeeval.report.effects import oriented
from aeeval.report.facts import MetricFacts
from aeeval.report.layout import Table
from aeeval.report.markdown import markdown
from aeeval.stats.gate_rule import judge
from aeeval.stats.paired import Array

WORDS = (PASS, INCONCLUSIVE, FAIL, IDENTICAL)
CHUNK = 2_000


def sides(folder: Path) -> list[Side]:
    """A side a run, of the runs that are measured on every task and seed."""
    groups: dict[str, list[Record]] = {}
    for block in sorted(path for path in folder.iterdir() if path.is_dir()):
        for record in read_records(block):
            groups.setdefault(record.submission, []).append(record)
    most = max(map(len, groups.values()))
    return [Side(folder, name, tuple(records)) for name, records in sorted(groups.items()) if len(records) == most]


def neighbours(runs: Sequence[Side]) -> list[tuple[str, dict[str, str]]]:
    """The verdict on every run against the one before it: the word, and that of every headline."""
    metrics, found = metrics_by_name(), []
    for base, head in zip([runs[-1], *runs[:-1]], runs, strict=True):
        verdict = gate(base, head, pair(base, head, metrics), Settings())
        found.append((verdict.word, {line.pairs.headline.metric.id: line.verdict for line in verdict.lines}))
    return found


def all_pairs(runs: Sequence[Side]) -> tuple[int, int]:
    """How many of all ordered pairs of runs fail, and how many there are."""
    columns = [_values(runs, one) for one in pair(runs[0], runs[-1], metrics_by_name())]
    margins = [metric.margin for metric, _ in columns]
    base, head = (index.ravel() for index in np.meshgrid(range(len(runs)), range(len(runs)), indexing="ij"))
    base, head = base[base != head], head[base != head]
    failed = 0
    for start in range(0, len(base), CHUNK):
        part = slice(start, start + CHUNK)
        effects = [oriented(values[head[part]], values[base[part]], metric) for metric, values in columns]
        failed += int(judge(effects, margins).worse.any(axis=-1).sum())
    return failed, len(base)


def _values(runs: Sequence[Side], pairs: Pairs) -> tuple[MetricFacts, Array]:
    """(runs, tasks, seeds) numbers of one headline."""
    index = {(place[0], seed): (i, j) for i, place in enumerate(pairs.places) for j, seed in enumerate(pairs.seeds)}
    values = np.full((len(runs), len(pairs.places), len(pairs.seeds)), np.nan)
    for i, run in enumerate(runs):
        for record in pairs.headline.pick(run.records):
            if record.value is not None:
                values[(i, *index[record.task, record.seed])] = record.value
    return pairs.headline.metric, values


def page(runs: Sequence[Side], stamp: str, steps: int, batch: int, most: int) -> str:
    """The whole page in Markdown."""
    found = neighbours(runs)
    words = Counter(word for word, _ in found)
    failed, pairs = all_pairs(runs)
    names = list(found[0][1])
    rows = [(name, *(str(sum(by[name] == word for _, by in found)) for word in WORDS)) for name in names]
    rows.append(("the gate", *(str(words[word]) for word in WORDS)))
    table = Table("What the gate said", "", (), ("headline", *WORDS), tuple(rows), (), keys=1)
    intro = (
        f"{stamp}\n\n"
        f"The baseline mlp on the suite `smoke`, with {steps} training steps of {batch} rows instead of 1,000 of 128, "
        f"at most {most} rows a split, the sampler gmm10 alone, {len(runs)} times: every run with other first weights "
        "and another order of batches, on the same data, 3 seeds each. Nothing changed between any two of them. Every "
        "run is gated against the one before it, the first against the last, with the margins of the metrics.\n\n"
        f"**False alarms: {words[FAIL]} of {len(runs)}.** Of all {pairs:,} ordered pairs of runs, {failed:,} "
        f"({failed / pairs:.4f}) fail; these are not independent."
    )
    return markdown("The gate on real runs without a change", intro, [table])
