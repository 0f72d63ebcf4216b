"""Who holds a claim: a process, named so that others can tell whether it still lives."""

import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_PROC = Path("/proc")
_ENDED = ("Z", "X")  # states of a process that has ended and was not yet waited for


@dataclass(frozen=True)
class Owner:
    """A process: its machine, since which boot, in which process namespace, its id and the moment of its start.

    An id alone is used again by later processes, and in every container; with the rest it is unique.
    """

    host: str
    boot: str
    namespace: str
    pid: int
    started: str

    @classmethod
    def me(cls) -> "Owner":
        """This process."""
        pid = os.getpid()
        return cls(socket.gethostname(), _boot(), _namespace(), pid, _stat(pid)[1])

    @property
    def ended(self) -> bool:
        """Whether the process is known to have ended; of another machine or container nothing is known."""
        if not self.boot or (self.host, self.boot, self.namespace) != (socket.gethostname(), _boot(), _namespace()):
            return False
        state, started = _stat(self.pid)
        return state in ("", *_ENDED) or started != self.started

    def row(self) -> dict[str, Any]:
        """The fields, for JSON."""
        return asdict(self)


def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _namespace() -> str:
    try:
        return str((_PROC / "self/ns/pid").readlink())
    except OSError:
        return ""


def _stat(pid: int) -> tuple[str, str]:
    """State and start (in ticks since boot) of a process; both empty where there is none."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "", ""
    return fields[0], fields[19]
