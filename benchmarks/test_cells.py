"""Overhead of a cell, two workers against one, and the predicted time against the real one: on an idle machine.

python -m benchmarks.test_cells            # all of it, three minutes
python -m benchmarks.test_cells overhead   # the first line alone

CPU seconds are those of all processes of a run: they mean something on a busy machine too.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from aeeval.cells import Choice
from aeeval.cost import estimate
from aeeval.executors import pool
from aeeval.executors.tree import children
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
SEEDS, ROUNDS = 20, 5


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


def cpu_s() -> float:
    """CPU seconds of this process, and of its workers with all that they have started and ended."""
    total = time.process_time()
    for slot in pool.slots():
        for pid in (slot.pid, *children(slot.pid)):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return total


def wall(session: Session, store: Store | None = None) -> tuple[float, float]:
    """Seconds of a whole run, workers started already, and CPU seconds of it."""
    for number in range(session.jobs):
        started = pool.slot(number)
        while not started.ready:
            started.hear()
    start, used = time.perf_counter(), cpu_s()
    session.run(store)
    return time.perf_counter() - start, cpu_s() - used


def overhead(folder: Path) -> str:
    """Seconds a null cell, in a process of its own and written to a results folder, less those in this process."""
    path = folder / "null.py"
    path.write_text(NULL)
    run = Session(suite(SEEDS), (load(str(path)),), Choice(("reconstruction",)))
    inline = Session(run.suite, run.submissions, run.choice, executor="inline")
    wall(inline), wall(run)  # caches, and the start of the worker
    here = [wall(inline) for _ in range(ROUNDS)]
    apart = [wall(run, Store(folder / str(number))) for number in range(ROUNDS)]
    real, cpu = (
        1000 / SEEDS * (statistics.median(one[part] for one in apart) - statistics.median(one[part] for one in here))
        for part in (0, 1)
    )
    return f"| a cell of its own process, above one without | {real:.0f} ms ({cpu:.0f} ms of CPU) | at most 50 ms |"


def two_workers(folder: Path) -> str:
    """Eight cells of 5 s each by one worker and by two; cells of one unit go to one worker, so eight submissions."""
    paths = []
    for number in range(8):
        paths.append(folder / f"busy{number}.py")
        paths[-1].write_text(BUSY)
    run = Session(suite(1), tuple(load_all(list(map(str, paths)))), Choice(("reconstruction",)))
    one, two = wall(run)[0], wall(Session(run.suite, run.submissions, run.choice, jobs=2))[0]
    return f"| 8 cells of 5 s by 2 workers | {one / 2 / two:.0%} of ideal ({one:.1f} s, {two:.1f} s) | >= 90 % |"


def prediction() -> list[str]:
    """`--dry-run` beside real runs of smoke without its timed cells."""
    run = Session(load_suite("smoke"), tuple(load_all(["mean", "pca", "mlp"])), Choice(QUALITY))
    cost = estimate(run.work, list(run.grid))
    lines = []
    for jobs in (1, 2):
        real, used = wall(Session(run.suite, run.submissions, run.choice, jobs=jobs))
        said = cost.on(jobs).seconds - 5.0  # both without the start of the workers
        lines.append(
            f"| smoke, {jobs} worker(s): predicted over real | {said / real:.2f} ({said:.0f} s, {real:.0f} s; "
            f"{used:.0f} s of CPU) | |"
        )
    return lines


QUALITY = ("reconstruction", "dimension", "extrapolation", "overfitting", "sampling")


def main() -> int:
    """Print the table of docs/speed.md."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        lines = [overhead(Path(name))]
        if "overhead" not in sys.argv:
            lines += [two_workers(Path(name)), *prediction()]
    print("\n".join([f"| load before: {load:.1f} | | wanted |", "|---|---|---|", *lines]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
