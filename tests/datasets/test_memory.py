"""Memory that real pictures take: a set is held once, and metrics hold no second copy of it for long."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIXELS, MB = 28 * 28, 2**20
TRAIN, VAL, TEST = 12_000, 500, 4_000
# In a process of its own: what other tests have freed would hide what is allocated here.
CHILD = f"""
import ctypes, gc, json
import torch
from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.evidence import Counts, Evidence
from aeeval.metrics import METRICS
from tests import worlds

def now(kind):
    lines = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return int(lines[kind].split()[0]) * 1024

def peak(work):
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    open("/proc/self/clear_refs", "w").write("5")  # the peak is counted from here
    before = now("VmRSS")
    kept = work()
    return now("VmHWM") - before, kept

def facing(data):
    model = worlds.World(lambda x: x[:, 400:416].clone(), lambda z: torch.nn.functional.pad(z, (0, {PIXELS - 16})))
    evidence = Evidence(model, data, latent_dim=16, counts=Counts(500, 16))
    evidence.train_codes, evidence.test_hat  # what all metrics share
    return evidence

def load(*sizes):
    return make_dataset(DataSpec(dataset="mnist", rows=Sizes(*sizes)), "memory", 0)

torch.set_num_threads(1)
names = ("fvu", "psnr", "ssim", "shift_error", "corruption_error", "idempotence")
small = facing(load(300, 10, 300))
for name in names:  # code that is loaded at its first use takes memory too
    list(METRICS.get(name)(small))
found = {{}}
found["load"], data = peak(lambda: load({TRAIN}, {VAL}, {TEST}))
evidence = facing(data)
for name in names:
    found[name], _ = peak(lambda: list(METRICS.get(name)(evidence)))
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def measured():
    return []


@pytest.fixture
def peaks(real, measured):
    """Bytes above what was there before, by what was done."""
    real("mnist")
    if not measured:
        measured.append(_measure())
    return measured[0]


def _measure():
    if not os.access("/proc/self/clear_refs", os.W_OK):
        pytest.skip("the peak of a process is counted where there is /proc/self/clear_refs")
    command = [sys.executable, "-c", CHILD]
    env = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"}  # what is freed is given back at once
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_mnist_is_held_once(peaks):
    """The bytes of the set, those of the rows that are split off, these in float64, and 10 MB: no second copy."""
    rows = (TRAIN + VAL + TEST) * PIXELS
    assert peaks["load"] < 70_000 * PIXELS + rows + 8 * rows + 10 * MB


@pytest.mark.parametrize(("name", "copies"), [("fvu", 1), ("psnr", 1), ("idempotence", 2)])
def test_an_error_takes_one_difference(peaks, name, copies):
    """One (n, D) of differences, one more of second answers, and 10 MB of small things."""
    assert peaks[name] < copies * 8 * TEST * PIXELS + 10 * MB


@pytest.mark.parametrize("name", ["ssim", "shift_error", "corruption_error"])
def test_pictures_stream_through_what_filters_them(peaks, name):
    """20 MB, of 25 that all test rows take, and of 125 that they take under the five windows of ssim."""
    assert peaks[name] < 20 * MB
