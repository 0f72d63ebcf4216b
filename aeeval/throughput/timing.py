"""The outcome of one measurement: every sample, and what may be said about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from aeeval.throughput.quantiles import Interval, median_interval, relative_half_width, tail_quantile

CONTENDED = 1.2


class Sample(NamedTuple):
    """Seconds of one call by the mode's clock, and the calling thread's processor time where that means something."""

    seconds: float
    cpu: float | None


@dataclass(frozen=True)
class Timing:
    """How long one operation takes at one batch size, in seconds a call.

    `mode` says which of three truths: "latency" (one call, waited for), "stream" (the period of back-to-back calls) or
    "device" (the device alone). `samples` are all that were taken, none dropped. `p95` needs 59 samples, `p99` 299,
    `ci95` (low, high) of the median 6; None below. `first_call_s` (lazy initialisation, compilation) and the
    `warmup_calls` after it are not among the samples. `stop_reason` names the unmet conditions when not `converged`.
    `wall_over_cpu` is the ratio of the medians of wall and thread time, known for one thread on a CPU; above 1.2 the
    machine was busy with something else and the timing is `contended`. `cpu_p50` is the median of the thread time.
    `cache` is "hot" (calls follow each other) or "cold" (flushed before every call). `throttled` says why the device
    held its clock down while it was measured.
    """

    op: str
    batch: int
    mode: str
    samples: tuple[float, ...]
    p50: float
    p95: float | None
    p99: float | None
    ci95: Interval | None
    first_call_s: float
    warmup_calls: int
    converged: bool
    stop_reason: str
    wall_over_cpu: float | None
    contended: bool
    cpu_p50: float | None = None
    cache: str = "hot"
    throttled: str | None = None

    @property
    def samples_per_s(self) -> float:
        """Rows of data a second: batch / p50."""
        return self.batch / self.p50

    @property
    def relative_half_width(self) -> float:
        """Half the width of `ci95` over the median; inf where there is no interval."""
        return relative_half_width(self.p50, self.ci95)

    @classmethod
    def of(
        cls,
        samples: Sequence[Sample],
        *,
        op: str,
        batch: int,
        mode: str,
        first_call_s: float,
        warmup_calls: int,
        converged: bool,
        stop_reason: str,
        cache: str = "hot",
        throttled: str | None = None,
    ) -> "Timing":
        """The timing behind at least one sample, with its quantiles."""
        seconds = tuple(sample.seconds for sample in samples)
        p50, cpu_p50 = float(np.median(seconds)), _cpu_median(samples)
        ratio = p50 / cpu_p50 if cpu_p50 else None
        return cls(
            op=op,
            batch=batch,
            mode=mode,
            samples=seconds,
            p50=p50,
            p95=tail_quantile(seconds, 0.95),
            p99=tail_quantile(seconds, 0.99),
            ci95=median_interval(seconds),
            first_call_s=first_call_s,
            warmup_calls=warmup_calls,
            converged=converged,
            stop_reason=stop_reason,
            wall_over_cpu=ratio,
            contended=ratio is not None and ratio > CONTENDED,
            cpu_p50=cpu_p50,
            cache=cache,
            throttled=throttled,
        )


def _cpu_median(samples: Sequence[Sample]) -> float | None:
    cpu = [sample.cpu for sample in samples if sample.cpu is not None]
    return float(np.median(cpu)) if cpu else None
