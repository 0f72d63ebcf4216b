"""What takes long to make, kept in files that are named by what it is made from; together they stay under a limit.

The folder is `runs/` in `AEEVAL_CACHE` (else in the user's cache folder), its limit `AEEVAL_CACHE_MB` megabytes, 2000
unless set; 0 keeps nothing. What is there changes no number, only the time until it is known: an entry is what making
it gives, bit by bit, and one that was damaged is made again. Any number of processes may use it at once: a reader sees
a whole entry or none, and none waits for another. Files are removed when the limit is passed, those first that were
asked for longest ago.
"""

import hashlib
import json
import os
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aeeval.files import TEMPORARY, write_whole

if TYPE_CHECKING:
    from torch import Tensor

LIMIT_MB = 2000
_KEPT = 0.9  # of the limit: after this much room is made, the next entries need no looking around
_LARGEST = 0.25  # of the limit: no entry may drive out all others
_DIGEST = hashlib.sha256().digest_size
_CODE = ("datasets", "manifolds", "numerics", "submissions", "training")


def cache_dir() -> Path:
    """`AEEVAL_CACHE`, else the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("AEEVAL_CACHE") or Path(home) / "aeeval")


@dataclass(frozen=True)
class Cache:
    """A folder of entries, and the most bytes that they may have together."""

    folder: Path
    limit: int

    def get(self, key: str) -> bytes | None:
        """The content of an entry; None where there is none, or one that was damaged, which is removed."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            os.utime(path)
        return content[_DIGEST:]

    def put(self, key: str, content: bytes) -> bool:
        """Keep an entry; -> whether it was: a full or read-only disk keeps nothing, and stops no run."""
        if len(content) > _LARGEST * self.limit:
            return False
        try:
            write_whole(self._path(key), hashlib.sha256(content).digest() + content, lasting=False)
        except OSError:
            return False
        self._make_room()
        return True

    def tensors(self, key: str, make: Callable[[], Mapping[str, "Tensor"]]) -> Mapping[str, "Tensor"]:
        """The tensors of an entry, made and kept where there are none."""
        import torch

        if (content := self.get(key)) is not None:
            kept: Mapping[str, Tensor] = torch.load(BytesIO(content), weights_only=True)
            return kept
        made = make()
        self.put(key, to_bytes(dict(made)))
        return made

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key

    def _make_room(self) -> None:
        """Remove the entries that were asked for longest ago until the rest is well under the limit."""
        found = []
        for path in self.folder.glob("*/*"):
            with suppress(OSError):  # another process may have removed it
                if not path.name.startswith(TEMPORARY):
                    stat = path.stat()
                    found.append((stat.st_mtime_ns, stat.st_size, path))
        total = sum(size for _, size, _ in found)
        if total <= self.limit:
            return
        for _, size, path in sorted(found):
            if total <= _KEPT * self.limit:
                break
            with suppress(OSError):
                path.unlink()
            total -= size


def cache() -> Cache | None:
    """The cache of this user; None where it is switched off."""
    limit = int(float(os.environ.get("AEEVAL_CACHE_MB") or LIMIT_MB) * 1e6)
    return Cache(cache_dir() / "runs", limit) if limit > 0 else None


def key_of(kind: str, made_from: Mapping[str, Any]) -> str:
    """sha256 of what an entry is made from: what is said of it, and the code, libraries and processor that make it."""
    row = {"kind": kind, "from": made_from, "code": _code_digest(), "machine": _machine()}
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()


def to_bytes(content: Any) -> bytes:
    """Tensors and plain values as bytes that `torch.load(weights_only=True)` reads."""
    import torch

    buffer = BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


@lru_cache(maxsize=1)
def _code_digest() -> str:
    """The text of everything that makes data and models: a version alone would miss a change in a checkout."""
    root = Path(__file__).parent
    files = [root / "fitting.py", root / "seeds.py", *(file for part in _CODE for file in (root / part).rglob("*.py"))]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _machine() -> dict[str, Any]:
    """Libraries and processor: others may round otherwise."""
    import numpy
    import scipy
    import sklearn
    import torch

    versions = {one.__name__: one.__version__ for one in (numpy, scipy, sklearn, torch)}
    capability = torch.backends.cpu.get_cpu_capability()
    return {**versions, "python": platform.python_version(), "cpu": capability, "model": _processor()}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
