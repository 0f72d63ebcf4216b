"""What the engine asks of a device: a host clock, a queue to wait for, and marks on that queue."""

import os
import time
from typing import Any, Protocol, runtime_checkable

import torch

from aeeval.errors import Skipped
from aeeval.throughput.machine import cpu_name


@runtime_checkable
class Device(Protocol):
    """A place where calls run, perhaps later than they return; every time is in seconds.

    `kind` is the word of tables ("cpu", "cuda", "virtual"), `name` the product's name.
    """

    kind: str
    name: str

    def now(self) -> float:
        """The host clock; only differences mean something."""

    def synchronize(self) -> None:
        """Wait until everything that was enqueued is done."""

    def mark(self) -> Any:
        """Enqueue an event; the device stamps its own time on it when the queue gets there."""

    def elapsed(self, a: Any, b: Any) -> float:
        """Device time between two marks that were both reached."""

    def flush(self) -> None:
        """Evict the caches, so that the next call finds its weights and inputs cold."""

    def cpu_now(self) -> float | None:
        """Processor time of the calling thread; None where that is not the time of the work."""


@runtime_checkable
class HoldingDevice(Device, Protocol):
    """A device that can be kept busy while the host enqueues a call, so that marks see no launch cost."""

    def hold(self, seconds: float) -> None:
        """Enqueue a bounded wait of about that length; bounded, as a call that synchronises must not hang."""

    def passed(self, mark: Any) -> bool:
        """Whether the device has reached a mark, without waiting for it."""


class Cpu:
    """The host itself: a call is done when it returns, so its queue is always empty and a mark is a clock reading."""

    kind = "cpu"

    def __init__(self) -> None:
        self.name = cpu_name()
        self._evict: torch.Tensor | None = None

    def now(self) -> float:
        return time.perf_counter()

    def synchronize(self) -> None:
        pass

    def mark(self) -> float:
        return self.now()

    def elapsed(self, a: float, b: float) -> float:
        return b - a

    def flush(self) -> None:
        if self._evict is None:
            self._evict = torch.zeros(max(64 << 20, 2 * _last_level_cache()), dtype=torch.uint8)
        self._evict.add_(1)

    def cpu_now(self) -> float | None:
        # With several threads the caller's clock misses the work of the others.
        return time.thread_time() if torch.get_num_threads() == 1 else None


class Cuda:
    """One NVIDIA GPU: events on its current stream, the whole device for synchronising."""

    kind = "cuda"
    CYCLES_PER_S = 2e9  # about the fastest clock: a slower one only makes a hold longer

    def __init__(self, index: int = 0):
        self.name = torch.cuda.get_device_name(index)
        self._index = index
        self._evict: torch.Tensor | None = None

    def now(self) -> float:
        return time.perf_counter()

    def synchronize(self) -> None:
        torch.cuda.synchronize(self._index)

    def mark(self) -> torch.cuda.Event:
        event = torch.cuda.Event(enable_timing=True)
        event.record(torch.cuda.current_stream(self._index))
        return event

    def elapsed(self, a: torch.cuda.Event, b: torch.cuda.Event) -> float:
        return a.elapsed_time(b) / 1e3  # CUDA counts milliseconds

    def flush(self) -> None:
        if self._evict is None:
            size = torch.cuda.get_device_properties(self._index).L2_cache_size
            self._evict = torch.empty(size, dtype=torch.uint8, device=f"cuda:{self._index}")
        self._evict.zero_()

    def cpu_now(self) -> None:
        return None

    def hold(self, seconds: float) -> None:
        with torch.cuda.device(self._index):
            torch.cuda._sleep(int(seconds * self.CYCLES_PER_S))

    def passed(self, mark: torch.cuda.Event) -> bool:
        return mark.query()


def adapter(device: torch.device) -> Device:
    """The timing adapter of a torch device; raises `Skipped` where none was written."""
    if device.type == "cpu":
        return Cpu()
    if device.type == "cuda":
        return Cuda(device.index or 0)
    raise Skipped(f"not measured: no timing adapter for {device.type}; there are adapters for cpu and cuda")


def _last_level_cache() -> int:
    name = "SC_LEVEL3_CACHE_SIZE"
    return os.sysconf(name) if name in os.sysconf_names else 0
