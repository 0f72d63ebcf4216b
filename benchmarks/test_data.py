"""How long pictures take, real and rendered: `python3 -m pytest benchmarks/test_data.py --benchmark-only -s`.

MNIST from the cache, checked by its sha256: its bytes alone, the rows of a task of the suite `real`, and all of it as
numbers; beside numpy that only reads and divides. Pictures of 32 × 32 a second drawn from every rendered family, its
density and all. CPU seconds on one thread, the fastest of the rounds, and wall time beside them with the load average
that it was taken under: where that is above the number of cores, the wall says nothing. Reported, never asserted; what
memory they take is held in tests/datasets/test_memory.py.
"""

import os
import sys
import time

import numpy as np
import pytest
import torch

from aeeval.datasets.make import make_dataset
from aeeval.datasets.mnist import ASSETS, mnist
from aeeval.datasets.places import find
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.manifolds.make import make

ROUNDS = 5
SUITE = Sizes(5000, 500, 2000)
WHOLE = Sizes(54_000, 6_000, 10_000)


def plain():
    """The pictures as float64, by numpy alone."""
    files = [find(ASSETS["mnist"][index]) for index in (0, 2)]
    return [np.fromfile(file, np.uint8, offset=16).reshape(-1, 28 * 28) / 255 for file in files]


CASES = {
    "the set as bytes": mnist,
    "a task of 7,500 rows": lambda: make_dataset(DataSpec(dataset="mnist", rows=SUITE), "benchmark", 0),
    "all 70,000 rows in float64": lambda: make_dataset(DataSpec(dataset="mnist", rows=WHOLE), "benchmark", 0),
    "numpy: all rows in float64, unchecked and unsplit": plain,
}


@pytest.mark.parametrize("name", CASES)
def test_mnist_from_the_cache(benchmark, name):
    if not all(find(asset) for asset in ASSETS["mnist"]):
        pytest.skip("mnist is not on this machine; run: scripts/data")
    torch.set_num_threads(1)
    seconds = []

    def once():
        start = time.process_time()
        CASES[name]()
        seconds.append(time.process_time() - start)

    benchmark.pedantic(once, rounds=ROUNDS)
    benchmark.extra_info["cpu_seconds"] = seconds
    sys.stdout.write(f"\n| {name} | {min(seconds):.2f} |\n")


DRAWN = 2000
RENDERED = {
    "sprite": {},
    "splats": {},
    "photo-patch": {},
    "blobs": {"count": 3},
    **{f"digit, d = {dim}": {"dim": dim} for dim in range(1, 7)},
}


@pytest.mark.parametrize("name", RENDERED)
def test_pictures_a_second(benchmark, name):
    torch.set_num_threads(1)
    support = make(name.partition(",")[0], **RENDERED[name]).support("all")
    support.sample(10, torch.Generator().manual_seed(0))  # what is set up once a family
    cpu, wall = [], []

    def once():
        started, counted = time.perf_counter(), time.process_time()
        support.sample(DRAWN, torch.Generator().manual_seed(1))
        cpu.append(time.process_time() - counted)
        wall.append(time.perf_counter() - started)

    benchmark.pedantic(once, rounds=ROUNDS)
    benchmark.extra_info |= {"cpu_seconds": cpu, "wall_seconds": wall, "load": os.getloadavg()[0]}
    speeds = " | ".join(f"{DRAWN / min(seconds):,.0f}" for seconds in (cpu, wall))
    sys.stdout.write(f"\n| {name} | {speeds} | {os.getloadavg()[0]:.1f} |\n")
