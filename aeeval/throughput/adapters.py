"""Which timing adapter belongs to a torch device; add one as a line here."""

from collections.abc import Callable, Mapping

import torch

from aeeval.errors import Skipped
from aeeval.throughput.cpu import Cpu
from aeeval.throughput.cuda import Cuda
from aeeval.throughput.device import Device


def _cuda(index: int) -> Device:
    if not torch.cuda.is_available():
        raise Skipped("not measured: no CUDA device on this machine")
    return Cuda(index)


# The type of a torch device -> its adapter, by the index of the device.
ADAPTERS: Mapping[str, Callable[[int], Device]] = {"cpu": lambda index: Cpu(), "cuda": _cuda}


def adapter(device: torch.device) -> Device:
    """The timing adapter of a torch device; raises `Skipped` where there is none, or nothing behind it."""
    if device.type not in ADAPTERS:
        known = " and ".join(ADAPTERS)
        raise Skipped(f"not measured: no timing adapter for {device.type}; there are adapters for {known}")
    return ADAPTERS[device.type](device.index or 0)
