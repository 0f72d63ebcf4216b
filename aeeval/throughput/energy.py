"""Joules a row, by the counter of the device over a window that is long against its updates."""

from dataclasses import dataclass

from aeeval.throughput.device import Call, Device

WINDOW_S = 2.0  # counters move every 10 to 100 ms


@dataclass(frozen=True)
class Energy:
    """Joules of one call, idle power included, and the window in which they were counted."""

    joules: float
    window_s: float
    calls: int


def energy_of(call: Call, device: Device, period_s: float, *, window_s: float = WINDOW_S) -> Energy | None:
    """The energy of a call, called back to back for at least `window_s`; None where the device counts none.

    `period_s` is about what a call takes. A separate run: reading counters takes time that no sample should hold.
    """
    if device.joules() is None:
        return None
    block = max(1, int(0.1 * window_s / period_s))
    device.synchronize()
    calls, start, before = 0, device.now(), device.joules()
    while device.now() - start < window_s:
        for _ in range(block):
            call()
        device.synchronize()
        calls += block
    spent, seconds = device.joules(), device.now() - start
    if before is None or spent is None or spent <= before:
        return None
    return Energy((spent - before) / calls, seconds, calls)
