"""Overhead of a cell, two workers against one, and the predicted time against the real one: on an idle machine.

python benchmarks/test_cells.py
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from aeeval.cells import Choice
from aeeval.cost import estimate
from aeeval.executors import pool
from aeeval.session import Session
from aeeval.store import Store
from aeeval.submissions.load import load, load_all
from aeeval.suite import load_suite, parse_suite

NULL = """
class Null:
    def fit(self, train, val): pass
    def encode(self, x): return x[:, :2]
    def decode(self, z):
        import torch
        return torch.cat([z, torch.zeros(len(z), 4)], dim=1)

def build(*, shape, latent_dim, seed):
    return Null()
"""
BUSY = NULL.replace(
    "def fit(self, train, val): pass",
    "def fit(self, train, val):\n        import time\n        end = time.process_time() + 5.0\n"
    "        while time.process_time() < end: pass",
)
SEEDS = 20


def suite(seeds: int):
    """One tiny task, so that a cell is nearly nothing but its overhead."""
    task = {
        "id": "cap",
        "manifold": "sphere",
        "params": {"dim": 2, "ambient_dim": 6},
        "support": "cap",
        "noise": 0.05,
        "rows": {"train": 60, "val": 20, "test": 60, "beyond": 60},
        "latent_dims": [2],
    }
    counts = {"samples": 50, "probe_rows": 8}
    return parse_suite({"name": "tiny", "seeds": seeds, "counts": counts, "budget": {"wall_s": 60}, "task": [task]})


def wall(session: Session, store: Store | None = None) -> float:
    """Seconds of a whole run, workers started already."""
    for number in range(session.jobs):
        started = pool.slot(number)
        while not started.ready:
            started.hear()
    start = time.perf_counter()
    session.run(store)
    return time.perf_counter() - start


def overhead(folder: Path) -> str:
    """Seconds a null cell, in a process of its own and written to a results folder, less those in this process."""
    path = folder / "null.py"
    path.write_text(NULL)
    run = Session(suite(SEEDS), (load(str(path)),), Choice(("reconstruction",)))
    inline = Session(run.suite, run.submissions, run.choice, executor="inline")
    wall(inline), wall(run)  # caches, and the start of the worker
    here = statistics.median(wall(inline) for _ in range(3)) / SEEDS
    apart = statistics.median(wall(run, Store(folder / str(number))) for number in range(3)) / SEEDS
    return f"| a cell of its own process, above one without | {1000 * (apart - here):.0f} ms | at most 50 ms |"


def two_workers(folder: Path) -> str:
    """Eight cells of 5 s each by one worker and by two; cells of one unit go to one worker, so eight submissions."""
    paths = []
    for number in range(8):
        paths.append(folder / f"busy{number}.py")
        paths[-1].write_text(BUSY)
    run = Session(suite(1), tuple(load_all(list(map(str, paths)))), Choice(("reconstruction",)))
    one, two = wall(run), wall(Session(run.suite, run.submissions, run.choice, jobs=2))
    return f"| 8 cells of 5 s by 2 workers | {one / 2 / two:.0%} of ideal ({one:.1f} s, {two:.1f} s) | >= 90 % |"


def prediction() -> list[str]:
    """`--dry-run` beside real runs of smoke without its timed cells."""
    run = Session(load_suite("smoke"), tuple(load_all(["mean", "pca", "mlp"])), Choice(QUALITY))
    cost = estimate(run.work, list(run.grid))
    lines = []
    for jobs in (1, 2):
        real = wall(Session(run.suite, run.submissions, run.choice, jobs=jobs))
        said = cost.on(jobs).seconds - 5.0  # both without the start of the workers
        lines.append(
            f"| smoke, {jobs} worker(s): predicted over real | {said / real:.2f} ({said:.0f} s, {real:.0f} s) | |"
        )
    return lines


QUALITY = ("reconstruction", "dimension", "extrapolation", "overfitting", "sampling")


def main() -> int:
    """Print the table of docs/speed.md."""
    with tempfile.TemporaryDirectory() as name:
        lines = [overhead(Path(name)), two_workers(Path(name)), *prediction()]
    print("\n".join(["| | | wanted |", "|---|---|---|", *lines]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
