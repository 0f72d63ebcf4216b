"""The measuring loop: warm up, take samples until the median is known well enough, and say when it is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from aeeval.errors import Skipped, UnknownName
from aeeval.throughput.device import Call, Device
from aeeval.throughput.modes import SAMPLERS, Sampler, holding, host_time
from aeeval.throughput.quantiles import median_interval, relative_half_width
from aeeval.throughput.timing import Sample, Timing

__all__ = ["StopRule", "Timing", "measure"]

WARMUP_WINDOW = 5
WARMUP_DRIFT = 0.05
WARMUP_MIN = 3
WARMUP_CAP_S = 3.0
RECHECK = 1.1
CACHES = ("hot", "cold")


@dataclass(frozen=True)
class StopRule:
    """When a measurement may end: enough samples, enough time, and a median known to `half_width` of itself."""

    min_time_s: float
    min_samples: int
    half_width: float
    timeout_s: float

    def unmet(self, seconds: Sequence[float], elapsed: float) -> str:
        """The conditions that do not hold yet, in words; empty when all do."""
        width = relative_half_width(float(np.median(seconds)), median_interval(seconds))
        conditions = (
            (len(seconds) >= self.min_samples, f"{len(seconds)} samples of {self.min_samples}"),
            (elapsed >= self.min_time_s, f"{elapsed:.3g} s of {self.min_time_s:g} s"),
            (width <= self.half_width, f"half-width {width:.1%} of the median, not {self.half_width:.1%}"),
        )
        return "; ".join(words for met, words in conditions if not met)


def measure(
    call: Call,
    device: Device,
    *,
    batch: int,
    op: str,
    mode: str = "latency",
    cache: str = "hot",
    min_time_s: float = 0.5,
    min_samples: int = 30,
    half_width: float = 0.02,
    timeout_s: float = 5.0,
    prepare: Call | None = None,
) -> Timing:
    """The time of `call` on a device: "latency" (waited for), "stream" (back to back) or "device" (without the host).

    Takes samples until n >= `min_samples`, t >= `min_time_s` by the host clock, and the 95 % half-width of the median
    is at most `half_width` of it; at `timeout_s` it gives up with `converged=False`. `prepare` runs untimed before
    every sample, to make fresh input contents; with a "cold" `cache` the device is flushed after it. Raises
    `UnknownName` for another mode or cache and `Skipped` where the device cannot answer the question.
    """
    _check(mode, cache, device)
    prepare = _prepared(prepare or _nothing, device, cache)
    held_down = device.throttle()
    first = host_time(call, device, prepare)
    warmup_calls = _warm_up(call, device, prepare, min(WARMUP_CAP_S, timeout_s))
    rule = StopRule(min_time_s, min_samples, half_width, timeout_s)
    samples, converged, reason = _collect(SAMPLERS[mode](call, device, prepare), device, rule)
    return Timing.of(
        samples,
        op=op,
        batch=batch,
        mode=mode,
        first_call_s=first.seconds,
        warmup_calls=warmup_calls,
        converged=converged,
        stop_reason=reason,
        cache=cache,
        throttled=held_down or device.throttle(),
    )


def _check(mode: str, cache: str, device: Device) -> None:
    if mode not in SAMPLERS:
        raise UnknownName("mode", mode, SAMPLERS)
    if cache not in CACHES:
        raise UnknownName("cache", cache, CACHES)
    if (mode, cache) == ("stream", "cold"):
        raise Skipped("not measured: calls that follow each other are hot from the second on; ask for latency")
    if mode == "device":
        holding(device)  # refuse before the warm-up, not after it


def _prepared(prepare: Call, device: Device, cache: str) -> Call:
    def fresh_and_flushed() -> None:
        prepare()
        device.flush()

    return fresh_and_flushed if cache == "cold" else prepare


def _warm_up(call: Call, device: Device, prepare: Call, cap_s: float) -> int:
    """Calls until their time is steady: the medians of the last five and of the five before differ by under 5 %."""
    seconds: list[float] = []
    start = device.now()
    while not _steady(seconds):
        if len(seconds) >= WARMUP_MIN and device.now() - start >= cap_s:
            break
        seconds.append(host_time(call, device, prepare).seconds)
    return len(seconds)


def _steady(seconds: Sequence[float]) -> bool:
    if len(seconds) < 2 * WARMUP_WINDOW:
        return False
    last, before = median(seconds[-WARMUP_WINDOW:]), median(seconds[-2 * WARMUP_WINDOW : -WARMUP_WINDOW])
    return abs(last - before) <= WARMUP_DRIFT * before


def _collect(sample: Sampler, device: Device, rule: StopRule) -> tuple[list[Sample], bool, str]:
    samples: list[Sample] = []
    start = device.now()
    check_at = min(rule.min_time_s, rule.timeout_s)
    while True:
        samples.append(sample())
        elapsed = device.now() - start
        if elapsed < check_at:
            continue
        unmet = rule.unmet([sample.seconds for sample in samples], elapsed)
        spent = f"{len(samples)} samples in {elapsed:.3g} s"
        if not unmet:
            return samples, True, spent
        if elapsed >= rule.timeout_s:
            return samples, False, f"timeout after {spent}: {unmet}"
        # Sorting after every sample would take longer than the samples do.
        check_at = min(elapsed * RECHECK, rule.timeout_s)


def _nothing() -> None:
    pass
