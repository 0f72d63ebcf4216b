"""Encode, decode and the round trip, each timed by itself, at batch sizes that grow until that brings no speed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from aeeval.errors import AeevalError, Skipped, UsageError, message
from aeeval.throughput.ceilings import Ceilings
from aeeval.throughput.device import Device, HoldingDevice
from aeeval.throughput.energy import energy_of
from aeeval.throughput.engine import measure
from aeeval.throughput.feed import FedCall, Feed
from aeeval.throughput.roofline import launch_bound, place
from aeeval.throughput.row import FAILED, NOT_MEASURED, NOWHERE, OUT_OF_MEMORY, Row, Who
from aeeval.throughput.setting import Setting, computing
from aeeval.throughput.subject import OPERATIONS, Subject

# What torch says on a GPU, and on a CPU.
MEMORY_WORDS = ("out of memory", "can't allocate memory")
GROWTH, GAIN, FLAT = 4, 0.05, 2
LONGEST_CALL_S = 2.0
LARGEST_BATCH = 4**10
LARGEST_BUFFER = {"cpu": 1 << 28}  # bytes of rows: memory of the host that runs out takes other processes with it


@dataclass(frozen=True)
class Plan:
    """How much is measured: `batches`, or 1, 4, 16, ... until saturation; `min_time_s` a timing, and at most so
    many `timeouts` of that; with `cold`, one synchronised call with flushed caches too.

    Saturated is what gained under 5 % twice running, takes over 2 s a call, or did not fit into memory.
    """

    batches: tuple[int, ...] | None = None
    operations: tuple[str, ...] = OPERATIONS
    min_time_s: float = 0.5
    cold: bool = True
    timeouts: float = 10.0
    energy_window_s: float = 2.0

    def __post_init__(self) -> None:
        if self.batches is not None and (not self.batches or min(self.batches) < 1):
            raise UsageError(message("batch sizes of at least 1", str(list(self.batches)), "name some, like 1 256"))


def bench(
    subject: Subject,
    device: Device,
    plan: Plan,
    *,
    who: Who,
    ceilings: Ceilings | None = None,
    fvu: float | None = None,
) -> Iterator[Row]:
    """A row for every operation and batch size of a subject, in the caller's number of threads, without gradients.

    No operation is derived from another by subtraction. What does not fit into memory is a row; raises
    `SubmissionError` where the guards find a time that means nothing.
    """
    for op in plan.operations:
        yield from sweep(subject, op, device, plan, who=who, ceilings=ceilings, fvu=fvu)


def sweep(
    subject: Subject,
    op: str,
    device: Device,
    plan: Plan,
    *,
    who: Who,
    ceilings: Ceilings | None = None,
    fvu: float | None = None,
) -> list[Row]:
    """The rows of one operation; the best batch has its energy measured too, where the device counts it."""
    facts = Row(
        who,
        subject.setting,
        op,
        0,
        parameters=subject.parameters,
        weights_bytes=subject.weights_bytes,
        work=subject.work(op),
        fvu=fvu,
    )
    rows: list[Row] = []
    for batch in plan.batches or _by_fours(rows, _most(subject, op, device)):
        rows.append(_row(replace(facts, batch=batch), subject, device, plan, ceilings))
    return _with_energy(rows, subject, device, plan)


def lost(who: Who, setting: Setting, error: AeevalError, operations: Sequence[str] = OPERATIONS) -> list[Row]:
    """The rows of a model that could not be measured at a setting, and why."""
    status = NOT_MEASURED if isinstance(error, Skipped) else FAILED
    return [Row(who, setting, op, 0, status, str(error)) for op in operations]


def best(rows: Sequence[Row]) -> Row | None:
    """The row with the most samples a second; None where none was measured."""
    return max((row for row in rows if row.samples_per_s), key=lambda row: row.samples_per_s or 0.0, default=None)


def _most(subject: Subject, op: str, device: Device) -> int:
    if device.kind not in LARGEST_BUFFER:
        return LARGEST_BATCH
    return min(LARGEST_BATCH, int(LARGEST_BUFFER[device.kind] / max(subject.work(op).row_bytes, 1.0)))


def _by_fours(rows: Sequence[Row], most: int) -> Iterator[int]:
    """Batch sizes for as long as the rows that they led to go on getting faster."""
    batch = 1
    while batch <= most:
        yield batch
        if _saturated(rows):
            return
        batch *= GROWTH


def _saturated(rows: Sequence[Row]) -> bool:
    if rows[-1].period_s is None or rows[-1].period_s > LONGEST_CALL_S:
        return True
    rates = [_speed(row) for row in rows]
    # Against the best so far: a dip is no gain, nor is the way back out of it.
    gains = [rate > (1 + GAIN) * max(rates[:i]) for i, rate in enumerate(rates) if i]
    return len(gains) >= FLAT and not any(gains[-FLAT:])


def _speed(row: Row) -> float:
    """Rows a second by thread time where it is known: others on the processor do not end a sweep."""
    stream = row.timings.get("stream")
    return 0.0 if stream is None else row.batch / (stream.cpu_p50 or stream.p50)


def _row(facts: Row, subject: Subject, device: Device, plan: Plan, ceilings: Ceilings | None) -> Row:
    try:
        with torch.inference_mode(), computing(subject.setting.number_type):
            return _measured(facts, subject, device, plan, ceilings)
    except (MemoryError, RuntimeError) as error:
        if not _ran_out_of_memory(error):
            raise
        return replace(facts, status=OUT_OF_MEMORY, reason=f"out of memory at batch {facts.batch}")
    except Skipped as error:
        return replace(facts, status=NOT_MEASURED, reason=str(error))


def _measured(facts: Row, subject: Subject, device: Device, plan: Plan, ceilings: Ceilings | None) -> Row:
    op, batch = facts.op, facts.batch
    feed, ready = Feed(subject.data(op), batch), subject.prepared(op)
    call = FedCall(ready.function, feed, subject.reference(op))
    timings = {
        f"{mode}{' cold' if cache == 'cold' else ''}": measure(
            call,
            device,
            batch=batch,
            op=op,
            mode=mode,
            cache=cache,
            min_time_s=plan.min_time_s,
            timeout_s=plan.timeouts * plan.min_time_s,
            prepare=feed.refresh,
        )
        for mode, cache in _questions(batch, device, plan)
    }
    call.verify(op)
    first = next(iter(timings.values()))
    alone, stream = timings.get("device"), timings["stream"]
    seconds = (alone or stream).p50
    return replace(
        facts,
        timings=timings,
        compile_s=first.first_call_s if ready.compiles else None,
        # Compiled code is no sequence of operators: on a CPU nothing tells its memory.
        memory=facts.memory if ready.compiles and device.kind == "cpu" else device.peak_memory(call),
        place=place(facts.work, batch, seconds, ceilings) if ceilings and facts.work else NOWHERE,
        launch_bound=launch_bound(stream.p50, alone.p50) if alone else None,
    )


def _questions(batch: int, device: Device, plan: Plan) -> list[tuple[str, str]]:
    """Modes and caches in the order in which they are asked: the first call of all is that of the first."""
    asked = [("latency", "hot"), *([("latency", "cold")] if plan.cold else [])] if batch == 1 else []
    return [*asked, ("stream", "hot"), *([("device", "hot")] if isinstance(device, HoldingDevice) else [])]


def _with_energy(rows: list[Row], subject: Subject, device: Device, plan: Plan) -> list[Row]:
    chosen = best(rows)
    if chosen is None or device.joules() is None or chosen.period_s is None:
        return rows
    with torch.inference_mode(), computing(subject.setting.number_type):
        call = FedCall(subject.prepared(chosen.op).function, Feed(subject.data(chosen.op), chosen.batch))
        call()  # compiled, where it is
        energy = energy_of(call, device, chosen.period_s, window_s=plan.energy_window_s)
    return [replace(row, energy=energy) if row is chosen else row for row in rows]


def _ran_out_of_memory(error: Exception) -> bool:
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or any(words in str(error) for words in MEMORY_WORDS)
