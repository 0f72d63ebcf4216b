"""The warden of a slot: a process with everything imported that forks the judge once and a fresh child a submission.

It runs no code of a submission itself. It watches the child's memory and scratch folder, drains what it prints, and
when the child is done ends everything that it started. It ends with the process that started it.
"""

import array
import contextlib
import gc
import json
import os
import select
import shutil
import signal
import socket
import tempfile
import time
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from aeeval.executors import cage, tree
from aeeval.executors.judge import judge
from aeeval.executors.spare import Errand, Spare

TICK_MS = 50
DISK_EVERY = 4  # ticks
TAIL = 4000
LAST_MOMENT_S = 0.3  # a process closes its files a little before it has ended
LIFELINE = 0
_LAZY = ("threadpoolctl", "sklearn.covariance", "sklearn.decomposition", "sklearn.mixture")


@dataclass
class Watched:
    """A running child: its limits, what it took, what it printed last, and why it was killed."""

    pid: int
    limits: cage.Limits
    scratch: Path
    outputs: int
    start_bytes: int
    ticks: int = 0
    tail: bytes = b""
    killed: str = ""
    alive: bool = False
    status: int | None = None


@dataclass
class Warden:
    """One judge, at most one child at a time."""

    requests: socket.socket
    judge_pid: int
    folder: Path
    watched: Watched | None = None
    ended: dict[str, Any] = field(default_factory=dict)
    spare: Spare | None = None
    dying: frozenset[int] = frozenset()
    rules: cage.Rules = field(init=False)

    def __post_init__(self) -> None:
        self.rules = cage.Rules(self.folder)

    def run(self) -> None:
        """Serve until the judge or the one who started this process is gone."""
        try:
            while self._turn():
                pass
        finally:
            tree.end_all(os.getpid())  # at once: whoever is gone asks nobody how it ended
            shutil.rmtree(self.folder, ignore_errors=True)

    def _turn(self) -> bool:
        poll = select.poll()
        for source in (LIFELINE, self.requests.fileno()):
            poll.register(source, select.POLLIN)
        if self.watched:
            poll.register(self.watched.outputs, select.POLLIN)
        for source, _ in poll.poll(TICK_MS if self.watched or self.dying else None):
            if source == LIFELINE:
                return False
            if source == self.requests.fileno() and not self._request():
                return False
            if self.watched and source == self.watched.outputs:
                self._drain(self.watched)
        if self.watched:
            self._watch(self.watched)
        if self.dying:
            current = {self.watched.pid} if self.watched else set()
            self.dying -= tree.reap(os.getpid(), self._ours() | current).keys()
        return True

    def _request(self) -> bool:
        text, ends = _received(self.requests)
        if not text:
            return False
        asked = json.loads(text)
        if "start" in asked:
            self._start(cage.Limits(**asked["start"]), ends[0])
        elif "drop" in asked:
            self._drop()
        else:
            self._end()
            self._bury()
            self.requests.sendall(json.dumps(self.ended).encode() + b"\n")
        for end in ends:
            os.close(end)
        if self.watched and self.spare is None:  # only now, as a fork keeps open what is open
            self.spare = Spare.forked()
        return True

    def _start(self, limits: cage.Limits, end: int) -> None:
        self._end()
        self.ended = {}
        scratch = Path(tempfile.mkdtemp(dir=self.folder))
        reading, writing = os.pipe()
        try:
            pid = self._sent(Errand(limits, scratch, writing, end, self.rules.of(limits)))
        finally:
            os.close(writing)
        os.set_blocking(reading, False)
        self.watched = Watched(pid, limits, scratch, reading, tree.private_bytes(os.getpid()))

    def _sent(self, errand: Errand) -> int:
        """The process that goes: the spare one, or a new one where that is gone."""
        while True:
            spare, self.spare = self.spare or Spare.forked(), None
            if spare.send(errand):
                return spare.pid
            tree.end_all(os.getpid(), self._ours())  # whoever killed it, its remains are ours

    def _watch(self, watched: Watched) -> None:
        pids = tree.below(os.getpid(), self._ours() | self.dying)
        taken = sum(max(0, tree.private_bytes(pid) - watched.start_bytes) for pid in pids)
        watched.ticks += 1
        if taken > watched.limits.memory_mb * cage.MB:
            self._kill(watched, f"took more than {watched.limits.memory_mb} MB of memory")
        elif watched.ticks % DISK_EVERY == 0 and _size(watched.scratch) > watched.limits.scratch_mb * cage.MB:
            self._kill(watched, f"wrote more than {watched.limits.scratch_mb} MB into its scratch folder")
        elif len(pids) > cage.PROCESSES:
            self._kill(watched, f"started more than {cage.PROCESSES} processes")

    def _kill(self, watched: Watched, reason: str) -> None:
        watched.killed = watched.killed or reason
        self._sweep(watched)

    def _sweep(self, watched: Watched) -> None:
        """End the child and all that it started; keep how the child itself ended."""
        if watched.status is None:
            ended = _ended(watched.pid, 0.0 if watched.killed else LAST_MOMENT_S)
            if ended is None:
                watched.alive = True
                for kill in (os.killpg, os.kill):
                    with contextlib.suppress(OSError):
                        kill(watched.pid, signal.SIGKILL)
                ended = os.waitpid(watched.pid, 0)
            watched.status = os.waitstatus_to_exitcode(ended[1])
        tree.end_all(os.getpid(), self._ours() | self.dying)

    def _ours(self) -> frozenset[int]:
        """The children that are no submissions."""
        return frozenset({self.judge_pid, *([self.spare.pid] if self.spare else [])})

    def _drop(self) -> None:
        """Kill the child with all that it started and go on: nobody asks how it ended."""
        if self.watched is not None:
            self.dying |= tree.kill_all(os.getpid(), self._ours() | self.dying)
            self._forget(self.watched)

    def _bury(self) -> None:
        """Wait until those that were killed are gone, with what they may have written while they were."""
        tree.end_all(os.getpid(), self._ours())
        self.dying = frozenset()
        for left in self.folder.iterdir():
            shutil.rmtree(left, ignore_errors=True)

    def _end(self) -> None:
        """End the child, if there is one, and note how it ended."""
        if (watched := self.watched) is None:
            return
        self._sweep(watched)
        self._drain(watched)
        self._forget(watched)
        tail = watched.tail.decode(errors="replace")
        self.ended = {"killed": watched.killed, "alive": watched.alive, "status": watched.status, "tail": tail}

    def _forget(self, watched: Watched) -> None:
        os.close(watched.outputs)
        shutil.rmtree(watched.scratch, ignore_errors=True)
        self.watched = None

    def _drain(self, watched: Watched) -> None:
        """Read what was printed, at most 1 MB a turn, and keep its end."""
        with contextlib.suppress(BlockingIOError):
            for _ in range(16):
                if not (part := os.read(watched.outputs, 2**16)):
                    return
                watched.tail = (watched.tail + part)[-TAIL:]


