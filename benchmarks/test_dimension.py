"""Intrinsic dimension, ours beside scikit-dimension's: `python3 -m pytest benchmarks --benchmark-only -k dimension`.

Every contestant runs alone in a fresh process on one thread, after a warm-up on 500 rows; CPU seconds are those of the
process, memory is the peak above what is resident once the data are there. Reported, never asserted: the table comes
from `python3 benchmarks/test_dimension.py`, and `scikit-dimension` must be installed for its rows (they are skipped
otherwise). Data: a sphere S¹⁰ rotated into R⁵⁰, float32.
"""

import importlib.util
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

COMMON = """
import json, re, sys, time, warnings
from pathlib import Path
warnings.simplefilter("ignore")
import torch
torch.set_num_threads(1)

def sphere(n, dim=10, ambient=50):
    generator = torch.Generator().manual_seed(0)
    frame = torch.linalg.qr(torch.randn(ambient, dim + 1, generator=generator)).Q
    rows = torch.empty(n, ambient)
    for part in rows.split(10_000):
        flat = torch.randn(len(part), dim + 1, generator=generator)
        part.copy_(flat / torch.linalg.vector_norm(flat, dim=1, keepdim=True) @ frame.T)
    return rows

def resident(field):
    return int(re.search(field + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024

def measure(estimate, n):
    estimate(sphere(500))
    rows = sphere(n)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
    before, start = resident("VmRSS"), time.process_time()
    value = float(estimate(rows))
    seconds = time.process_time() - start
    print(json.dumps({"value": value, "cpu_s": seconds, "extra_mb": resident("VmHWM") - before}))
"""
OURS = """
from aeeval.numerics.intrinsic_dim import gride, two_nn
from aeeval.numerics.neighbours import k_nearest

def distances(rows, k, anchors=None):
    own = torch.arange(len(rows)) if anchors is None else torch.randperm(len(rows))[:anchors]
    return k_nearest(rows if anchors is None else rows[own], rows, k, own).distance
"""
CONTESTANTS = {
    "twonn": OURS + "measure(lambda x: two_nn(distances(x, 2)).value, {n})",
    "twonn, scikit-dimension": """
from skdim.id import TwoNN
measure(lambda x: TwoNN(method="mle", discard_fraction=0).fit(x.numpy()).dimension_, {n})""",
    "gride n1 = 32": OURS + "measure(lambda x: gride(distances(x, 64), 32).value, {n})",
    "gride n1 = 32, scikit-dimension": """
from skdim.id import GRIDE
measure(lambda x: GRIDE(n1=32).fit(x.numpy()).dimension_, {n})""",
    "twonn, 2,000 anchors": OURS + "measure(lambda x: two_nn(distances(x, 2, 2000)).value, {n})",
}
CASES = [
    ("twonn", 5_000),
    ("twonn", 10_000),
    ("twonn", 20_000),
    ("twonn", 50_000),
    ("twonn, scikit-dimension", 50_000),
    ("gride n1 = 32", 10_000),
    ("gride n1 = 32, scikit-dimension", 10_000),
    ("twonn, 2,000 anchors", 1_000_000),
]


def contest(name, n):
    """What one contestant answers and costs at n rows; None where its library is not installed."""
    if "scikit-dimension" in name and importlib.util.find_spec("skdim") is None:
        return None
    code = COMMON + CONTESTANTS[name].replace("{n}", str(n))
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(("name", "n"), CASES)
def test_estimates(benchmark, name, n):
    found = []
    benchmark.pedantic(lambda: found.append(contest(name, n)), rounds=1)
    if found[0] is None:
        pytest.skip("scikit-dimension is not installed")
    benchmark.extra_info.update(found[0])


def main():
    lines = ["| estimator | n | d | CPU s | MB above the data |", "|---|---|---|---|---|"]
    memory = {}
    for name, n in CASES:
        found = contest(name, n)
        if found is None:
            lines.append(f"| {name} | {n:,} | scikit-dimension is not installed | | |")
            continue
        memory[name, n] = found["extra_mb"]
        lines.append(f"| {name} | {n:,} | {found['value']:.3f} | {found['cpu_s']:.2f} | {found['extra_mb']:.0f} |")
    slope = math.log(memory["twonn", 20_000] / memory["twonn", 5_000]) / math.log(4)
    sys.stdout.write("\n".join([*lines, "", f"slope of log memory over log n, 5,000 to 20,000: {slope:.2f}", ""]))


if __name__ == "__main__":
    main()
