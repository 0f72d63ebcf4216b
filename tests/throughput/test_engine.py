"""The engine on a device made of integers, where every right answer and every wrong one is known exactly."""

import pytest

from aeeval.errors import Skipped, UnknownName
from aeeval.throughput.cpu import Cpu
from aeeval.throughput.device import Device, HoldingDevice
from aeeval.throughput.engine import measure
from tests.throughput.virtual import TICK, Virtual

COSTS = [(40, 4), (40, 40), (40, 400), (300, 40)]
SYNC, EVENT = 10, 1


def time_of(device, mode, **settings):
    settings = {"min_time_s": 0.001, "timeout_s": 1.0, **settings}
    return measure(device.run, device, batch=1, op="encode", mode=mode, **settings)


@pytest.mark.parametrize(("launch", "kernel"), COSTS)
def test_latency_is_launch_and_kernel_and_one_wait(launch, kernel):
    """On an idle queue the host launches for H, the device works for K, and the wait costs its own."""
    timing = time_of(Virtual(launch, kernel), "latency")
    assert set(timing.samples) == {(launch + kernel + SYNC) * TICK}
    assert timing.p50 == (launch + kernel + SYNC) * TICK
    assert timing.converged


@pytest.mark.parametrize(("launch", "kernel"), COSTS)
def test_a_stream_runs_at_the_slower_of_host_and_device(launch, kernel):
    """n calls take n·max(H, K) + min(H, K) + wait: the period, and a share of 1/n of what overlaps with nothing."""
    timing = time_of(Virtual(launch, kernel), "stream")
    slower, faster = max(launch, kernel), min(launch, kernel)
    (sample,) = set(timing.samples)
    calls = round((faster + SYNC) * TICK / (sample - slower * TICK))
    assert sample == pytest.approx((slower + (faster + SYNC) / calls) * TICK, rel=1e-12)
    assert calls * sample >= 0.02
    assert sample == pytest.approx(slower * TICK, rel=0.02)


@pytest.mark.parametrize(("launch", "kernel"), COSTS)
def test_device_time_is_the_kernel_alone(launch, kernel):
    """Marks behind a held queue see K whatever H is; an event pair around a synchronised call sees H + K."""
    assert set(time_of(Virtual(launch, kernel), "device").samples) == {kernel * TICK}


def test_an_event_pair_on_an_idle_queue_reads_the_launch_too():
    """The control: 44 for H = 40, K = 4, eleven times too much; the first mark is stamped before the launch."""
    device = Virtual(40, 4)
    device.synchronize()
    before = device.mark()
    device.run()
    after = device.mark()
    device.synchronize()
    assert device.elapsed(before, after) == pytest.approx(44 * TICK, abs=EVENT * TICK)


@pytest.mark.parametrize("kernel", [4, 40, 400])
def test_a_clock_without_a_wait_reads_the_launch_whatever_the_kernel(kernel):
    device = Virtual(40, kernel)
    start = device.now()
    device.run()
    assert device.now() - start == 40 * TICK


def test_work_that_was_enqueued_before_is_not_paid_for():
    device = Virtual(40, 400)
    for _ in range(50):
        device.run()
    assert set(time_of(device, "latency").samples) == {(440 + SYNC) * TICK}


def test_a_cold_cache_is_measured_where_it_is_asked_for():
    hot = time_of(Virtual(4, 40, cold=60), "device")
    device = Virtual(4, 40, cold=60)
    cold = time_of(device, "device", cache="cold")
    assert (hot.p50, cold.p50) == (40 * TICK, 60 * TICK)
    assert (hot.cache, cold.cache) == ("hot", "cold")
    assert set(time_of(device, "latency", cache="cold").samples) == {(4 + 60 + SYNC) * TICK}


def test_a_stream_is_never_cold():
    with pytest.raises(Skipped, match="hot from the second on"):
        time_of(Virtual(4, 40), "stream", cache="cold")
    with pytest.raises(UnknownName, match="did you mean cold"):
        time_of(Virtual(4, 40), "latency", cache="colt")


def test_a_call_that_waits_has_no_device_time():
    """However long the hold: the device reaches the first mark before the host is done, and the launch would count."""
    device = Virtual(40, 4)

    def waits():
        device.run()
        device.synchronize()

    with pytest.raises(Skipped, match="the call waits for virtual"):
        measure(waits, device, batch=1, op="encode", mode="device", min_time_s=0.001)


def test_a_slow_first_call_is_told_apart():
    """Compilation, 2 s: not among the samples, not in the warm-up's steady times."""
    device, calls = Virtual(40, 4), []

    def call():
        calls.append(None)
        device.run(kernel=2 * 2**20 if len(calls) == 1 else None)

    timing = measure(call, device, batch=1, op="decode", min_time_s=0.001)
    assert timing.first_call_s > 2
    assert timing.warmup_calls >= 3
    assert set(timing.samples) == {(44 + SYNC) * TICK}


def test_warm_up_goes_on_until_times_are_steady():
    """Calls that get 10 % faster each time from 400 to 40 ticks: no sample is taken before they have settled."""
    device, state = Virtual(4, 40), [4000.0]

    def call():
        state[0] = max(40.0, state[0] * 0.9)
        device.run(kernel=round(state[0]))

    timing = measure(call, device, batch=1, op="encode", min_time_s=0.001)
    assert max(timing.samples) <= 1.06 * min(timing.samples)
    assert timing.warmup_calls > 40


def jittery(device, low, high):
    turn = [0]

    def call():
        turn[0] += 1
        device.run(kernel=high if turn[0] % 2 else low)

    return call


def test_a_median_that_does_not_settle_says_so():
    device = Virtual(4, 40)
    timing = measure(jittery(device, 100, 1000), device, batch=1, op="encode", min_time_s=0.001, timeout_s=0.5)
    assert not timing.converged
    assert "timeout" in timing.stop_reason
    assert "half-width" in timing.stop_reason
    assert sum(timing.samples) == pytest.approx(0.5, rel=0.3)


@pytest.mark.parametrize(
    ("rule", "words"), [({"min_samples": 10**6}, "samples of 1000000"), ({"min_time_s": 9.0}, "of 9 s")]
)
def test_every_unmet_condition_is_named(rule, words):
    timing = time_of(Virtual(40, 4), "latency", **{"timeout_s": 0.2, **rule})
    assert not timing.converged
    assert words in timing.stop_reason


def test_least_samples_and_least_time_are_both_kept():
    assert len(time_of(Virtual(40, 4), "latency", min_samples=200).samples) >= 200
    samples = time_of(Virtual(40, 4), "latency", min_time_s=0.1).samples
    assert len(samples) * (44 + 2 * SYNC) * TICK >= 0.1  # the wait before each sample is time, and no part of it


def test_unknown_modes_and_devices_that_cannot_be_held():
    with pytest.raises(UnknownName, match="did you mean latency"):
        time_of(Virtual(40, 4), "latenzy")
    with pytest.raises(Skipped, match="no queue to hold"):
        measure(lambda: None, Cpu(), batch=1, op="encode", mode="device")


def test_every_device_keeps_the_protocol():
    assert isinstance(Virtual(1, 1), HoldingDevice)
    assert isinstance(Cpu(), Device)
    assert not isinstance(Cpu(), HoldingDevice)
