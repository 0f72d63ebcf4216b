"""Throughput: what the timing engine measured, as records; no time without its quality."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

from aeeval.evidence import Evidence
from aeeval.metrics.base import Value, metric
from aeeval.metrics.reconstruction import fvu


def _timings(evidence: Evidence) -> Iterator[tuple[Any, dict[str, str | int | float]]]:
    """Every timing with its axes; a timing that failed has a `reason` and no samples."""
    for timing, where in evidence.timings:
        yield timing, {"op": timing.op, "batch": timing.batch, **where}


def _note(timing: Any) -> str | None:
    """What a reader must know of a timing: that it did not settle, or that something else used the processor."""
    notes = [] if timing.converged else [f"not converged: {timing.stop_reason}"]
    if timing.contended:
        notes.append("contended: something else used the processor")
    return "; ".join(notes) or None


@metric(
    capability="throughput",
    unit="samples/s",
    better="higher",
    ideal=None,
    range="(0, ∞)",
    margin=0.05,
    headline=True,
)
def samples_per_s(evidence: Evidence) -> Iterator[Value]:
    """Samples encoded or decoded a second: batch / median time of a call; the headline is its best batch.

    Batch 1 by synchronised calls, larger batches as a steady stream; inputs on the device already. `stderr` from the
    95 % interval of the median. Axes op, batch, device, dtype, backend. Null: none. Source: ours;
    `aeeval.throughput.engine`.
    """
    for timing, axes in _timings(evidence):
        if getattr(timing, "reason", None):
            yield Value.skipped(timing.reason, **axes)
            continue
        rate, width = timing.samples_per_s, timing.relative_half_width
        yield Value(rate, stderr=rate * width / 1.96 if isfinite(width) else None, axes=axes, reason=_note(timing))


def _quantile(evidence: Evidence, name: str, needed: int) -> Iterator[Value]:
    for timing, axes in _timings(evidence):
        if timing.batch != 1 or getattr(timing, "reason", None):
            continue
        seconds = getattr(timing, name)
        if seconds is None:
            yield Value.skipped(f"needs {needed} calls, {len(timing.samples)} were made", **axes)
        else:
            yield Value(1000 * seconds, axes=axes, reason=_note(timing))


@metric(capability="throughput", unit="ms", better="lower", ideal=None, range="(0, ∞)")
def latency_p50(evidence: Evidence) -> Iterator[Value]:
    """Median time of one synchronised call at batch 1, in milliseconds. Axes op, device, dtype, backend.

    q₅₀(t), t the times of all calls. Null: none. Source: ours; `aeeval.throughput.engine`.
    """
    return _quantile(evidence, "p50", 1)


@metric(capability="throughput", unit="ms", better="lower", ideal=None, range="(0, ∞)")
def latency_p95(evidence: Evidence) -> Iterator[Value]:
    """95 % quantile of the time of one call at batch 1, in milliseconds; from 59 calls on.

    q₉₅(t), t the times of all calls. Null: none. Source: ours; `aeeval.throughput.engine`.
    """
    return _quantile(evidence, "p95", 59)


@metric(capability="throughput", unit="s", better="lower", ideal=None, range="(0, ∞)")
def first_call(evidence: Evidence) -> Iterator[Value]:
    """Time of the very first call at batch 1, in seconds: lazy set-up and compilation, kept out of all other times.

    t₁ of one call on a model that has answered nothing. Null: none. Source: ours; `aeeval.throughput.engine`.
    """
    for timing, axes in _timings(evidence):
        if timing.batch == 1 and not getattr(timing, "reason", None):
            yield Value(timing.first_call_s, axes=axes)


@metric(capability="throughput", unit="1", better="lower", ideal=0.0, range="[0, ∞)", floor=1e-6)
def fvu_at_speed(evidence: Evidence) -> Iterator[Value]:
    """Fraction of variance unexplained by the model as it was timed: same dtype, backend and device.

    Σ ‖r(x) − x‖² over that of the mean, as `fvu`. Null: 1, the mean. Source: `fvu`.
    """
    value = fvu.measure(evidence)
    assert isinstance(value, float)
    places = {tuple(sorted(where.items())): where for _, where in evidence.timings}
    for where in places.values():
        yield Value(value, axes=dict(where))
