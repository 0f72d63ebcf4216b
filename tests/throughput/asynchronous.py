"""A device on real clocks whose calls return at once: a thread works through its queue, sleeping for each of them."""

import queue
import threading
import time
from dataclasses import dataclass

from aeeval.throughput.device import Memory


@dataclass
class Stamp:
    """A mark: the moment at which the queue got there."""

    at: float | None = None


class Asynchronous:
    """Sleeps instead of kernels: never shorter than asked, longer where the machine is busy."""

    kind = "fake"
    name = "sleeping thread"

    def __init__(self):
        self._work = queue.Queue()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            item = self._work.get()
            if isinstance(item, Stamp):
                item.at = time.perf_counter()
            else:
                time.sleep(item)
            self._work.task_done()

    def run(self, seconds):
        self._work.put(seconds)

    def now(self):
        return time.perf_counter()

    def synchronize(self):
        self._work.join()

    def mark(self):
        stamp = Stamp()
        self._work.put(stamp)
        return stamp

    def elapsed(self, a, b):
        return b.at - a.at

    def flush(self):
        pass

    def cpu_now(self):
        return None

    def peak_memory(self, call):
        call()
        return Memory(None, None)

    def joules(self):
        return None

    def facts(self):
        return {}

    def throttle(self):
        return None

    def hold(self, seconds):
        self._work.put(seconds)

    def passed(self, mark):
        return mark.at is not None
