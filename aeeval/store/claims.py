"""Claims: which process works on which cell, in files that all processes and machines on one folder see.

A claim saves double work and decides nothing else: a cell that two processes run at once is written twice, whole and
with the same numbers. So a claim may be taken over too early, and must not be kept too long.

Whether a claim has expired is never asked of the clock of a machine. The owner touches the file every `HEARTBEAT_S`, in
the time of the file system. A claim is over

- at once, where its process is known to have ended (same machine, same boot);
- where it is older than `EXPIRY_S` by a file touched just now in the same folder, and was not touched while this
  process watched it for three heartbeats: a clock that jumped makes it old, but not quiet;
- where it was not touched while this process watched it for `EXPIRY_S`, whatever its age says.

Who changes a claim of another, or ends its own, first makes a marker of that claim's key and content: of several who
try, one succeeds, and finds out whether the claim is still that one.
"""

import hashlib
import json
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from aeeval.errors import StoreError, message
from aeeval.files import TEMPORARY, create_whole, write_whole
from aeeval.store.owner import Owner

HEARTBEAT_S = 10.0
EXPIRY_S = 60.0
WATCH_S = 3 * HEARTBEAT_S
_SUFFIX = ".json"


@dataclass(frozen=True)
class Held:
    """A claim as others see it.

    `label` is what its owner said of the cell; `seconds` since it was made and `quiet` since its owner last touched it
    are in the time of the file system; `over`: the next one who asks takes it.
    """

    key: str
    owner: Owner | None
    label: str
    seconds: float
    quiet: float
    over: bool


