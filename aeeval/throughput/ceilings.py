"""What the machine can do at best, measured in the same run: products and copies, the two roofs of a roofline."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch

from aeeval.throughput.device import Call, Device, HoldingDevice
from aeeval.throughput.engine import measure
from aeeval.throughput.setting import Setting, computing

GEMM_SIZES = {"cpu": (256, 1024), "cuda": (2048, 4096, 8192)}
COPY_BYTES = {
    "cpu": (1 << 15, 1 << 16, 1 << 17, 1 << 18, 1 << 19, 1 << 20, 1 << 21, 1 << 22, 1 << 24, 1 << 27),
    "cuda": (1 << 20, 1 << 23, 1 << 26, 1 << 30),
}
COPIES_TOUCH = 2  # a copy reads every byte and writes it


@dataclass(frozen=True)
class Ceilings:
    """`gemm` FLOP/s of the best product, and (bytes touched, bytes/s) of copies from the smallest to the largest."""

    gemm: float
    copies: tuple[tuple[float, float], ...]

    def bandwidth(self, touched: float) -> float:
        """Bytes a second that a call can reach which touches so many: the best copy that touches as many or more.

        What fits into a cache is faster than memory, and the small copies are slowed by their launch: the best of all
        larger ones is a roof for them too.
        """
        return max((rate for size, rate in self.copies if size >= touched), default=self.copies[-1][1])

    @property
    def memory(self) -> float:
        """Bytes a second of the largest copy."""
        return self.copies[-1][1]


def measure_ceilings(device: Device, setting: Setting, *, min_time_s: float = 0.1) -> Ceilings:
    """Both roofs at a setting's number type, threads and device; the best sample of each size, as a roof is a best."""
    place, number_type = torch.device(setting.device), setting.number_type
    with torch.inference_mode(), computing(number_type):
        gemm = max(
            2 * n**3 / _best(partial(torch.mm, a, b, out=out), device, min_time_s)
            for n, a, b, out in _products(place, number_type.dtype)
        )
        copies = []
        for size in COPY_BYTES[place.type]:
            source = torch.empty(size, dtype=torch.uint8, device=place).random_()
            target = torch.zeros_like(source)
            seconds = _best(partial(target.copy_, source), device, min_time_s)
            copies.append((float(COPIES_TOUCH * size), COPIES_TOUCH * size / seconds))
    return Ceilings(gemm, tuple(copies))


def _products(
    place: torch.device, dtype: torch.dtype
) -> Iterator[tuple[int, torch.Tensor, torch.Tensor, torch.Tensor]]:
    generator = torch.Generator(place).manual_seed(0)
    for n in GEMM_SIZES[place.type]:
        a, b = (torch.randn(n, n, generator=generator, device=place).to(dtype) for _ in range(2))
        yield n, a, b, torch.empty_like(a)


def _best(call: Call, device: Device, min_time_s: float) -> float:
    mode = "device" if isinstance(device, HoldingDevice) else "stream"
    timing = measure(call, device, batch=1, op="ceiling", mode=mode, min_time_s=min_time_s, timeout_s=5 * min_time_s)
    return min(timing.samples)
