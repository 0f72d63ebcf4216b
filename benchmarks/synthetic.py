"""A results folder as a leaderboard leaves it, of random numbers: 100 submissions, 25 tasks, 10 seeds, 40 a cell.

`python -m benchmarks.synthetic FOLDER [SUBMISSIONS]` writes it; 25,000 cells are 10^6 records.
"""

import hashlib
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from aeeval.metrics import all_metrics
from aeeval.metrics.base import Metric
from aeeval.record import Axis, Record
from aeeval.store import cellfile

SUBMISSIONS, TASKS, SEEDS = 100, 25, 10
SAMPLERS = ("native", "prior", "gauss", "gmm10")
# metric -> the axes of its records in a cell; 40 records in all
NUMBERS: dict[str, list[dict[str, Axis]]] = {
    **{name: [{}] for name in ("fvu", "truth_error", "off_manifold", "idempotence", "cycle", "kept_dim")},
    **{name: [{}] for name in ("excess_dim", "dimension_mismatch", "round_trip_dim", "tangent_error", "latent_dim")},
    **{name: [{}] for name in ("extrapolation_error", "memorised_noise", "gap", "membership_auc", "decoder_rank")},
    "along_error": [{"bin": place} for place in range(1, 6)],
    "tube_error": [{"delta": delta} for delta in (0.05, 0.1, 0.25)],
    "pass_through": [{"delta": delta} for delta in (0.05, 0.1, 0.25)],
    **{name: [{"sampler": one} for one in SAMPLERS] for name in ("sliced_wasserstein", "energy_distance", "mmd")},
    "answer_drift": [{}],
}


def write(folder: str | Path, submissions: int = SUBMISSIONS) -> None:
    """Write the cells of so many submissions."""
    metrics = {metric.id: metric for metric in all_metrics()}
    numbers = [(metrics[name], axes) for name, places in NUMBERS.items() for axes in places]
    for key, records in cells(numbers, submissions):
        path = Path(folder) / "cells" / key[:2] / f"{key}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cellfile.to_bytes(key, records))  # not by the store, which waits for the disk


def cells(
    numbers: list[tuple[Metric, dict[str, Axis]]], submissions: int, tasks: int = TASKS, seeds: int = SEEDS
) -> Iterator[tuple[str, list[Record]]]:
    """Every cell with its key; the same numbers in every run."""
    names = ["mean", "pca", *(f"model{number:03}" for number in range(submissions - 2))]
    for name in names:
        for task in range(tasks):
            for seed in range(seeds):
                where = f"{name} {task} {seed}"
                yield _sha(where), list(_records(numbers, name, task, seed, random.Random(where)))


def _records(
    numbers: list[tuple[Metric, dict[str, Axis]]], name: str, task: int, seed: int, draw: random.Random
) -> Iterator[Record]:
    failed = name == "model007" and task == 3
    skipped = task % 5 == 4  # real rows: no truth is known
    for metric, axes in numbers:
        lost = failed or (skipped and bool(metric.needs))
        yield Record(
            suite="synthetic",
            suite_digest=_sha("suite"),
            task=f"task-{task:02}",
            task_version=1,
            data_sha256=_sha(f"data {task} {seed}"),
            submission=name,
            submission_sha256=_sha(name),
            track="reference" if name == "mean" else "recipe",
            latent_dim=2 + task % 3,
            seed=seed,
            capability=metric.capability,
            metric=metric.id,
            metric_version=metric.version,
            unit=metric.unit,
            better=metric.better,
            status="failed" if failed else "skipped" if lost else "ok",
            value=None if lost else abs(draw.gauss(1.0, 0.3)),
            null=None if lost or not axes else 0.1 + draw.random() / 100,
            stderr=draw.random() / 10 if not lost and metric.id == "excess_dim" else None,
            reason="loss became nan at step 17" if failed else "needs a known manifold" if lost else None,
            env="45c382766c90",
            axes=dict(axes),
        )


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    write(sys.argv[1], *map(int, sys.argv[2:]))
