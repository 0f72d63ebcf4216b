"""What every device must do, asked of all of them: the same suite for made-up ones, the processor and a GPU."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from aeeval.errors import Skipped
from aeeval.throughput.cpu import Cpu
from aeeval.throughput.device import Device, HoldingDevice, Memory
from aeeval.throughput.energy import energy_of
from aeeval.throughput.engine import measure
from aeeval.throughput.modes import SAMPLERS
from tests.throughput.asynchronous import Asynchronous
from tests.throughput.virtual import TICK, Virtual

WORK = 2e-3  # seconds that every call takes at least
SLACK = 1e-9


@dataclass
class Case:
    """A device, and a call that keeps it busy for at least so many seconds; whether that call returns earlier."""

    device: Device
    busy: Callable[[float], object]
    asynchronous: bool


def virtual() -> Case:
    device = Virtual(launch=4, kernel=1)
    return Case(device, lambda seconds: device.run(kernel=round(seconds / TICK) + 1), True)


def fake() -> Case:
    device = Asynchronous()
    return Case(device, device.run, True)


def cpu() -> Case:
    return Case(Cpu(), time.sleep, False)


def cuda() -> Case:
    from aeeval.throughput.cuda import Cuda

    device = Cuda()
    return Case(device, device.hold, True)


@pytest.fixture(params=[virtual, fake, cpu, pytest.param(cuda, marks=pytest.mark.gpu)], ids=lambda make: make.__name__)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param()


def timed(case: Case, mode: str, **settings: Any):
    settings = {"min_time_s": 0.02, "min_samples": 5, "timeout_s": 0.05, **settings}
    return measure(lambda: case.busy(WORK), case.device, batch=3, op="encode", mode=mode, **settings)


def test_it_keeps_the_protocol(case):
    assert isinstance(case.device, Device)
    assert isinstance(case.device, HoldingDevice) == case.asynchronous
    assert case.device.kind
    assert case.device.name


@pytest.mark.parametrize("mode", SAMPLERS)
def test_no_mode_reads_less_than_the_work(case, mode):
    if mode == "device" and not case.asynchronous:
        with pytest.raises(Skipped, match="no queue to hold"):
            timed(case, mode)
        return
    timing = timed(case, mode)
    assert min(timing.samples) >= WORK - SLACK
    assert timing.samples_per_s <= 3 / WORK * (1 + SLACK)
    assert timing.mode == mode


def test_a_clock_that_does_not_wait_reads_less_where_calls_return_early(case):
    """The control: on an asynchronous device the naive method is wrong, and the suite can see it."""
    if not case.asynchronous:
        pytest.skip("a call of this device is done when it returns")
    case.device.synchronize()
    start = case.device.now()
    case.busy(0.05)
    naive = case.device.now() - start
    case.device.synchronize()
    assert naive < 0.025
    assert case.device.now() - start >= 0.05 - SLACK


def test_marks_follow_each_other_and_times_add_up(case):
    device = case.device
    a = device.mark()
    case.busy(WORK)
    b = device.mark()
    case.busy(2 * WORK)
    c = device.mark()
    device.synchronize()
    first, second, both = device.elapsed(a, b), device.elapsed(b, c), device.elapsed(a, c)
    assert first >= WORK - SLACK
    assert second >= 2 * WORK - SLACK
    assert both == pytest.approx(first + second, rel=1e-3)  # float32 milliseconds on a GPU


def test_a_held_device_has_not_reached_a_mark(case):
    if not isinstance(case.device, HoldingDevice):
        pytest.skip("no queue to hold")
    case.device.synchronize()
    case.device.hold(0.05)
    mark = case.device.mark()
    assert not case.device.passed(mark)
    case.device.synchronize()
    assert case.device.passed(mark)


def test_what_was_enqueued_before_is_not_paid_for(case):
    for _ in range(20):
        case.busy(WORK)
    taken = SAMPLERS["latency"](lambda: None, case.device, lambda: None)()
    assert taken.seconds < 20 * WORK / 2


def test_a_flush_can_be_repeated_and_cold_calls_are_told_apart(case):
    case.device.flush()
    case.device.flush()
    timing = timed(case, "latency", cache="cold")
    assert timing.cache == "cold"
    assert min(timing.samples) >= WORK - SLACK


def test_thread_time_never_exceeds_the_clock_by_more_than_its_resolution(case):
    before, start = case.device.cpu_now(), case.device.now()
    case.busy(WORK)
    case.device.synchronize()
    after, end = case.device.cpu_now(), case.device.now()
    if before is None or after is None:
        assert before is after is None
    else:
        assert 0 <= after - before <= end - start + 1e-3


def test_memory_energy_and_clocks_are_known_or_none(case):
    memory = case.device.peak_memory(lambda: case.busy(WORK))
    assert isinstance(memory, Memory)
    assert all(size is None or size >= 0 for size in (memory.allocated, memory.reserved))
    assert case.device.throttle() is None or case.device.throttle()
    assert all(value is None or value >= 0 for value in case.device.facts().values())
    energy = energy_of(lambda: case.busy(WORK), case.device, WORK, window_s=0.02)
    if case.device.joules() is None:
        assert energy is None
    elif energy is not None:  # a GPU counts in steps that are longer than this window
        assert energy.window_s >= 0.02
        assert energy.joules > 0


@pytest.mark.gpu
def test_memory_of_a_gpu_is_that_of_its_tensors():
    case = cuda()
    memory = case.device.peak_memory(lambda: torch.empty(64 << 20, dtype=torch.uint8, device="cuda"))
    assert memory.allocated == pytest.approx(64 << 20, rel=0.02)
    assert memory.reserved >= memory.allocated
