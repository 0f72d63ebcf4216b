"""The standing of a pack once its cells were run again with the same numbers."""

from dataclasses import replace
from pathlib import Path

from aeeval import __version__
from aeeval.environment import environment
from aeeval.results.packed import VERIFIED, read_packed, write_manifest


def mark(folder: Path, cells: int | None, device: str) -> str:
    """Write `verified` into a pack, with how many cells were run again and on what; -> what was written."""
    here = environment(device, [])
    earned = {"cells": "all" if cells is None else cells, "aeeval": __version__, "hardware": here["hardware_key"]}
    write_manifest(folder, replace(read_packed(folder).manifest, standing=VERIFIED, verified=earned))
    return f"{folder}: {VERIFIED} ({', '.join(f'{key} {value}' for key, value in earned.items())})"
