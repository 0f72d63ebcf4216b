"""A device made of integers: a host that launches, a queue that runs in order, and answers that are exact."""

import math

from aeeval.throughput.device import Memory

TICK = 2.0**-20
"""Seconds in one tick: a microsecond to 5 %, chosen so that clock readings add and subtract without rounding."""


class Virtual:
    """A deterministic accelerator. All costs are whole ticks.

    A call takes `launch` (H) on the host and then `kernel` (K) on the device, after all that was enqueued before it:
    truth for one call on an idle queue H + K, for a steady stream max(H, K), for the device alone K. `sync` is what
    waiting costs the host once the queue is empty, `event` what enqueuing a mark costs it. After `flush` the next
    kernel takes `cold` instead. A call takes `memory` bytes at its peak, the device `watts` whether it works or
    not, and `held_down` is why its clock is.
    """

    kind = "virtual"
    name = "virtual"

    memory = 1 << 20
    watts = 100.0
    held_down: str | None = None

    def __init__(self, launch: int, kernel: int, *, sync: int = 10, event: int = 1, cold: int | None = None):
        if sync < 1:
            raise ValueError(f"expected sync of at least 1 tick; got {sync}; the clock could stand still otherwise")
        self.launch, self.kernel, self.sync, self.event = launch, kernel, sync, event
        self.cold = kernel if cold is None else cold
        self._host = 0
        self._queue = 0  # when the device will have done all that is enqueued
        self._flushed = False

    def run(self, launch: int | None = None, kernel: int | None = None) -> None:
        """One call, with the device's own costs unless others are given."""
        self._host += self.launch if launch is None else launch
        usual = self.cold if self._flushed else self.kernel
        self._enqueue(usual if kernel is None else kernel)
        self._flushed = False

    def now(self) -> float:
        return self._host * TICK

    def synchronize(self) -> None:
        self._host = max(self._host, self._queue) + self.sync

    def mark(self) -> int:
        self._host += self.event
        return self._enqueue(0)

    def elapsed(self, a: int, b: int) -> float:
        if not (self.passed(a) and self.passed(b)):
            raise RuntimeError("expected two marks that were reached; got one still in the queue; synchronise first")
        return (b - a) * TICK

    def flush(self) -> None:
        self._flushed = True

    def cpu_now(self) -> float | None:
        return None

    def peak_memory(self, call) -> Memory:
        call()
        return Memory(self.memory, 2 * self.memory)

    def joules(self) -> float:
        return self.watts * max(self._host, self._queue) * TICK

    def facts(self) -> dict[str, float]:
        return {"power_w": self.watts}

    def throttle(self) -> str | None:
        return self.held_down

    def hold(self, seconds: float) -> None:
        self._host += self.event
        self._enqueue(math.ceil(seconds / TICK))

    def passed(self, mark: int) -> bool:
        return mark <= self._host

    def _enqueue(self, ticks: int) -> int:
        self._queue = max(self._queue, self._host) + ticks
        return self._queue
