"""The numbers of the study, by the package's own session: a stopped run goes on from its folder."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from aeeval.cells import Choice
from aeeval.protocol import CAPABILITIES
from aeeval.record import Record, axes_label
from aeeval.session import Session
from aeeval.store import Store
from tests.separation.causes import GROUNDS, SAMPLER, causes, suite, task_name
from tests.separation.models import submissions

QUALITY = tuple(name for name in CAPABILITIES if name != "throughput")


def measure(
    ground: str,
    names: tuple[str, ...],
    seeds: int,
    out: Path | None = None,
    *,
    tasks: tuple[str, ...] | None = None,
    capabilities: tuple[str, ...] = QUALITY,
) -> list[Record]:
    """The records of a ground; seed by seed, so that a run that was stopped holds whole seeds."""
    store, records = Store(out) if out else None, []
    for so_far in range(1, seeds + 1) if store else (seeds,):
        choice = Choice(capabilities, tasks, so_far, "cpu")
        records = Session(suite(ground, seeds), submissions(names), choice).run(store)
    return records


def table(ground: str, records: list[Record]) -> pd.DataFrame:
    """One line for each number, cause and level: model, metric (with its axes), cause, level, x, seed, value."""
    return pd.DataFrame(_lines(ground, records))


def _lines(ground: str, records: list[Record]) -> Iterator[dict[str, object]]:
    places = defaultdict(list)
    for cause in causes(GROUNDS[ground]):
        for level, (change, x) in cause.levels.items():
            places[task_name(ground, change)].append({"cause": cause.name, "level": level, "x": x})
    for record in records:
        if record.status == "ok" and record.axes.get("sampler", SAMPLER) == SAMPLER:
            axes = axes_label({key: value for key, value in record.axes.items() if key not in ("sampler", "bin")})
            number = {"metric": f"{record.metric}@{axes}".strip("@"), "seed": record.seed, "value": record.value}
            where = {"ground": ground, "model": record.submission}
            yield from ({**where, **number, **place} for place in places[record.task])
