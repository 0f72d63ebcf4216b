"""Memory that real pictures take while they are loaded: the set is held once. Metrics: tests/metrics/test_memory.py."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.memory import MB

ROOT = Path(__file__).parents[2]
PIXELS = 28 * 28
TRAIN, VAL, TEST = 12_000, 500, 4_000
# In a process of its own: what other tests have freed would hide what is allocated here.
CHILD = f"""
from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec, Sizes
from benchmarks.memory import peak

def load(*sizes):
    return make_dataset(DataSpec(dataset="mnist", rows=Sizes(*sizes)), "memory", 0)

load(300, 10, 300)  # code that is loaded at its first use takes memory too
print(peak(lambda: load({TRAIN}, {VAL}, {TEST}))[0])
"""


def test_mnist_is_held_once(real):
    """The bytes of the set, those of the rows that are split off, these in float64, and 10 MB: no second copy."""
    real("mnist")
    if not os.access("/proc/self/clear_refs", os.W_OK):
        pytest.skip("the peak of a process is counted where there is /proc/self/clear_refs")
    env = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"}  # what is freed is given back at once
    done = subprocess.run([sys.executable, "-c", CHILD], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = (TRAIN + VAL + TEST) * PIXELS
    assert json.loads(done.stdout) < 70_000 * PIXELS + rows + 8 * rows + 10 * MB
