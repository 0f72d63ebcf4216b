"""Two models side by side: call by call in one process, with the same model against itself as the measure of noise.

Times taken one after the other do not compare: on a busy processor identical models differed by 250 %. Interleaved
calls meet the same disturbances, thread time does not count them, and a copy of the reference, timed in the same run,
shows what is left.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from aeeval.errors import Skipped
from aeeval.throughput.device import Call, Device
from aeeval.throughput.modes import SAMPLERS
from aeeval.throughput.quantiles import Interval, median_interval

FASTER, SLOWER, SAME, AMBIGUOUS = "FASTER", "SLOWER", "SAME", "AMBIGUOUS"
LEAST_MARGIN, NULLS = 0.02, 3.0
ROUNDS, MOST_ROUNDS = 12, 200
CALLS = 7  # of each model in a round: the median of so many ignores three disturbed ones


@dataclass(frozen=True)
class Comparison:
    """The time of a model over that of the reference, with the interval, and the same for a copy of the reference.

    `null` is the largest deviation from 1 that the A/A interval admits, as a share; `margin` = max(2 %, 3 × null). The
    verdict: SLOWER or FASTER where the interval lies beyond the margin, SAME where it lies within, else AMBIGUOUS.
    """

    ratio: float
    ci95: Interval
    aa_ratio: float
    aa_ci95: Interval
    margin: float
    verdict: str
    rounds: int
    clock: str

    @property
    def null(self) -> float:
        """max |r − 1| over the A/A interval."""
        return max(abs(bound - 1) for bound in (*self.aa_ci95, self.aa_ratio))

    def __str__(self) -> str:
        low, high = self.ci95
        return (
            f"{self.verdict}: {self.ratio:.3f} times the reference's time [{low:.3f}, {high:.3f}], margin "
            f"{self.margin:.1%} (A/A {self.aa_ratio:.4f} [{self.aa_ci95[0]:.4f}, {self.aa_ci95[1]:.4f}]), "
            f"{self.rounds} rounds by {self.clock}"
        )


def compare(
    model: Call,
    reference: Call,
    copy: Call,
    device: Device,
    *,
    mode: str = "latency",
    seed: int = 0,
    min_time_s: float = 0.5,
    timeout_s: float = 10.0,
    prepare: Call | None = None,
) -> Comparison:
    """Time `model` against `reference`, and `copy` (the reference once more, with its own memory) against it too.

    In every round each is called seven times, in an order drawn anew for every turn; a round gives log(p50 / p50 of the
    reference), by thread time where the device has it and else by the clock of `mode`. The estimate is the median of
    at least twelve rounds, its interval exact for any law. Raises `Skipped` as `modes` do.
    """
    calls = {"model": model, "reference": reference, "copy": copy}
    for call in calls.values():
        for _ in range(CALLS):
            call()
    samplers = {name: SAMPLERS[mode](call, device, prepare or _nothing) for name, call in calls.items()}
    shuffle, logs, start = random.Random(seed), _Logs([], []), device.now()
    while not _enough(logs, device.now() - start, min_time_s, timeout_s):
        times: dict[str, list[float]] = {name: [] for name in samplers}
        for _ in range(CALLS):
            for name in shuffle.sample(sorted(samplers), len(samplers)):
                sample = samplers[name]()
                times[name].append(sample.seconds if sample.cpu is None else sample.cpu)
        logs.add({name: median(values) for name, values in times.items()})
    clock = "thread time" if device.cpu_now() is not None and mode != "device" else f"the clock of {mode}"
    return _verdict(logs, clock)


@dataclass(frozen=True)
class _Logs:
    model: list[float]
    copy: list[float]

    def add(self, medians: dict[str, float]) -> None:
        if min(medians.values()) <= 0:
            raise Skipped("not measured: a call takes less than the clock can tell")
        self.model.append(math.log(medians["model"] / medians["reference"]))
        self.copy.append(math.log(medians["copy"] / medians["reference"]))


def _enough(logs: _Logs, elapsed: float, min_time_s: float, timeout_s: float) -> bool:
    n = len(logs.model)
    if n < ROUNDS:
        return False
    if elapsed >= timeout_s or n >= MOST_ROUNDS:
        return True
    return elapsed >= min_time_s and max(_half(logs.model), _half(logs.copy)) <= LEAST_MARGIN / 2


def _half(values: Sequence[float]) -> float:
    interval = median_interval(values)
    return math.inf if interval is None else (interval[1] - interval[0]) / 2


def _estimate(values: Sequence[float]) -> tuple[float, Interval]:
    interval = median_interval(values)
    assert interval is not None  # of twelve rounds or more
    return math.exp(median(values)), (math.exp(interval[0]), math.exp(interval[1]))


def _verdict(logs: _Logs, clock: str) -> Comparison:
    (ratio, ci95), (aa_ratio, aa_ci95) = _estimate(logs.model), _estimate(logs.copy)
    null = max(abs(bound - 1) for bound in (*aa_ci95, aa_ratio))
    margin = max(LEAST_MARGIN, NULLS * null)
    return Comparison(ratio, ci95, aa_ratio, aa_ci95, margin, judge(ci95, margin), len(logs.model), clock)


def judge(ci95: Interval, margin: float) -> str:
    """The verdict on a ratio of times whose interval is known.

    >>> [judge(ci, 0.02) for ci in ((1.03, 1.1), (0.9, 0.97), (0.99, 1.01), (1.01, 1.03))]
    ['SLOWER', 'FASTER', 'SAME', 'AMBIGUOUS']
    """
    low, high = ci95
    upper, lower = 1 + margin, 1 / (1 + margin)
    if low > upper:
        return SLOWER
    if high < lower:
        return FASTER
    return SAME if lower <= low and high <= upper else AMBIGUOUS


def _nothing() -> None:
    pass
