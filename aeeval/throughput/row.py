"""A row: one operation of one model at one batch size and setting, with all that was measured of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from aeeval.throughput.device import Memory
from aeeval.throughput.energy import Energy
from aeeval.throughput.roofline import Place
from aeeval.throughput.setting import Setting
from aeeval.throughput.subject import Work
from aeeval.throughput.timing import Timing

SCHEMA = 1
OK, OUT_OF_MEMORY, NOT_MEASURED, FAILED = "ok", "out of memory", "not measured", "failed"
NOWHERE = Place(None, None, None)
UNKNOWN = Memory(None, None)


@dataclass(frozen=True)
class Who:
    """The model of a row: its submission, and the task and code length at which it was fitted."""

    submission: str
    task: str = ""
    latent_dim: int | None = None
    track: str = "recipe"
    submission_sha256: str = ""


@dataclass(frozen=True)
class Row:
    """What is known of (model, operation, batch, setting); where there is no number it is None, and `reason` says why.

    `timings` by mode: "stream" (steady period), "latency" and "latency cold" (one synchronised call, caches hot and
    flushed; at batch 1), "device" (without the host; where the device can be held). `first_call_s` is the very first
    call at this batch; with a compiling backend it is `compile_s` too. `fvu` was reached at this very setting.
    """

    who: Who
    setting: Setting
    op: str
    batch: int
    status: str = OK
    reason: str | None = None
    timings: Mapping[str, Timing] = field(default_factory=dict)
    compile_s: float | None = None
    memory: Memory = UNKNOWN
    parameters: int | None = None
    weights_bytes: int | None = None
    work: Work | None = None
    place: Place = NOWHERE
    launch_bound: bool | None = None
    energy: Energy | None = None
    fvu: float | None = None

    @property
    def period_s(self) -> float | None:
        """Seconds a call of the steady stream."""
        return self.timings["stream"].p50 if "stream" in self.timings else None

    @property
    def samples_per_s(self) -> float | None:
        """Rows a second: batch over the period."""
        return None if self.period_s is None else self.batch / self.period_s

    @property
    def first_call_s(self) -> float | None:
        """Seconds of the first call of all at this batch size."""
        return next((timing.first_call_s for timing in self.timings.values()), None)

    @property
    def joules_per_sample(self) -> float | None:
        """Energy of a row of data, idle power included."""
        return None if self.energy is None else self.energy.joules / self.batch

    @property
    def converged(self) -> bool:
        """Whether every median is known as well as was asked."""
        return all(timing.converged for timing in self.timings.values())

    @property
    def flags(self) -> tuple[str, ...]:
        """What a reader must know before using the numbers."""
        timings = self.timings.values()
        reasons = {word for timing in timings if timing.throttled for word in timing.throttled.split(", ")}
        said = {
            "not converged": not self.converged,
            "contended": any(timing.contended for timing in timings),
            f"throttled ({', '.join(sorted(reasons))})": bool(reasons),
            "launch bound": bool(self.launch_bound),
            "above a ceiling": self.place.impossible,
        }
        return tuple(word for word, holds in said.items() if holds)

    def to_dict(self) -> dict[str, Any]:
        """A flat map for JSON: no samples, no NaN, seconds and bytes."""
        work = self.work
        return {
            "schema": SCHEMA,
            **asdict(self.who),
            **asdict(self.setting),
            "op": self.op,
            "batch": self.batch,
            "status": self.status,
            "reason": self.reason,
            "samples_per_s": self.samples_per_s,
            **_times(self.timings),
            "converged": self.converged if self.timings else None,
            "first_call_s": self.first_call_s,
            "compile_s": self.compile_s,
            "peak_allocated_bytes": self.memory.allocated,
            "peak_reserved_bytes": self.memory.reserved,
            "parameters": self.parameters,
            "weights_bytes": self.weights_bytes,
            "flops_per_sample": work.flops if work else None,
            "flops_coverage": work.coverage if work else None,
            "uncounted": list(work.uncounted) if work else [],
            "bytes_per_call": work.bytes_of(self.batch) if work else None,
            "intensity": work.intensity(self.batch) if work else None,
            "gemm_share": self.place.gemm_share,
            "copy_share": self.place.copy_share,
            "bound": self.place.bound,
            "launch_bound": self.launch_bound,
            "joules_per_sample": self.joules_per_sample,
            "energy_window_s": self.energy.window_s if self.energy else None,
            "fvu": self.fvu,
            "flags": list(self.flags),
        }


# Key in JSON -> which timing, and what of it.
TIMES: Mapping[str, tuple[str, str]] = {
    "period_s": ("stream", "p50"),
    "latency_p50_s": ("latency", "p50"),
    "latency_p95_s": ("latency", "p95"),
    "latency_p99_s": ("latency", "p99"),
    "latency_cpu_p50_s": ("latency", "cpu_p50"),
    "latency_cold_p50_s": ("latency cold", "p50"),
    "device_p50_s": ("device", "p50"),
}


def _times(timings: Mapping[str, Timing]) -> dict[str, Any]:
    read = {key: getattr(timings[mode], name) if mode in timings else None for key, (mode, name) in TIMES.items()}
    each = {
        mode.replace(" ", "_"): {
            "n": len(timing.samples),
            "ci95_s": timing.ci95,
            "warmup_calls": timing.warmup_calls,
            "stop_reason": timing.stop_reason,
            "wall_over_cpu": timing.wall_over_cpu,
        }
        for mode, timing in timings.items()
    }
    return {**read, "timings": each}
