"""The three truths about the time of a call, each as a function that takes one sample."""

from collections.abc import Callable

from aeeval.errors import Skipped
from aeeval.throughput.device import Call, Device, HoldingDevice
from aeeval.throughput.timing import Sample

Sampler = Callable[[], Sample]

BLOCK_S = 0.02
HOST_BLOCK_S = 0.001  # where nothing is waited for; a longer one is more often interrupted than not
HOLDS = (4, 8, 16)  # times what the host needs to enqueue a call; tried in turn, as a host can be interrupted
HOLD_MIN_S = 1e-4


def host_time(call: Call, device: Device, prepare: Call, calls: int = 1) -> Sample:
    """Seconds a call by the host clock: `calls` calls on an idle queue, back to back, with one wait at the end."""
    prepare()
    device.synchronize()  # else the block pays for what was enqueued before it
    cpu, start = device.cpu_now(), device.now()
    for _ in range(calls):
        call()
    device.synchronize()
    end, cpu_end = device.now(), device.cpu_now()
    used = None if cpu is None or cpu_end is None else (cpu_end - cpu) / calls
    return Sample((end - start) / calls, used)


def latency(call: Call, device: Device, prepare: Call) -> Sampler:
    """One call on an idle queue, waited for: launch + device + one synchronisation."""
    return lambda: host_time(call, device, prepare)


def stream(call: Call, device: Device, prepare: Call) -> Sampler:
    """The period of back-to-back calls, max(launch, device), in blocks of at least 20 ms with one wait each.

    Blocks of 1 ms where the queue is always empty: most of them then see no interruption. The wait and the part of the
    first and last call that overlaps with no other stay in: their share is 1/calls.
    """
    calls, block_s = 1, BLOCK_S if isinstance(device, HoldingDevice) else HOST_BLOCK_S
    # The shorter of two blocks: one that was interrupted seems long enough when it is not.
    while min(host_time(call, device, prepare, calls).seconds for _ in range(2)) * calls < block_s:
        calls *= 2
    return lambda: host_time(call, device, prepare, calls)


def device_time(call: Call, device: Device, prepare: Call) -> Sampler:
    """Time between two marks around a call that was enqueued while the device was held: no launch cost in it.

    A try counts only if the device had not reached the first mark when the host was done enqueuing; else the call is
    repeated behind a longer hold. Raises `Skipped` where the device cannot be held, or where no hold is long enough:
    the call waits for the device.
    """
    held = holding(device)
    enqueue_s = max(_enqueue_time(call, held), HOLD_MIN_S)

    def sample() -> Sample:
        for factor in HOLDS:
            seconds = _behind_hold(call, held, prepare, factor * enqueue_s)
            if seconds is not None:
                return Sample(seconds, None)
        raise Skipped(f"not measured: the call waits for {device.kind}; its device time needs one that only enqueues")

    return sample


def holding(device: Device) -> HoldingDevice:
    """The device itself, if its queue can be held; raises `Skipped` otherwise."""
    if not isinstance(device, HoldingDevice):
        raise Skipped(f"not measured: {device.kind} has no queue to hold; measure latency or stream instead")
    return device


def _enqueue_time(call: Call, device: Device) -> float:
    device.synchronize()
    start = device.now()
    call()
    seconds = device.now() - start
    device.synchronize()
    return seconds


def _behind_hold(call: Call, device: HoldingDevice, prepare: Call, hold_s: float) -> float | None:
    prepare()
    device.synchronize()
    device.hold(hold_s)
    before = device.mark()
    call()
    after = device.mark()
    too_late = device.passed(before)
    device.synchronize()
    return None if too_late else device.elapsed(before, after)


SAMPLERS: dict[str, Callable[[Call, Device, Call], Sampler]] = {
    "latency": latency,
    "stream": stream,
    "device": device_time,
}
