"""What a time was measured on: a time without its machine means nothing."""

import os
import platform
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy
import torch

CPUINFO = Path("/proc/cpuinfo")
NVIDIA = Path("/proc/driver/nvidia/version")


def machine() -> dict[str, Any]:
    """The facts about processor, threads, versions and load that a time depends on, ready for JSON.

    Keys: `cpu` name; `cores` that this process may use; `threads` of torch; `omp_wait_policy`; `os`, `python`,
    `torch`, `numpy` versions; `gpu` name, `gpus` count, `driver`, `cuda`, `cudnn` (None where there is no GPU);
    `load` (1, 5 and 15 minute averages at the time of the call, None where the system has none).
    """
    return {
        "cpu": cpu_name(),
        "cores": _cores(),
        "threads": torch.get_num_threads(),
        "omp_wait_policy": os.environ.get("OMP_WAIT_POLICY"),
        "os": platform.platform(),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": numpy.__version__,
        "load": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
        **_gpu(),
    }


def hardware_key(facts: Mapping[str, Any] | None = None) -> str:
    """One word for all machines whose absolute times may share a table; `facts` default to this machine's.

    Processor and threads, GPUs and their driver's major version, torch's minor version. Load and patch versions are
    left out: they describe a measurement, not the hardware.

    >>> hardware_key({"cpu": "Xeon", "threads": 1, "torch": "2.13.0+cpu", "gpu": None})
    'Xeon, 1 thread, torch 2.13'
    """
    facts = machine() if facts is None else facts
    threads = facts["threads"]
    parts = [facts["cpu"], f"{threads} thread{'s' if threads != 1 else ''}"]
    if facts["gpu"] is not None:
        driver = str(facts["driver"] or "unknown").partition(".")[0]
        parts += [f"{facts['gpus']} x {facts['gpu']}", f"driver {driver}"]
    return ", ".join([*parts, f"torch {'.'.join(facts['torch'].split('.')[:2])}"])


def cpu_name() -> str:
    """The processor's name as the system gives it, else its architecture."""
    text = CPUINFO.read_text(encoding="utf-8") if CPUINFO.exists() else ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.processor() or platform.machine()


def _cores() -> int:
    # A container often shows the whole host in cpu_count; the affinity mask is what this process really gets.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _gpu() -> dict[str, Any]:
    if not torch.cuda.is_available():
        return dict.fromkeys(("gpu", "gpus", "driver", "cuda", "cudnn"))
    return {
        "gpu": torch.cuda.get_device_name(),
        "gpus": torch.cuda.device_count(),
        "driver": _driver(),
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
    }


def _driver() -> str | None:
    text = NVIDIA.read_text(encoding="utf-8") if NVIDIA.exists() else ""
    found = re.search(r"Kernel Module\D*?([\d.]+)\s", text)
    return found[1] if found else None
