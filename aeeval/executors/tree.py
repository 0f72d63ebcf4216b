"""The processes that a process started, by /proc: how much memory they take, and their end."""

import contextlib
import os
import signal
import time
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


def children(pid: int) -> list[int]:
    """The processes that a process forked or adopted, by any of its threads."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def below(pid: int, without: frozenset[int] = frozenset()) -> list[int]:
    """All descendants of a process, but those in `without` and theirs."""
    found, waiting = [], [child for child in children(pid) if child not in without]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children(one)
    return found


def private_bytes(pid: int) -> int:
    """Resident memory of a process that no file backs, shared memory included."""
    try:
        resident, shared = (int(word) for word in Path(f"/proc/{pid}/statm").read_text().split()[1:3])
        status = Path(f"/proc/{pid}/status").read_text(errors="replace")
    except (OSError, ValueError):
        return 0
    memory_files = next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("RssShmem")), 0)
    return (resident - shared) * _PAGE + memory_files


def kill_all(pid: int, without: frozenset[int] = frozenset()) -> frozenset[int]:
    """Kill every descendant of a process; those that fork meanwhile are found again.

    -> those that were killed. They run no line any more, but it takes a moment until their memory is given back.
    """
    killed: set[int] = set()
    while new := [one for one in below(pid, without) if one not in killed]:
        for one in new:
            with contextlib.suppress(OSError):
                if os.getpgid(one) == one:
                    os.killpg(one, signal.SIGKILL)
            with contextlib.suppress(OSError):
                os.kill(one, signal.SIGKILL)
        killed.update(new)
    return frozenset(killed)


def end_all(pid: int, without: frozenset[int] = frozenset(), patience_s: float = 5.0) -> None:
    """Kill and reap every descendant of the calling process `pid`."""
    stop = time.monotonic() + patience_s
    while kill_all(pid, without) and time.monotonic() < stop:
        reap(pid, without)
        time.sleep(0.001)


def reap(pid: int, without: frozenset[int] = frozenset()) -> dict[int, int]:
    """The exit statuses of the children of the calling process that have ended."""
    ended = {}
    for one in children(pid):
        if one not in without:
            with contextlib.suppress(ChildProcessError):
                done, status = os.waitpid(one, os.WNOHANG)
                if done:
                    ended[done] = os.waitstatus_to_exitcode(status)
    return ended
