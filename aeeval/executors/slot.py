"""A slot: a warden and its judge as one worker that takes units one at a time, from start to certain end."""

import contextlib
import os
import pickle
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Any

from aeeval.cells import Cell, Unit
from aeeval.executors.work import THREADS, Work

_WARDEN = "aeeval.executors.warden"
_START = "import sys; sys.path[:] = {path!r}; from importlib import import_module as get; get({module!r}).main{given!r}"
PATIENCE_S = 2.0


class Slot:
    """One worker process tree. It starts at once and says `ready` when everything is imported.

    `gpu`: the one device that it sees, None for all.
    """

    def __init__(self, gpu: int | None = None):
        self.channel, theirs = Pipe()
        self.scratch = Path(tempfile.mkdtemp(prefix="aeeval-"))
        environment = {**os.environ, **dict.fromkeys(THREADS, "1")}
        if gpu is not None:
            environment["CUDA_VISIBLE_DEVICES"] = _visible(gpu)
        path = [entry or str(Path.cwd()) for entry in sys.path]
        command = _START.format(module=_WARDEN, path=path, given=(theirs.fileno(), str(self.scratch)))
        self._process = subprocess.Popen(
            [sys.executable, "-c", command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env=environment,
            start_new_session=True,
        )
        theirs.close()
        self.ready = False
        self.unit: Unit | None = None
        self.at: Cell | None = None
        self.task = ""
        self._work: Work | None = None

    @property
    def pid(self) -> int:
        """The warden's process."""
        return self._process.pid

    def hand(self, work: Work, unit: Unit) -> None:
        """Give it a unit, and the work first if it is new; raises `OSError` if the worker is gone."""
        if self._work is not work:
            self.tell("work", work.portable(), str(Path.cwd()), dict(os.environ))
            self._work = work
        self.unit, self.task, self.at = unit, unit.head.task, unit.open[0]
        self.tell("unit", unit)

    def tell(self, *words: Any) -> None:
        """Send a message."""
        self.channel.send_bytes(pickle.dumps(words))

    def hear(self) -> tuple[Any, ...]:
        """The next message; raises `EOFError` or `OSError` when the worker is gone."""
        heard: tuple[Any, ...] = pickle.loads(self.channel.recv_bytes())
        self.ready = True
        return heard

    def alive(self) -> bool:
        """Whether its processes are there and can be spoken to."""
        if self._process.poll() is not None or self.channel.closed:
            return False
        poll = select.poll()
        poll.register(self.channel.fileno(), select.POLLHUP | select.POLLERR)
        return not poll.poll(0)

    def ask_to_end(self) -> None:
        """Its warden ends everything when its standard input closes; one that still imports ends by the signal."""
        self.channel.close()
        self._process.terminate()
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()

    def close(self, patience_s: float = PATIENCE_S) -> None:
        """End all its processes for certain."""
        self.ask_to_end()
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)


def _visible(gpu: int) -> str:
    """The name of the gpu-th of the devices that this process may use."""
    named = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
    return named[gpu] if gpu < len(named) else str(gpu)


def close_all(slots: Sequence[Slot]) -> None:
    """End all of them side by side, however many there are."""
    for slot in slots:
        slot.ask_to_end()
    stop = time.monotonic() + PATIENCE_S
    for slot in slots:
        slot.close(max(0.0, stop - time.monotonic()))
