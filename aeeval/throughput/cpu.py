"""The processor as a device: a call is done when it returns."""

import os
import time

import torch

from aeeval.throughput.device import Call, Memory
from aeeval.throughput.machine import cpu_name
from aeeval.throughput.operators import record


class Cpu:
    """The host itself: its queue is always empty and a mark is a clock reading."""

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

    def peak_memory(self, call: Call) -> Memory:
        """By the tensors that operators make; scratch inside an operator is not seen, and nothing is reserved."""
        seen = record(call, as_usual=True)
        return Memory(seen.peak_bytes if seen.operators else None, None)

    def joules(self) -> None:
        return None

    def facts(self) -> dict[str, float | None]:
        return {}

    def throttle(self) -> None:
        return None


def _last_level_cache() -> int:
    name = "SC_LEVEL3_CACHE_SIZE"
    return os.sysconf(name) if name in os.sysconf_names else 0
