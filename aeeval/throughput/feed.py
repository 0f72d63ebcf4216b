"""Inputs for timed calls: real rows, made before the clock starts, and never the same contents for long."""

import itertools
from collections.abc import Callable

import torch
from torch import Tensor

from aeeval.errors import SubmissionError, UsageError

BUFFERS = 4
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
        self._buffers = [self._window(start) for start in range(BUFFERS)]
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
        return self._rows[index]


class FedCall:
    """A call without arguments for the engine, which remembers the last input and output for `verify`."""

    def __init__(self, function: Function, feed: Feed):
        self._function, self._feed = function, feed
        self._input: Tensor = feed.next()
        self._output: Tensor = self._input

    def __call__(self) -> None:
        self._input = self._feed.next()
        self._output = self._function(self._input)

    def verify(self, op: str) -> None:
        """Raise `SubmissionError` unless the timed outputs are what the function gives on a fresh copy of the input.

        Checked twice: for the last timed call, and after a refresh, when an answer remembered for the address or the
        identity of a buffer is wrong. An answer remembered for the contents is not caught.
        """
        self._compare(op)
        self._feed.refresh()
        self()
        self._compare(op)

    def _compare(self, op: str) -> None:
        timed, reference = _plain(self._output, op), _plain(self._function(self._input.clone()), op)
        if timed.shape != reference.shape or len(timed) != len(self._input):
            got = f"{tuple(timed.shape)} when timed and {tuple(reference.shape)} when not"
            raise SubmissionError(
                f"expected {len(self._input)} rows from {op}; got {got}; return one row for each input"
            )
        # sqrt(eps) of the output's own precision: no honest kernel is that far from itself, any stale answer is.
        allowed = torch.finfo(timed.dtype).eps ** 0.5 * float(reference.abs().max())
        error = float((timed - reference).abs().max())
        if not error <= allowed:
            way_out = f"compute {op} anew at every call, and without random draws"
            raise SubmissionError(f"expected the untimed output within {allowed:.3g}; got {error:.3g} off; {way_out}")


def _plain(output: object, op: str) -> Tensor:
    """The tensor that a contract-abiding call returned; a lazy stand-in could leave the work for later."""
    first = output[0] if isinstance(output, tuple) else output
    if type(first) is not Tensor:
        raise SubmissionError(
            f"expected a plain tensor from {op}; got {type(first).__name__}; return the computed values"
        )
    return first
