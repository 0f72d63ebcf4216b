"""Sampling numerics beside the packages people use.

`python3 -m pytest benchmarks/test_sampling.py --benchmark-only -s` prints the tables.

Two samples of 10,000 rows in R^50. Both sides run in one process, call by call in turn, on one thread; reported are
seconds of CPU time (the least of three) and the memory that numbers need at once, by the peak of a fresh process.
The values have to agree; times are reported, never asserted. Needs prdc and POT.
"""

import gc
import math
import multiprocessing
import sys
import time
from pathlib import Path

import pytest
import torch
from tabulate import tabulate

from aeeval.numerics.neighbourhoods import balls, neighbourhood_scores
from aeeval.numerics.two_sample import random_directions, sliced_wasserstein

N, DIM, DIRECTIONS, ROUNDS = 10_000, 50, 1000, 3


def two_samples(n):
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(n, DIM, generator=generator, dtype=torch.float64) for _ in range(2))
    return x, 0.97 * y


@pytest.fixture(scope="module")
def samples():
    return two_samples(N)


@pytest.fixture(autouse=True)
def _one_thread():
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield
    torch.set_num_threads(before)


def in_turn(contenders):
    """Name -> (least CPU seconds of three, answer); the contenders take turns."""
    found = {}
    for _ in range(ROUNDS):
        for name, call in contenders.items():
            gc.collect()
            start = time.process_time()
            answer = call()
            seconds = time.process_time() - start
            found[name] = (min(seconds, found.get(name, (seconds,))[0]), answer)
    return found


def _high_water() -> float:
    """MB that this process has held at most, by /proc: `ru_maxrss` would start from that of the process before."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _peak(call, n, pipe):
    torch.set_num_threads(1)
    x, y = two_samples(n)
    call(x[:100], y[:100])  # imports
    before = _high_water()
    call(x, y)
    pipe.send(_high_water() - before)


def peak_mb(call, n=N):
    """By how much a call raises the peak of a fresh process, in MB."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_peak, args=(call, n, theirs))
    process.start()
    process.join()
    return ours.recv()


def show(text):
    sys.stdout.write(f"\n{text}\n")


def table(found, memory):
    slowest = max(seconds for seconds, _ in found.values())
    rows = [[name, seconds, slowest / seconds, memory[name]] for name, (seconds, _) in found.items()]
    show(tabulate(rows, headers=["", "CPU s", "times faster", "MB"], floatfmt=".3g"))


def ours_prdc(x, y):
    return neighbourhood_scores(balls(x), balls(y))


def theirs_prdc(x, y):
    from prdc import compute_prdc

    return compute_prdc(x.numpy(), y.numpy(), 5)


def ours_sliced(x, y):
    return sliced_wasserstein(x, y, directions())


def theirs_sliced(x, y):
    from ot.sliced import sliced_wasserstein_distance

    return sliced_wasserstein_distance(x.numpy(), y.numpy(), projections=directions().T.numpy())


def directions():
    return random_directions(DIRECTIONS, DIM, torch.Generator().manual_seed(1))


def side_by_side(benchmark, samples, ours, theirs):
    calls = {"aeeval": ours, "package": theirs}
    found = in_turn({name: lambda call=call: call(*samples) for name, call in calls.items()})
    table(found, {name: peak_mb(call) for name, call in calls.items()})
    benchmark.extra_info.update({name: seconds for name, (seconds, _) in found.items()})
    benchmark.pedantic(lambda: ours(*two_samples(1000)), rounds=1)
    return found["aeeval"][1], found["package"][1]


def test_precision_recall_density_coverage(benchmark, samples):
    pytest.importorskip("prdc")
    ours, theirs = side_by_side(benchmark, samples, ours_prdc, theirs_prdc)
    assert {name: getattr(ours, name) for name in theirs} == theirs


def test_sliced_wasserstein(benchmark, samples):
    pytest.importorskip("ot")
    ours, theirs = side_by_side(benchmark, samples, ours_sliced, theirs_sliced)
    assert ours.item() == pytest.approx(theirs, rel=1e-10)


def test_memory_is_linear(benchmark):
    """The slope of log memory over log n from 5,000 to 20,000 rows: 1 for O(n), 2 for all pairs at once."""
    small, large = (peak_mb(ours_prdc, n) for n in (5_000, 20_000))
    slope = math.log(large / small) / math.log(4)
    show(f"precision, recall, density, coverage: {small:.0f} MB, {large:.0f} MB, slope {slope:.2f}")
    benchmark.extra_info["slope"] = slope
    benchmark.pedantic(lambda: ours_prdc(*two_samples(1000)), rounds=1)
