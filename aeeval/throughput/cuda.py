"""One NVIDIA GPU as a device: events on its current stream, the whole device for synchronising."""

import time

import torch

from aeeval.throughput.device import Call, Memory
from aeeval.throughput.nvml import Nvml, connect


class Cuda:
    """Times by events, memory by torch's allocator, energy and clocks by NVML where the driver has it."""

    kind = "cuda"
    CYCLES_PER_S = 2e9  # about the fastest clock: a slower one only makes a hold longer

    def __init__(self, index: int = 0):
        self.name = torch.cuda.get_device_name(index)
        self.nvml: Nvml | None = connect(str(torch.cuda.get_device_properties(index).uuid))
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
            size = 2 * torch.cuda.get_device_properties(self._index).L2_cache_size
            self._evict = torch.empty(size, dtype=torch.uint8, device=f"cuda:{self._index}")
        self._evict.zero_()

    def cpu_now(self) -> None:
        return None

    def peak_memory(self, call: Call) -> Memory:
        self.synchronize()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(self._index)
        allocated, reserved = torch.cuda.memory_allocated(self._index), torch.cuda.memory_reserved(self._index)
        call()
        self.synchronize()
        return Memory(
            torch.cuda.max_memory_allocated(self._index) - allocated,
            torch.cuda.max_memory_reserved(self._index) - reserved,
        )

    def joules(self) -> float | None:
        return self.nvml.joules() if self.nvml else None

    def facts(self) -> dict[str, float | None]:
        return self.nvml.facts() if self.nvml else {}

    def throttle(self) -> str | None:
        return self.nvml.throttle() if self.nvml else None

    def hold(self, seconds: float) -> None:
        with torch.cuda.device(self._index):
            torch.cuda._sleep(int(seconds * self.CYCLES_PER_S))

    def passed(self, mark: torch.cuda.Event) -> bool:
        return mark.query()