def _ended(pid: int, patience_s: float) -> tuple[int, int] | None:
    """The id and status of a child that has ended, or does so in a moment."""
    stop = time.monotonic() + patience_s
    while True:
        done = os.waitpid(pid, os.WNOHANG)
        if done[0]:
            return done
        if time.monotonic() >= stop:
            return None
        time.sleep(0.002)


def _size(folder: Path) -> int:
    """Bytes of all files below a folder; what cannot be listed counts nothing."""
    total = 0
    for root, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += (Path(root) / name).lstat().st_blocks * 512
    return total


def _received(end: socket.socket) -> tuple[bytes, list[int]]:
    """A line of a request with the sockets that came with it."""
    try:
        text, data, _, _ = end.recvmsg(2**16, socket.CMSG_SPACE(4))
    except OSError:
        return b"", []
    ends = array.array("i")
    for level, kind, content in data:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            ends.frombytes(content[: len(content) - len(content) % ends.itemsize])
    return text, list(ends)


def _preload() -> None:
    """Import what cells need, also what torch and scikit-learn leave until it is used: a fork has it for nothing.

    No gradient is computed and no device asked, as neither survives a fork.
    """
    import torch

    from aeeval.metrics import all_metrics

    for module in _LAZY:
        import_module(module)
    torch.set_num_threads(1)
    all_metrics()
    gc.collect()
    gc.freeze()  # a collection in a fork would touch, and so copy, all that was imported
    weight = torch.zeros(1, requires_grad=True)
    weight.grad = torch.zeros(1)
    torch.optim.Adam([weight], fused=True).step()


def main(channel: int, folder: str) -> None:
    """Become the warden of the judge that speaks over a channel to the one who started this process.

    Scratch folders of submissions are made in `folder`, which is gone at the end.
    """
    _preload()
    for number in (signal.SIGINT, signal.SIGTERM):  # from now on it ends when the one who started it closes its input
        signal.signal(number, signal.SIG_IGN)
    cage.adopt_orphans()
    own, judges = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        cage.die_with_parent()
        own.close()
        os.dup2(os.open(os.devnull, os.O_RDONLY), LIFELINE)
        judge(Connection(channel), judges)
        os._exit(0)
    judges.close()
    os.close(channel)
    Warden(own, pid, Path(folder)).run()
    os._exit(0)  # taking down all that was imported takes longer than a second
