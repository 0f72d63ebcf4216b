"""`python -m tests.gate_rates.real FOLDER`: no-change runs of a real model, re-seeded, and the gate on each of them.

Run i is the baseline mlp on the suite smoke with other initial weights and another order of batches; data, noise and
the draws of the metrics stay, as they do when a project trains its model again. Every run is gated (HEAD) against the
one before it (BASE), the first one against the last. What is done stays in FOLDER, one file a (task, seed) and block of
runs, and the same command goes on from there; with all of it there it writes docs/gate_real.md.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from aeeval.cells import Cell
from aeeval.datasets.make import make_dataset
from aeeval.evidence import Evidence, Memo
from aeeval.fitting import fit_model
from aeeval.metrics import METRICS
from aeeval.record import Record
from aeeval.runner import one_thread
from aeeval.scribe import Scribe
from aeeval.session import limited
from aeeval.submissions.load import load
from aeeval.suite import Suite, Task, load_suite
from tests.gate_rates.real_page import page, sides
from tests.study import DOCS, commit, stamp

COMMAND = "python -m tests.gate_rates.real FOLDER"
RUNS, BLOCK, SEEDS, FRESH = 200, 25, 3, 1_000
STEPS, BATCH, ROWS = 100, 64, 500
SAMPLER = "gmm10"
HEADLINES = ("fvu", "dimension_mismatch", "extrapolation_error", "memorised_noise", "sliced_wasserstein")


def blocks(runs: int = RUNS) -> list[range]:
    """The runs, in blocks that are finished one after another on all tasks."""
    return [range(start, min(start + BLOCK, runs)) for start in range(0, runs, BLOCK)]


def smaller(suite: Suite) -> Suite:
    """The suite with fewer rows and steps, and one sampler: what differs from `smoke` in this study."""
    suite = limited(suite, ROWS)
    tasks = [
        replace(task, budget=replace(task.budget, steps=STEPS, batch=BATCH), samplers=(SAMPLER,))
        for task in suite.tasks
    ]
    return replace(suite, tasks=tuple(tasks))


def measure(suite: Suite, task: Task, seed: int, runs: range) -> Iterator[Record]:
    """The headlines of re-seeded runs on one task at one seed, as the records of submissions run0000, run0001, ..."""
    dataset, shared, mlp = make_dataset(task.data, task.id, seed), Memo(), load("mlp")
    (k,) = task.latent_dims
    for run in runs:
        submission = replace(mlp, name=f"run{run:04d}")
        fitted = fit_model(
            submission, dataset, latent_dim=k, task=task.id, seed=FRESH * (run + 1) + seed, budget=task.budget
        )
        evidence = Evidence(
            fitted.model,
            dataset,
            latent_dim=k,
            task=task.id,
            seed=seed,
            counts=task.counts,
            samplers=task.samplers,
            shared=shared,
        )
        scribe = Scribe(suite, task, submission, Cell(False, task.id, seed, k, submission.name), dataset.sha256, k)
        for name in HEADLINES:
            yield from scribe.measure(METRICS.get(name), evidence)


def run(folder: Path, runs: int = RUNS) -> None:
    """Measure all that is not in the folder yet; CPU seconds are kept beside the records."""
    suite = smaller(load_suite("smoke"))
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "commit.txt").is_file():
        (folder / "commit.txt").write_text(commit(), encoding="utf-8")
    work = [(block, task, seed) for block in blocks(runs) for task in suite.tasks for seed in range(SEEDS)]
    for block, task, seed in tqdm(work, unit="block", disable=not sys.stderr.isatty()):
        file = folder / f"{block.start:04d}-{block.stop:04d}" / f"{task.id}-{seed}.jsonl"
        if file.is_file():
            continue
        start = time.process_time()
        lines = "".join(record.to_json() + "\n" for record in measure(suite, task, seed, block))
        file.parent.mkdir(parents=True, exist_ok=True)
        with (folder / "seconds.txt").open("a", encoding="utf-8") as log:
            log.write(f"{time.process_time() - start:.2f}\n")
        file.with_suffix(".part").write_text(lines, encoding="utf-8")
        file.with_suffix(".part").replace(file)


def write(folder: Path) -> None:
    """The page, of the runs that are in the folder."""
    seconds = sum(map(float, (folder / "seconds.txt").read_text(encoding="utf-8").split()))
    measured = (folder / "commit.txt").read_text(encoding="utf-8").strip()
    text = page(
        sides(folder), f"Models measured at commit {measured}. {stamp(COMMAND, 0, seconds)}", STEPS, BATCH, ROWS
    )
    (DOCS / "gate_real.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    with one_thread():
        run(Path(sys.argv[1]))
    write(Path(sys.argv[1]))
