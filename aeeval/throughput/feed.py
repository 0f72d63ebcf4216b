"""Inputs for timed calls: real rows, made before the clock starts, and never the same contents for long."""

import itertools
from collections import deque
from collections.abc import Callable

import torch
from torch import Tensor

from aeeval.errors import UsageError
from aeeval.throughput.guards import compare, plain

BUFFERS, FEW_BUFFERS = 4, 2
LARGE = 64 << 20  # bytes of a buffer from which on there are few of them
Function = Callable[[Tensor], Tensor]


class Feed:
    """A few buffers of `batch` rows, windows into the real rows (n, *shape) that wrap around at the end.

    `next` hands out the buffers in turn, which costs a timed call nothing; `refresh` rewrites all of them in place, one
    row further on, so that the contents of a buffer change and its address does not. Zeros or a single repeated row
    would not do: some kernels are faster on them.
    """

    def __init__(self, rows: Tensor, batch: int):
        if len(rows) < 2:
            raise UsageError(f"expected at least 2 rows to rotate between; got {len(rows)}; give more of the data")
        self._rows, self._batch, self._offset = rows, batch, 0
        large = rows[0].numel() * rows.element_size() * batch > LARGE
        self._buffers = [self._window(start) for start in range(FEW_BUFFERS if large else BUFFERS)]
        self._turns = itertools.cycle(self._buffers)

    def next(self) -> Tensor:
        """The next buffer, (batch, *shape)."""
        return next(self._turns)

    def refresh(self) -> None:
        """New contents for every buffer."""
        self._offset += 1
        for start, buffer in enumerate(self._buffers):
            buffer.copy_(self._window(self._offset + start))

    def _window(self, start: int) -> Tensor:
        index = torch.arange(start, start + self._batch, device=self._rows.device) % len(self._rows)
        rows = self._rows[index]
        return rows.pin_memory() if self._rows.is_pinned() else rows


class FedCall:
    """A call without arguments for the engine, which remembers its last two inputs and outputs for `verify`.

    `reference` is the function that answers are held against, on copies of the inputs; the timed one by default.
    """

    def __init__(self, function: Function, feed: Feed, reference: Function | None = None):
        self._function, self._feed, self._reference = function, feed, reference or function
        self._last: deque[tuple[Tensor, Tensor]] = deque(maxlen=2)

    def __call__(self) -> None:
        rows = self._feed.next()
        self._last.append((rows, self._function(rows)))

    def verify(self, op: str) -> None:
        """Raise `SubmissionError` unless timed outputs are what the reference gives on fresh copies of the inputs.

        Checked for the last timed call, and after a refresh for two calls in a row, the later one first: an answer
        remembered for the address or the identity of a buffer is wrong then, and so is one handed out a second time
        instead of every other answer. What is remembered for the contents is caught by the operators that are missing
        (`aeeval.throughput.guards.same_work`).
        """
        self._check(op, 1)  # the contents of the buffer before it may have been renewed since
        self._feed.refresh()
        self()
        self()
        self._check(op, 2)

    def _check(self, op: str, calls: int) -> None:
        for rows, output in list(reversed(self._last))[:calls]:
            compare(plain(output, op), plain(self._reference(rows.clone()), op), rows, op)
