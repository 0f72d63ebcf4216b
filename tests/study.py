"""What every committed study says of itself, and what is done of one that was stopped."""

import json
import platform
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def stamp(command: str, seed: int, seconds: float) -> str:
    """One line for the head of a page."""
    versions = f"Python {platform.python_version()}, torch {torch.__version__}"
    return f"Made by `{command}` at commit {commit()}, seed {seed}, {versions}, {seconds:.0f} CPU s."


class Parts:
    """What is done of a long study, kept under build/studies by commit: run again, it goes on where it was stopped.

    Nothing is kept of a checkout with changes, as nobody could say what made it.
    """

    def __init__(self, study: str, root: Path = ROOT / "build" / "studies", made_by: str | None = None):
        made_by = _clean_commit() if made_by is None else made_by
        self.folder = root / study / made_by if made_by else None

    def get(self, key: str, compute: Callable[[], Any]) -> Any:
        """The part of a key: plain lists, maps, numbers and words, computed unless it is there."""
        return self.kept(key) if self.has(key) else self.keep(key, compute())

    def has(self, key: str) -> bool:
        return self.folder is not None and self._file(key).exists()

    def kept(self, key: str) -> Any:
        return json.loads(self._file(key).read_text(encoding="utf-8"))

    def keep(self, key: str, part: Any) -> Any:
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            half = self._file(key).with_suffix(".half")
            half.write_text(json.dumps(part), encoding="utf-8")
            half.rename(self._file(key))  # a part that is there is whole
        return part

    def _file(self, key: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{key}.json"


def _clean_commit() -> str:
    """The commit that is checked out; nothing where the package or its tests differ from it."""
    return "" if _git("status", "--short", "aeeval", "tests") else _git("rev-parse", "--short", "HEAD")


def commit() -> str:
    """The commit that is checked out, and a remark if the package differs from it."""
    return _git("rev-parse", "--short", "HEAD") + (" with changes" if _git("status", "--short", "aeeval") else "")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
