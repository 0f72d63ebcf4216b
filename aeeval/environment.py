"""Where records come from: versions, commit, processor and accelerator."""

import subprocess
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from aeeval import __version__
from aeeval.errors import UnknownName, UsageError, message
from aeeval.throughput.machine import hardware_key, machine

_OF_THE_MOMENT = ("load", "threads")  # workers have one thread, whatever this process has now
_LIBRARIES = ("torch", "numpy", "scipy", "sklearn", "pandas")


def environment(device: str, in_process: Iterable[str], isolation: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What is written beside the records of a run; nothing in it changes between two runs on an idle machine.

    `in_process`: names of submissions that run in the process of the run itself; `isolation`: what guards the others.
    """
    facts = {key: value for key, value in machine().items() if key not in _OF_THE_MOMENT}
    return {
        "aeeval": __version__,
        "commit": _git("rev-parse", "HEAD"),
        "dirty": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "versions": {name: import_module(name).__version__ for name in _LIBRARIES},
        "device": device,
        "threads": 1,
        "hardware_key": hardware_key({**machine(), "threads": 1}),
        "machine": facts,
        "in_process": sorted(in_process),
        "isolation": dict(isolation or {}),
    }


def pick_device(name: str) -> str:
    """ "auto" is a GPU where there is one; a GPU that is not there is an error."""
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise UsageError(message("a CUDA device for device=cuda", "none on this machine", "use device=cpu"))
    if name != "cpu" and not name.startswith("cuda"):
        raise UsageError(str(UnknownName("device", name, ("auto", "cpu", "cuda"))))
    return name


def _git(*command: str) -> str | None:
    """The answer of git about the folder of the package; None outside a checkout."""
    try:
        done = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), *command], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
