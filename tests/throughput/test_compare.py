"""Two models side by side: exact ratios on the virtual device, and a model against itself on a busy processor."""

import subprocess
import sys
from functools import partial

import pytest
import torch

from aeeval.throughput.compare import AMBIGUOUS, FASTER, SAME, SLOWER, Comparison, compare, judge
from aeeval.throughput.cpu import Cpu
from tests.throughput.virtual import Virtual

LAUNCH = 40
SYNC = 10


def on_virtual(kernel, other, mode="device"):
    device = Virtual(LAUNCH, kernel)
    reference, copy = partial(device.run, kernel=kernel), partial(device.run, kernel=kernel)
    return compare(partial(device.run, kernel=other), reference, copy, device, mode=mode, min_time_s=0.01)


@pytest.mark.parametrize(
    ("kernel", "other", "verdict"),
    [(400, 400, SAME), (400, 404, SAME), (400, 412, SLOWER), (400, 388, FASTER), (4, 5, SLOWER), (400, 200, FASTER)],
)
def test_ratios_on_the_virtual_device_are_exact(kernel, other, verdict):
    got = on_virtual(kernel, other)
    assert got.ratio == pytest.approx(other / kernel, rel=1e-12)
    assert (got.aa_ratio, got.null, got.margin) == (1, 0, 0.02)
    assert got.verdict == verdict
    assert got.rounds >= 12


def test_latency_compares_what_latency_is():
    """H + K + wait: 40 + 440 + 10 against 40 + 400 + 10."""
    assert on_virtual(400, 440, "latency").ratio == pytest.approx(490 / 450, rel=1e-12)


@pytest.mark.parametrize(
    ("ci95", "margin", "verdict"),
    [
        ((1.021, 1.03), 0.02, SLOWER),
        ((1.021, 1.03), 0.06, SAME),
        ((0.5, 0.97), 0.02, FASTER),
        ((0.97, 1.03), 0.02, AMBIGUOUS),
        ((0.99, 1.05), 0.02, AMBIGUOUS),
        ((0.985, 1.015), 0.02, SAME),
    ],
)
def test_the_verdict_needs_the_whole_interval_on_one_side(ci95, margin, verdict):
    assert judge(ci95, margin) == verdict


def test_noise_between_copies_widens_the_margin():
    """A copy that is 1 % slower: null .01 at least, margin three times that; 2.5 % are then no difference."""
    device = Virtual(1, 1)
    got = compare(
        partial(device.run, kernel=1025),
        partial(device.run, kernel=1000),
        partial(device.run, kernel=1010),
        device,
        mode="device",
        min_time_s=0.01,
    )
    assert got.null == pytest.approx(0.01)
    assert got.margin == pytest.approx(0.03)
    assert got.verdict == SAME


def test_a_comparison_says_all_of_it():
    text = str(Comparison(1.5, (1.4, 1.6), 1.001, (0.999, 1.002), 0.02, SLOWER, 12, "thread time"))
    assert text.startswith("SLOWER: 1.500 times the reference's time [1.400, 1.600], margin 2.0%")
    assert "A/A 1.0010 [0.9990, 1.0020]" in text


def on_the_processor(seed, other=None):
    """The same product three times, each with its own memory, or another one as the model."""
    generator = torch.Generator().manual_seed(seed)
    calls = [partial(torch.mm, *torch.randn(2, 96, 96, generator=generator)) for _ in range(3)]
    with torch.inference_mode():
        return compare(other or calls[0], calls[1], calls[2], Cpu(), seed=seed, min_time_s=0.05, timeout_s=0.5)


LOAD = "import torch\ntorch.set_num_threads(1)\na = torch.randn(600, 600)\nwhile True: a @ a"


@pytest.fixture
def load():
    """Two busy processes: as many as there are cores here."""
    processes = [subprocess.Popen([sys.executable, "-c", LOAD]) for _ in range(2)]
    yield
    for process in processes:
        process.kill()
        process.wait()


def identical_in(runs):
    """How many of so many A/A comparisons stay within their margin."""
    found = [on_the_processor(seed) for seed in range(runs)]
    return sum(abs(one.ratio - 1) <= one.margin for one in found), [str(one) for one in found]


def test_a_model_against_itself_on_a_busy_processor(load):
    """Were each run within its margin with .95, ten would have three misses or more once in 90 times."""
    within, said = identical_in(10)
    assert within >= 8, said


@pytest.mark.slow
def test_a_model_against_itself_in_95_of_100_runs(load):
    within, said = identical_in(100)
    assert within >= 95, said


def test_twice_the_work_is_slower_on_a_busy_processor(load):
    twice = torch.randn(2, 96, 96)

    def both():
        torch.mm(*twice)
        torch.mm(*twice)

    got = on_the_processor(0, both)
    assert got.verdict in (SLOWER, AMBIGUOUS)  # under a load that widens the margin it may not be said
    assert got.ratio > 1.5
