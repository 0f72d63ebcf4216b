"""What every metric takes in memory above the data set: `python benchmarks/memory.py --rows 10000 --rows 60000`.

For every shape and number of rows a process of its own: as many training rows, test rows and rows outside as said, held
once, with the noisy rows beside the clean ones. Each metric is asked in turn; its peak is what the process held at most
above what it held before (VmHWM after /proc/self/clear_refs, Linux). The last columns are the bytes that a further row
adds to the peak, in copies of a row, and MB that do not depend on the rows. Small ones: tests/metrics/test_memory.py.

    --world real      pictures without a known manifold: noise in all directions, held-out rows
    --world manifold  a 2-sphere in R^D with noise normal to it, points beyond a cap
    --world sprite    the rendered family of that name, 1 × 32 × 32 whatever the shape
"""

import argparse
import ctypes
import gc
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MB = 2**20
CODES, GHOSTS, SAMPLES = 8, 5, 100

Asked = tuple[str, int, tuple[int, ...]]


def now(kind: str) -> int:
    """Bytes of this process: VmRSS, or VmHWM, the most since `clear_refs`."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines[kind].split()[0]) * 1024


def peak(work: Callable[[], Any]) -> tuple[int, Any]:
    """Bytes above those held before, and what the work answers."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    before = now("VmRSS")
    kept = work()
    return now("VmHWM") - before, kept


def real(rows: int, shape: tuple[int, ...]) -> Any:
    """Soft random pictures, noised by the task, and as many held out."""
    import torch

    from aeeval.datasets.base import Dataset, Rows
    from aeeval.datasets.noise import Noise

    generator, dim = torch.Generator().manual_seed(0), math.prod(shape)
    waves = torch.randn(CODES, dim, generator=generator, dtype=torch.float64)

    def drawn() -> torch.Tensor:
        picture = torch.empty(rows, dim, dtype=torch.float64)
        for part in picture.split(512):
            codes = torch.randn(len(part), CODES, generator=generator, dtype=torch.float64)
            torch.sigmoid(codes @ waves / 4, out=part)
        return picture

    parts = [Rows(x, x) for x in (drawn(), drawn()[:100].clone(), drawn())]
    noise, scale = Noise("gaussian", 0.01), parts[0].x.var(dim=0).sum().sqrt().item()
    bare = Dataset("memory", shape, *parts, scale=scale, sha256="", noise=noise, held_out=drawn())
    parts = [Rows(bare.perturb(part.clean, generator), part.clean) for part in parts]
    return Dataset("memory", shape, *parts, scale=scale, sha256="", noise=noise, held_out=bare.held_out)


def known(manifold: str, params: dict[str, int], support: str, noise: float, rows: int) -> Any:
    """A manifold with noise normal to it, and points beyond the support."""
    from aeeval.datasets.make import make_dataset
    from aeeval.datasets.spec import DataSpec, Sizes

    sizes = Sizes(rows, 100, rows, rows)
    spec = DataSpec(manifold=manifold, params=params, support=support, noise=noise, rows=sizes)
    return make_dataset(spec, "memory", 0)


WORLDS: dict[str, Callable[[int, tuple[int, ...]], Any]] = {
    "real": real,
    "manifold": lambda n, shape: known("sphere", {"dim": 2, "ambient_dim": math.prod(shape)}, "cap", 0.002, n),
    "sprite": lambda n, shape: known("sprite", {}, "small", 0.0025, n),
}


def facing(data: Any) -> Any:
    """A linear model of 8 codes that leaves an error, and one sampler."""
    import torch

    from aeeval.evidence import Counts, Evidence
    from tests.worlds import World

    axes = torch.linalg.qr(torch.randn(data.ambient_dim, CODES, generator=torch.Generator().manual_seed(1)).double()).Q
    model = World(lambda x: x @ axes, lambda z: z @ axes.T, smooth=True)
    counts = Counts(samples=SAMPLES, probe_rows=8)
    return Evidence(model, data, latent_dim=CODES, counts=counts, samplers=("gauss",))


def measured(world: str, rows: int, shape: tuple[int, ...]) -> dict[str, int]:
    """Metric -> bytes of its peak; with those of the data set and of the codes."""
    import torch

    from aeeval.errors import Skipped
    from aeeval.metrics import all_metrics, overfitting

    def ask(metric: Any, evidence: Any) -> None:
        try:
            list(metric(evidence))
        except Skipped as skip:
            skipped.append((metric.id, str(skip)))

    torch.set_num_threads(1)
    overfitting.GHOST_SETS, skipped = GHOSTS, []
    metrics = [metric for metric in all_metrics() if metric.capability != "throughput"]
    small = facing(WORLDS[world](200, shape))
    for metric in metrics:  # code that is loaded at its first use takes memory too
        ask(metric, small)
    small, skipped, found = None, [], {}
    gc.collect()
    gc.freeze()  # what is loaded by now is not looked through again, two hundred times
    found["the data set"], data = peak(lambda: WORLDS[world](rows, shape))
    evidence = facing(data)
    found["codes"], _ = peak(lambda: (evidence.train_codes, evidence.test_codes))
    for metric in metrics:
        found[metric.id], _ = peak(lambda metric=metric: ask(metric, evidence))
    return found | {f"skipped {name}: {why}": 0 for name, why in skipped}


def in_a_process(asked: Sequence[Asked], numbers: int | None = None) -> list[dict[str, int]]:
    """The same of (world, rows, shape) one after another, in a process of its own, where nothing was freed before.

    `numbers` in a batch, or as usual.
    """
    smaller = f"import aeeval.numerics.batches as b; b.NUMBERS = {numbers}; " if numbers else ""
    asking = f"from benchmarks.memory import measured; print(json.dumps([measured(*one) for one in {list(asked)}]))"
    code = f"{smaller}import json; {asking}"
    env = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "AEEVAL_CACHE_MB": "0", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    answers: list[dict[str, int]] = json.loads(done.stdout.splitlines()[-1])
    return answers


def lines(world: str, counts: list[int], shape: tuple[int, ...]) -> Iterator[str]:
    """The table of one world."""
    dim, found = math.prod(shape), [in_a_process([(world, n, shape)])[0] for n in counts]
    yield f"| {world}, {'×'.join(map(str, shape))} | " + " | ".join(f"{n:,} rows" for n in counts) + " | copies | MB |"
    yield "|---" * (len(counts) + 3) + "|"
    for name in found[0]:
        peaks = [one.get(name, 0) for one in found]
        slope = (peaks[-1] - peaks[0]) / max(1, counts[-1] - counts[0])
        fixed = (peaks[0] - slope * counts[0]) / MB
        sizes = " | ".join(f"{size / MB:.0f}" for size in peaks)
        yield f"| {name} | {sizes} | {slope / 8 / dim:.2f} | {fixed:.0f} |"


def main() -> None:
    """Print the tables."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, action="append")
    asked.add_argument("--shape", action="append", help="C,H,W")
    asked.add_argument("--world", choices=WORLDS, action="append")
    given = asked.parse_args()
    shapes = [tuple(map(int, shape.split(","))) for shape in given.shape or ["1,28,28", "3,32,32"]]
    for world in given.world or ["real", "manifold"]:
        for shape in shapes if world != "sprite" else [(1, 32, 32)]:
            print("\n".join(lines(world, given.rows or [10_000, 20_000, 60_000], shape)), flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
