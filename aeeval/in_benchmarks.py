"""What the fixture `throughput` does: the engine measures, and plays its samples to pytest-benchmark."""

from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import torch
from torch import Tensor

from aeeval.environment import pick_device
from aeeval.errors import Skipped, SubmissionError, UsageError, message
from aeeval.runner import one_thread
from aeeval.submissions.adapt import adapt
from aeeval.submissions.model import Model
from aeeval.submissions.parts import modules_of
from aeeval.throughput.adapters import adapter
from aeeval.throughput.bench import Plan, sweep
from aeeval.throughput.machine import hardware_key
from aeeval.throughput.row import NOT_MEASURED, OK, Row, Who
from aeeval.throughput.setting import Setting, computing
from aeeval.throughput.subject import OPERATIONS, RoundTrip, Subject

KEY = "aeeval"
QUICK_S = 0.001  # where benchmarks are disabled: only whether it runs


class Throughput:
    """Times one operation a test, as pytest-benchmark keeps one series a test."""

    def __init__(self, benchmark: Any):
        self._benchmark = benchmark

    def __call__(
        self,
        model: Any,
        rows: Any,
        *,
        op: str = "encode",
        batch: int = 1,
        mode: str | None = None,
        dtype: str = "fp32",
        backend: str = "eager",
        device: str = "auto",
        min_time_s: float = 0.5,
    ) -> Row:
        """Measure and return the row, whose numbers a test may go on with.

        Args:
            model: an object with encode and decode (or encoder and decoder, a pair, a scikit-learn estimator).
            rows: real data (n, *shape), n >= 2, tensor or array; what is fed, and what the quality is read on.
            op: "encode", "decode" or "round_trip".
            batch: rows a call.
            mode: "latency" (one call, waited for; by default at batch 1), "stream" (the period of a steady stream, by
                default at larger ones) or "device" (without the host, where there is a queue).
            dtype: "fp32" (without tf32), "tf32", "bf16" or "fp16".
            backend: "eager" or "compile".
            device: "auto", "cpu" or "cuda"; one thread on a CPU.
            min_time_s: the least time of a measurement.

        A setting that this machine does not have skips the test. Raises `SubmissionError` where the guards find a time
        that means nothing.
        """
        if op not in OPERATIONS:
            raise UsageError(message(f"op among {', '.join(OPERATIONS)}", repr(op), "name one of them"))
        shown = mode or ("latency" if batch == 1 else "stream")
        plan = Plan((batch,), (op,), QUICK_S if self._benchmark.disabled else min_time_s, cold=False)
        try:
            with one_thread():
                row = _measure(model, torch.as_tensor(rows), plan, dtype, backend, pick_device(device))
        except Skipped as reason:
            _skip(str(reason))
        if row.status == NOT_MEASURED or (row.status == OK and shown not in row.timings):
            _skip(row.reason or f"not measured: {row.setting.device} has no {shown} at batch {batch}")
        if row.status != OK:
            raise SubmissionError(row.reason)
        self._play(row, shown)
        return row

    def _play(self, row: Row, mode: str) -> None:
        benchmark, timing = self._benchmark, row.timings[mode]
        benchmark.extra_info[KEY] = {**row.to_dict(), "mode": mode}
        benchmark.group = benchmark.group or f"{row.op} at batch {row.batch}, {mode}: {row.setting}"
        if benchmark.disabled:
            benchmark.pedantic(_nothing)
            return
        benchmark._timer = Replay(timing.samples)
        benchmark.pedantic(_nothing, rounds=len(timing.samples))


class Replay:
    """A clock that reads 0, s₁, 0, s₂, ...: whoever takes differences of its pairs gets the samples."""

    __name__ = "aeeval.throughput"  # what pytest-benchmark shows as its timer

    def __init__(self, samples: Sequence[float]):
        self._readings = self._pairs(samples)

    def __call__(self) -> float:
        return next(self._readings)

    @staticmethod
    def _pairs(samples: Sequence[float]) -> Iterator[float]:
        for sample in samples:
            yield 0.0
            yield sample


def _measure(raw: Any, rows: Tensor, plan: Plan, dtype: str, backend: str, device: str) -> Row:
    place = adapter(torch.device(device))
    adapted = adapt(raw)
    for module in modules_of(adapted):
        module.to(device)
    model = Model(adapted, shape=tuple(rows.shape[1:]), latent_dim=None, device=device)
    model.eval()
    flat = rows.detach().cpu().double().flatten(1)
    setting = Setting(hardware_key(), place.kind, dtype, backend)
    subject = Subject(model, flat, setting)
    with computing(setting.number_type):
        quality = subject.quality(lambda round_trip: _fvu(round_trip, flat))
    (op,) = plan.operations
    (row,) = sweep(subject, op, place, plan, who=Who(type(raw).__name__), fvu=quality)
    return row


def _fvu(round_trip: RoundTrip, rows: Tensor) -> float:
    """Σ ‖r(x) − x‖² / Σ ‖x − x̄‖² of the rows that are timed."""
    error = round_trip.decode(round_trip.encode(rows)) - rows
    return float(error.square().sum() / (rows - rows.mean(dim=0)).square().sum())


def _skip(reason: str) -> NoReturn:
    import pytest

    pytest.skip(reason)


def _nothing() -> None:
    pass
