"""Encode and decode, each timed by itself at every batch size, on real rows, with the answers checked."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aeeval.errors import UsageError
from aeeval.throughput.device import Device
from aeeval.throughput.engine import measure
from aeeval.throughput.feed import FedCall, Feed, Function
from aeeval.throughput.timing import Timing

# What torch says on a GPU, and on a CPU.
MEMORY_WORDS = ("out of memory", "can't allocate memory")


@dataclass(frozen=True)
class Failure:
    """A batch size at which an operation could not be timed, and why: a row of the table like any other."""

    op: str
    batch: int
    reason: str


def bench(
    encode: Function,
    decode: Function,
    rows: Tensor,
    codes: Tensor,
    device: Device,
    *,
    batches: Sequence[int],
    min_time_s: float = 0.5,
) -> list[Timing | Failure]:
    """One timing for each of encode and decode at each batch size: latency at batch 1, stream at the larger ones.

    `rows` (n, *shape) and `codes` (n, k) are real data, n >= 2, on the device already: transfers are not timed. Neither
    operation is derived from the other or from a round trip by subtraction. Runs under `torch.inference_mode` with the
    caller's number of threads. A batch that does not fit into memory becomes a `Failure`; raises `SubmissionError` when
    a timed output is not what the same call gives untimed.
    """
    if not batches or min(batches) < 1:
        raise UsageError(f"expected batch sizes of at least 1; got {list(batches)}; name some, like [1, 256]")
    operations = (("encode", encode, rows), ("decode", decode, codes))
    with torch.inference_mode():
        return [
            _timed(op, function, data, batch, device, min_time_s)
            for op, function, data in operations
            for batch in batches
        ]


def _timed(
    op: str, function: Function, data: Tensor, batch: int, device: Device, min_time_s: float
) -> Timing | Failure:
    mode = "latency" if batch == 1 else "stream"
    try:
        feed = Feed(data, batch)
        call = FedCall(function, feed)
        timing = measure(call, device, batch=batch, op=op, mode=mode, min_time_s=min_time_s, prepare=feed.refresh)
        call.verify(op)
    except (MemoryError, RuntimeError) as error:
        if not _ran_out_of_memory(error):
            raise
        return Failure(op, batch, f"out of memory at batch {batch}")
    return timing


def _ran_out_of_memory(error: Exception) -> bool:
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or any(words in str(error) for words in MEMORY_WORDS)
