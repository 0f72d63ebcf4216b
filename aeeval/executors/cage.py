"""What a process gives up before it runs a submission. Everything here works without privileges."""

import ctypes
import os
import platform
import resource
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aeeval.executors import landlock

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
MB = 10**6
PROCESSES = 64


@dataclass(frozen=True)
class Limits:
    """What a submission may use: memory beyond what its process starts with, files, and paths it shall not read.

    `device` tells whether the address space may be limited, which CUDA does not bear.
    """

    memory_mb: int
    scratch_mb: int = 1000
    hidden: tuple[str, ...] = ()
    device: str = "cpu"


def protections() -> dict[str, Any]:
    """What guards a run on this machine; it stands in the environment of its records."""
    version = landlock.abi() if platform.system() == "Linux" else 0
    return {
        "landlock": version,  # 0: none; 1: files; 4: ports too; 6: signals too
        "limits": ["memory", "file size", "scratch folder", "processes", "time"],
    }


def enter(limits: Limits, scratch: Path, outputs: int, keep: int, rules: int | None) -> None:
    """Give up, for good: the session and terminal, all files but the socket `keep`, and what `limits` says.

    `outputs` takes all that is printed; `rules` are those of `Rules`. Runs in a fresh fork, as its first act.
    """
    if rules is not None:
        landlock.enter(rules)
    os.setsid()
    die_with_parent()
    _redirect(outputs, keep)
    os.chdir(scratch)
    os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
    os.environ["AEEVAL_CACHE_MB"] = "0"  # it is out of reach, and what a submission would keep there is not believed
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL if number != signal.SIGXFSZ else signal.SIG_IGN)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, limits.scratch_mb * MB)
    if os.geteuid() != 0:  # root is not bound by it, and the count of others' processes would be
        _limit(resource.RLIMIT_NPROC, _processes_of_user() + PROCESSES)
    if limits.device == "cpu":
        _limit(resource.RLIMIT_DATA, _data_bytes() + limits.memory_mb * MB)


class Rules:
    """Landlock rules for all children of a warden, made again only when a folder above a hidden path has changed."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._known: tuple[Any, ...] = ()
        self._rules: int | None = None

    def of(self, limits: Limits) -> int | None:
        """The descriptor of the rules; None where the kernel has no Landlock."""
        if not protections()["landlock"]:
            return None
        hidden = [Path(path) for path in limits.hidden]
        if (known := (limits.hidden, landlock.state(hidden))) != self._known:
            if self._rules is not None:
                os.close(self._rules)
            devices = [path for name in _DEVICES for path in Path("/dev").glob(name)]
            self._rules = landlock.ruleset(writable=[self._folder, *devices], hidden=hidden)
            self._known = known
        return self._rules


_DEVICES = ("null", "zero", "nvidia*", "dri")


def die_with_parent() -> None:
    """This process gets SIGKILL when the one that forked it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def adopt_orphans() -> None:
    """Processes whose parent ends become children of this one, so that none is lost sight of."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _redirect(outputs: int, keep: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for old, new in ((nothing, 0), (outputs, 1), (outputs, 2)):
        os.dup2(old, new)
    close_all_but(keep)


def close_all_but(keep: int) -> None:
    """Close all files but the standard ones and one."""
    highest = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    os.closerange(3, keep)
    os.closerange(keep + 1, min(highest, 65536))


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def _data_bytes() -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0


def _processes_of_user() -> int:
    """Processes and threads of this user now: the limit counts all of them."""
    user, count = os.geteuid(), 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.stat().st_uid == user:
                count += sum(1 for _ in (folder / "task").iterdir())
        except OSError:
            continue
    return count
