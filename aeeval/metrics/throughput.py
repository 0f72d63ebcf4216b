"""Throughput: what the timing engine measured, as records; no time without its quality."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

from aeeval.evidence import Evidence
from aeeval.metrics.base import Axis, Value, metric
from aeeval.metrics.reconstruction import fvu

TAILS = {"p50": 1, "p95": 59, "p99": 299}  # calls that a quantile needs


def _where(row: Any) -> dict[str, Axis]:
    return {name: getattr(row.setting, name) for name in ("device", "dtype", "backend")}


def _axes(row: Any) -> dict[str, Axis]:
    return {"op": row.op, "batch": row.batch, **_where(row)}


def _note(timing: Any, row: Any) -> str | None:
    """What a reader must know of a timing: that it did not settle, or what disturbed it."""
    notes = [] if timing.converged else [f"not converged: {timing.stop_reason}"]
    if timing.contended:
        notes.append("contended: something else used the processor")
    notes += [flag for flag in row.flags if flag.startswith("throttled")]
    return "; ".join(notes) or None


def _singles(evidence: Evidence) -> Iterator[Any]:
    """The rows at batch 1 that were measured."""
    return (row for row in evidence.timings if row.batch == 1 and row.timings)


@metric(
    capability="throughput",
    unit="samples/s",
    better="higher",
    ideal=None,
    range="(0, ∞)",
    margin=0.05,
    headline=True,
    version=2,
)
def samples_per_s(evidence: Evidence) -> Iterator[Value]:
    """Samples encoded or decoded a second: batch / median period of a steady stream; the headline is its best batch.

    Inputs are on the device already. `stderr` from the 95 % interval of the median. Axes op, batch, device, dtype,
    backend. Null: none. Source: ours; `aeeval.throughput.engine`.
    """
    for row in evidence.timings:
        if row.samples_per_s is None:
            yield Value.skipped(row.reason, **_axes(row))
            continue
        stream = row.timings["stream"]
        rate, width = row.samples_per_s, stream.relative_half_width
        stderr = rate * width / 1.96 if isfinite(width) else None
        yield Value(rate, stderr=stderr, axes=_axes(row), reason=_note(stream, row))


def _quantile(evidence: Evidence, name: str) -> Iterator[Value]:
    for row in _singles(evidence):
        timing = row.timings["latency"]
        seconds = getattr(timing, name)
        if seconds is None:
            yield Value.skipped(f"needs {TAILS[name]} calls, {len(timing.samples)} were made", **_axes(row))
        else:
            yield Value(1000 * seconds, axes=_axes(row), reason=_note(timing, row))


@metric(capability="throughput", unit="ms", better="lower", ideal=None, range="(0, ∞)")
def latency_p50(evidence: Evidence) -> Iterator[Value]:
    """Median time of one synchronised call at batch 1, in milliseconds. Axes op, device, dtype, backend.

    q₅₀(t), t the times of all calls. Null: none. Source: ours; `aeeval.throughput.engine`.
    """
    return _quantile(evidence, "p50")


@metric(capability="throughput", unit="ms", better="lower", ideal=None, range="(0, ∞)")
def latency_p95(evidence: Evidence) -> Iterator[Value]:
    """95 % quantile of the time of one call at batch 1, in milliseconds; from 59 calls on.

    q₉₅(t), t the times of all calls. Null: none. Source: ours; `aeeval.throughput.engine`.
    """
    return _quantile(evidence, "p95")


@metric(capability="throughput", unit="ms", better="lower", ideal=None, range="(0, ∞)")
def latency_p99(evidence: Evidence) -> Iterator[Value]:
    """99 % quantile of the time of one call at batch 1, in milliseconds; from 299 calls on.

    q₉₉(t) = F⁻¹(.99), t the times of all calls. Null: none. Source: ours; `aeeval.throughput.engine`.
    """
    return _quantile(evidence, "p99")


@metric(capability="throughput", unit="s", better="lower", ideal=None, range="(0, ∞)")
def first_call(evidence: Evidence) -> Iterator[Value]:
    """Time of the first timed call at batch 1, in seconds: lazy set-up, kept out of all other times.

    t₁, before any warm-up. Null: none. Source: ours; `aeeval.throughput.engine`.
    """
    for row in _singles(evidence):
        yield Value(row.first_call_s, axes=_axes(row))


@metric(capability="throughput", unit="FLOP", better="none", ideal=None, range="[0, ∞)")
def flops_per_sample(evidence: Evidence) -> Iterator[Value]:
    """Floating-point operations of one row, by formula from the operators that run. A fact. Axes op.

    Σ over products and convolutions, 2 for a multiplication with its addition; operators of a few operations a number
    count none. Skipped where an operator without a formula took part: it is named. Null: none.
    Source: torch.utils.flop_counter.
    """
    for row in {row.op: row for row in evidence.timings}.values():
        work = row.work
        if work is None or work.flops is None:
            yield Value.skipped("the model does not run in torch, or nothing that does has a formula", op=row.op)
        elif work.uncounted:
            yield Value.skipped(f"no formula for {', '.join(work.uncounted)}", op=row.op)
        else:
            yield Value(work.flops, axes={"op": row.op})


@metric(capability="throughput", unit="bytes", better="lower", ideal=None, range="[0, ∞)")
def peak_memory(evidence: Evidence) -> Iterator[Value]:
    """Bytes that the tensors of one call hold at their peak, above weights and inputs. Axes op, batch, device, ...

    max over time of Σ bytes; on a GPU by its allocator, on a CPU by the tensors that operators make, their inner
    scratch not seen. Null: none.
    Source: ours; `aeeval.throughput.device`.
    """
    for row in evidence.timings:
        if row.timings and row.memory.allocated is not None:
            yield Value(float(row.memory.allocated), axes=_axes(row))
        else:
            yield Value.skipped(row.reason or "the model does not run in torch", **_axes(row))


@metric(capability="throughput", unit="1", better="lower", ideal=0.0, range="[0, ∞)", floor=1e-6)
def fvu_at_speed(evidence: Evidence) -> Iterator[Value]:
    """Fraction of variance unexplained by the model as it was timed: same dtype, backend and device.

    Σ ‖r(x) − x‖² over that of the mean, as `fvu`. Null: 1, the mean. Source: `fvu`.
    """
    value = fvu.measure(evidence)
    assert isinstance(value, float)
    places = {tuple(_where(row).items()): _where(row) for row in evidence.timings}
    for where in places.values():
        yield Value(value, axes=where)
