"""How long real pictures take from the cache: `python3 -m pytest benchmarks/test_data.py --benchmark-only -s`.

MNIST, checked by its sha256: its bytes alone, the rows of a task of the suite `real`, and all of it as numbers; beside
numpy that only reads and divides. CPU seconds on one thread, the fastest of the rounds. Reported, never asserted; what
memory they take is held in tests/datasets/test_memory.py.
"""

import sys
import time

import numpy as np
import pytest
import torch

from aeeval.datasets.make import make_dataset
from aeeval.datasets.mnist import ASSETS, mnist
from aeeval.datasets.places import find
from aeeval.datasets.spec import DataSpec, Sizes

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
