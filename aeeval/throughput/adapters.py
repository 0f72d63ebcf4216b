"""Which timing adapter belongs to a torch device."""

import torch

from aeeval.errors import Skipped
from aeeval.throughput.cpu import Cpu
from aeeval.throughput.cuda import Cuda
from aeeval.throughput.device import Device


def adapter(device: torch.device) -> Device:
    """The timing adapter of a torch device; raises `Skipped` where there is none, or nothing behind it."""
    if device.type == "cpu":
        return Cpu()
    if device.type == "cuda":
        if not torch.cuda.is_available():
            raise Skipped("not measured: no CUDA device on this machine")
        return Cuda(device.index or 0)
    raise Skipped(f"not measured: no timing adapter for {device.type}; there are adapters for cpu and cuda")
