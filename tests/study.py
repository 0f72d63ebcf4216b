"""What every committed study says of itself: the command that made it, the commit, the seed and the versions."""

import platform
import subprocess
from pathlib import Path

import torch

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def stamp(command: str, seed: int, seconds: float) -> str:
    """One line for the head of a page."""
    versions = f"Python {platform.python_version()}, torch {torch.__version__}"
    return f"Made by `{command}` at commit {commit()}, seed {seed}, {versions}, {seconds:.0f} CPU s."


def commit() -> str:
    """The commit that is checked out, and a remark if the package differs from it."""
    return _git("rev-parse", "--short", "HEAD") + (" with changes" if _git("status", "--short", "aeeval") else "")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