@dataclass
class Claim:
    """The right of this process to run one cell, until it is released or expires.

    As a context manager a thread touches it every `HEARTBEAT_S`, and it is released at the end. A caller with a loop
    of its own calls `touch` at least as often.
    """

    key: str
    content: bytes
    claims: "Claims"
    _stop: threading.Event = field(default_factory=threading.Event)

    def touch(self) -> bool:
        """Say that its owner lives; -> whether it is still the owner. One who is not may finish: it does no harm."""
        path = self.claims.path(self.key)
        try:
            if path.read_bytes() != self.content:
                return False
            os.utime(path)  # without a time of ours: the file system uses its own
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StoreError(_told(self.claims.folder, error)) from error
        return True

    def release(self) -> None:
        """Let others have the cell; nothing happens where the claim was lost before."""
        self._stop.set()
        self.claims.end(self)

    def __enter__(self) -> "Claim":
        threading.Thread(target=self._beat, name=f"claim {self.key[:8]}", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()

    def _beat(self) -> None:
        while not self._stop.wait(HEARTBEAT_S):
            with suppress(StoreError):  # a server that does not answer now is asked again at the next beat
                if not self.touch():
                    return


@dataclass
class Claims:
    """The claims in a folder, and what this process has watched of them; one object for all threads of a process."""

    folder: Path
    clock: Callable[[], float] = time.monotonic
    _watched: dict[bytes, tuple[int, float]] = field(default_factory=dict)
    _mine: dict[str, Claim] = field(default_factory=dict)

    def claim(self, key: str, label: str = "") -> Claim | None:
        """The claim to a cell, or None where another process, or this one already, holds it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            content = self._content(label)
            found = self._read(self.path(key))
            if found is None:
                got = create_whole(self.path(key), content)
            else:
                got = self._over(found) and self._settle(key, found.content, content)
        except OSError as error:
            raise StoreError(_told(self.folder, error)) from error
        if got:
            self._mine[key] = Claim(key, content, self)
        return self._mine[key] if got else None

    def end(self, claim: Claim) -> None:
        """Remove a claim of this process, unless it was lost."""
        self._mine.pop(claim.key, None)
        try:
            self._settle(claim.key, claim.content, None)
        except OSError as error:
            raise StoreError(_told(self.folder, error)) from error

    def release(self, key: str) -> None:
        """Let go of a cell that this process claimed; nothing happens where it did not."""
        if key in self._mine:
            self._mine[key].release()

    def held(self) -> list[Held]:
        """Every claim there is, the oldest first."""
        if not self.folder.is_dir():
            return []
        now, found = self._now(), [self._read(path) for path in sorted(self.folder.glob(f"*{_SUFFIX}"))]
        seen = [one.seen(now, self._over(one)) for one in found if one]
        return sorted(seen, key=lambda one: -one.seconds)

    def path(self, key: str) -> Path:
        """The file of the claim to a cell."""
        return self.folder / f"{key}{_SUFFIX}"

    def _settle(self, key: str, content: bytes, replacement: bytes | None) -> bool:
        """Replace or remove a claim, if it is still that one; -> whether it was. Of several who try, one does."""
        marker = self.folder / f"{TEMPORARY}{hashlib.sha256(key.encode() + content).hexdigest()[:32]}"
        if not create_whole(marker, b""):
            self._forget(marker)
            return False
        try:
            now = self._read(self.path(key))
            if now is None or now.content != content:
                return False
            if replacement is None:
                self.path(key).unlink()
            else:
                write_whole(self.path(key), replacement, lasting=False)
        finally:
            marker.unlink(missing_ok=True)
        return True

    def _forget(self, marker: Path) -> None:
        """Remove a marker whose process was killed in the moment between making and removing it."""
        with suppress(FileNotFoundError):
            if self._now() - marker.stat().st_mtime_ns > WATCH_S * 1e9:
                marker.unlink()

    def _content(self, label: str) -> bytes:
        """Owner, label, the moment in the time of the file system, and a token: no two claims are alike."""
        row = {"owner": Owner.me().row(), "label": label, "since": self._now(), "token": uuid.uuid4().hex}
        return json.dumps(row, sort_keys=True).encode()

    def _now(self) -> int:
        """The time of the file system, in ns: that of a file touched just now in the same folder."""
        try:
            with tempfile.TemporaryFile(dir=self.folder, prefix=TEMPORARY) as file:
                os.utime(file.fileno())
                return os.fstat(file.fileno()).st_mtime_ns
        except OSError:  # who may only read claims nothing: a clock of this machine is enough to look at ages
            return time.time_ns()

    def _read(self, path: Path) -> "_Found | None":
        try:
            with path.open("rb") as file:  # opening makes NFS ask its server, which `stat` alone may not
                return _Found(path.stem, file.read(), os.fstat(file.fileno()).st_mtime_ns)
        except FileNotFoundError:
            return None

    def _over(self, found: "_Found") -> bool:
        if found.owner and found.owner.ended:
            return True
        touched, since = self._watched.get(found.content, (0, 0.0))
        if touched != found.touched:
            touched, since = self._watched[found.content] = found.touched, self.clock()
        watched = self.clock() - since
        old = (self._now() - touched) / 1e9 > EXPIRY_S
        return watched > EXPIRY_S or (old and watched > WATCH_S)


@dataclass(frozen=True)
class _Found:
    """A claim file as it was read; a text that says nothing has no owner and ends by its time alone."""

    key: str
    content: bytes
    touched: int

    @property
    def row(self) -> dict[str, Any]:
        try:
            row = json.loads(self.content)
        except ValueError:
            return {}
        return row if isinstance(row, dict) else {}

    @property
    def owner(self) -> Owner | None:
        try:
            return Owner(**self.row["owner"])
        except (KeyError, TypeError):
            return None

    def seen(self, now: int, over: bool) -> Held:
        since = self.row.get("since", self.touched)
        quiet = max(0.0, (now - self.touched) / 1e9)
        return Held(self.key, self.owner, self.row.get("label", ""), max(0.0, (now - since) / 1e9), quiet, over)


def _told(folder: Path, error: OSError) -> str:
    return message(f"a folder that can be written at {folder}", str(error), "choose another --out")
