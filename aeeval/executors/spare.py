"""A process that waits for its submission: forked ahead, while the one before is at work.

A fork of all that a worker has imported takes longer than anything else that a cell is started with.
"""

import dataclasses
import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from aeeval.executors import cage, child

MOST = 2**16


@dataclass(frozen=True)
class Errand:
    """What a child is sent with: its limits and folder, and the files for what it prints, its questions, its rules."""

    limits: cage.Limits
    scratch: Path
    outputs: int
    end: int
    rules: int | None


@dataclass(frozen=True)
class Spare:
    """A fork of this process that has done nothing yet, and the socket that its errand goes over."""

    pid: int
    orders: socket.socket

    @classmethod
    def forked(cls) -> "Spare":
        """A new one; it ends with this process."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            ours.close()
            _wait(theirs)
        theirs.close()
        return cls(pid, ours)

    def send(self, errand: Errand) -> bool:
        """Send it on its errand; -> whether it went, which one that was killed does not."""
        told = json.dumps([dataclasses.asdict(errand.limits), str(errand.scratch)]).encode()
        files = [errand.outputs, errand.end, *([] if errand.rules is None else [errand.rules])]
        try:
            socket.send_fds(self.orders, [told], files)
        except OSError:
            return False
        finally:
            self.orders.close()
        return True


def _wait(orders: socket.socket) -> NoReturn:
    """The fork: it holds no file of its parent's, and becomes the process of a submission."""
    status = 1
    try:
        cage.die_with_parent()
        cage.close_all_but(orders.fileno())
        told, files, _, _ = socket.recv_fds(orders, MOST, 3)
        if told:
            limits, scratch = json.loads(told)
            limits["hidden"] = tuple(limits["hidden"])
            outputs, end, *rules = files
            os.set_inheritable(end, False)  # not for programs that it becomes
            cage.enter(cage.Limits(**limits), Path(scratch), outputs, keep=end, rules=rules[0] if rules else None)
            child.main(socket.socket(fileno=end))
        status = 0
    finally:
        os._exit(status)
