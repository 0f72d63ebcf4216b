"""The checks of `benchmarks/gpu.py`: a function each, that looks at a device and says what it saw and expected."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import torch
from torch import nn

from aeeval.errors import Skipped
from aeeval.submissions.adapt import adapt
from aeeval.submissions.model import Model
from aeeval.throughput.bench import Plan, sweep
from aeeval.throughput.ceilings import measure_ceilings
from aeeval.throughput.compare import SAME, SLOWER, compare
from aeeval.throughput.cuda import Cuda
from aeeval.throughput.device import Device, HoldingDevice
from aeeval.throughput.energy import energy_of
from aeeval.throughput.engine import measure
from aeeval.throughput.machine import hardware_key
from aeeval.throughput.operators import record
from aeeval.throughput.roofline import OVER
from aeeval.throughput.row import OUT_OF_MEMORY, Who
from aeeval.throughput.setting import DTYPES, Setting, computing
from aeeval.throughput.subject import Subject

LIMIT_S = 450.0
PRODUCT_DTYPES = ("fp32", "tf32", "bf16")
UNIT = 500_000  # cycles of a sleep, about 0.3 ms


@dataclass
class Bed:
    """What checks run on: a device, its name in torch, and a call that keeps it busy for so many units and returns."""

    device: Device
    place: str
    busy: Callable[[int], object]
    min_time_s: float = 0.1
    limit_s: float = LIMIT_S
    started: float = field(default_factory=time.monotonic)

    @property
    def left_s(self) -> float:
        return self.limit_s - (time.monotonic() - self.started)

    def time(self, call: Callable[[], object], mode: str, cache: str = "hot") -> float:
        return measure(
            call,
            self.device,
            batch=1,
            op="check",
            mode=mode,
            cache=cache,
            min_time_s=self.min_time_s,
            timeout_s=10 * self.min_time_s,
        ).p50


@dataclass(frozen=True)
class Finding:
    """What a check saw, what it expected, and whether that is so."""

    passed: bool
    expected: str
    seen: dict[str, Any]


Check = Callable[[Bed], Finding]


def sleep_is_linear(bed: Bed) -> Finding:
    """Device times of sleeps of 1, 2 and 4 units: the second step is twice the first, within 2 %."""
    if not isinstance(bed.device, HoldingDevice):
        raise Skipped("not measured: nothing sleeps on a device without a queue")
    one, two, four = (bed.time(partial(bed.busy, units), _mode(bed)) for units in (1, 2, 4))
    ratio = (four - two) / (two - one)
    return Finding(abs(ratio / 2 - 1) <= 0.02, "2 within 2 %", {"ratio": ratio, "seconds": [one, two, four]})


def an_unsynchronised_clock_is_wrong(bed: Bed) -> Finding:
    """The control that must fail: a clock read without waiting sees less than half of the work."""
    if not isinstance(bed.device, HoldingDevice):
        raise Skipped("not measured: calls of this device are done when they return")
    bed.busy(1)
    bed.device.synchronize()
    start = bed.device.now()
    bed.busy(20)
    naive = bed.device.now() - start
    bed.device.synchronize()
    true = bed.device.now() - start
    return Finding(naive < true / 2, "under half of the time", {"naive_s": naive, "true_s": true})


def events_agree_with_a_graph(bed: Bed) -> Finding:
    """Device time behind a held queue against the replay of a graph of 20 such calls: within 5 %."""
    _need_cuda(bed)
    model, rows = _layers(2048, 4), torch.randn(2048, 2048, device="cuda")
    with torch.inference_mode(), computing(DTYPES["fp32"]):
        held = bed.time(lambda: model(rows), "device")
        graphed = bed.time(_graph(lambda: model(rows), 20).replay, "device") / 20
    return Finding(abs(held / graphed - 1) <= 0.05, "1 within 5 %", {"ratio": held / graphed, "held_s": held})


def a_small_model_is_launch_bound(bed: Bed) -> Finding:
    """A stream of batch 1 through eight small layers is slower than its graph, and its row carries the flag."""
    _need_cuda(bed)
    model, rows = _layers(64, 8), torch.randn(1, 64, device="cuda")
    with torch.inference_mode():
        stream = bed.time(lambda: model(rows), "stream")
        graphed = bed.time(_graph(lambda: model(rows), 20).replay, "stream") / 20
    (row,) = sweep(_subject(model, 64), "encode", bed.device, _plan(bed, (1,)), who=Who("small"))
    passed = stream > 1.2 * graphed and bool(row.launch_bound)
    return Finding(passed, "stream over 1.2 graphs, flagged", {"ratio": stream / graphed, "flags": row.flags})


def products_keep_below_the_ceiling(bed: Bed) -> Finding:
    """A product of a size that no roof was measured at reaches over half of the roof and no more than 102 %."""
    n, shares = 512 if bed.place == "cpu" else 6144, {}
    _need_torch(bed)
    for name in PRODUCT_DTYPES:
        setting = Setting(hardware_key(), bed.place, name)
        try:
            number_type = setting.number_type
        except Skipped:
            continue
        roofs = measure_ceilings(bed.device, setting, min_time_s=bed.min_time_s)
        a, b = (torch.randn(n, n, device=bed.place).to(number_type.dtype) for _ in range(2))
        with torch.inference_mode(), computing(number_type):
            flops = record(torch.mm, a, b).flops
            shares[name] = flops / bed.time(partial(torch.mm, a, b), _mode(bed)) / roofs.gemm
    return Finding(all(0.5 < share <= OVER for share in shares.values()), "0.5 to 1.02", {"shares": shares})


def counted_work_is_known_work(bed: Bed) -> Finding:
    """FLOPs by formula of products, a convolution and attention on this device, within 2 % of those by hand."""
    _need_torch(bed)
    b, m = 4, 64
    rows, image = torch.randn(b, m, device=bed.place), torch.randn(b, 3, 16, 16, device=bed.place)
    tokens = torch.randn(b, 2, 32, 16, device=bed.place)
    conv = nn.Conv2d(3, 8, 3, device=bed.place)
    with torch.no_grad():
        seen = {
            "product": record(_layers(m, 2, bed.place), rows).flops / (2 * 2 * b * m * m),
            "convolution": record(conv, image).flops / (2 * b * 8 * 27 * 14 * 14),
            "attention": record(lambda q: nn.functional.scaled_dot_product_attention(q, q, q), tokens).flops
            / (4 * b * 2 * 32 * 32 * 16),
        }
    return Finding(all(abs(ratio - 1) <= 0.02 for ratio in seen.values()), "1 within 2 %", {"ratios": seen})


def a_model_is_as_fast_as_itself(bed: Bed) -> Finding:
    """A/A: the same work three times, interleaved, is SAME by latency and on the device; its null is the noise here."""
    seen, passed = {}, True
    for mode in ("latency", "device") if isinstance(bed.device, HoldingDevice) else ("latency",):
        calls = [partial(bed.busy, 2) for _ in range(3)]
        found = compare(*calls, bed.device, mode=mode, min_time_s=bed.min_time_s)
        seen[mode] = {"ratio": found.ratio, "null": found.null, "margin": found.margin, "verdict": found.verdict}
        passed &= found.verdict == SAME
    return Finding(passed, SAME, seen)


def a_fifth_more_work_is_slower(bed: Bed) -> Finding:
    """Twelve units against ten are SLOWER: the comparison sees what it must."""
    calls = partial(bed.busy, 12), partial(bed.busy, 10), partial(bed.busy, 10)
    found = compare(*calls, bed.device, mode=_mode(bed, "latency"), min_time_s=bed.min_time_s)
    return Finding(found.verdict == SLOWER, SLOWER, {"ratio": found.ratio, "verdict": found.verdict})


def cold_is_not_faster_than_hot(bed: Bed) -> Finding:
    """A product of one row with weights that fit into the cache takes longer once it was flushed."""
    _need_torch(bed)
    side = 512 if bed.place == "cpu" else 2048
    weights, row = torch.randn(side, side, device=bed.place), torch.randn(1, side, device=bed.place)
    mode = _mode(bed, "latency")
    with torch.inference_mode():
        hot, cold = (bed.time(lambda: row @ weights, mode, cache) for cache in ("hot", "cold"))
    return Finding(cold > 0.98 * hot, "over 0.98", {"ratio": cold / hot, "hot_s": hot, "cold_s": cold})


def fp32_is_not_tf32(bed: Bed) -> Finding:
    """The error of a product: under 1e-5 at fp32 and over it at tf32; settings do what they say."""
    _need_cuda(bed)
    a, b = (torch.randn(1024, 1024, device="cuda") for _ in range(2))
    exact = a.double() @ b.double()
    errors = {}
    for name in ("fp32", "tf32"):
        with computing(DTYPES[name]):
            errors[name] = float(((a @ b).double() - exact).norm() / exact.norm())
    return Finding(errors["fp32"] < 1e-5 < errors["tf32"], "fp32 < 1e-5 < tf32", errors)


def memory_is_that_of_the_tensors(bed: Bed) -> Finding:
    """A call that makes 64 MiB takes 64 MiB at its peak, within 2 %."""
    _need_torch(bed)
    size = 64 << 20
    memory = bed.device.peak_memory(lambda: torch.empty(size, dtype=torch.uint8, device=bed.place))
    return Finding(abs((memory.allocated or 0) / size - 1) <= 0.02, "64 MiB", asdict(memory))


def memory_that_runs_out_is_a_row(bed: Bed) -> Finding:
    """A batch that does not fit is a row, and the next one is timed as ever."""
    _need_cuda(bed)
    total = torch.cuda.get_device_properties(0).total_memory

    class Large(nn.Module):
        def encode(self, x: torch.Tensor) -> torch.Tensor:
            if len(x) > 16:
                torch.empty(2 * total, dtype=torch.uint8, device="cuda")
            return 2 * x

        def decode(self, z: torch.Tensor) -> torch.Tensor:
            return z / 2

    rows = sweep(_subject(Large(), 8, n=16), "encode", bed.device, _plan(bed, (64, 4)), who=Who("large"))
    statuses = [row.status for row in rows]
    return Finding(statuses == [OUT_OF_MEMORY, "ok"], f"{OUT_OF_MEMORY}, ok", {"statuses": statuses})


def energy_is_counted(bed: Bed) -> Finding:
    """Mean power of two seconds of products: above nothing and below the limit of the board."""
    _need_cuda(bed)
    assert isinstance(bed.device, Cuda)
    if bed.device.joules() is None:
        raise Skipped("not measured: the driver counts no energy")
    a = torch.randn(4096, 4096, device="cuda")
    with torch.inference_mode():
        found = energy_of(lambda: a @ a, bed.device, bed.time(lambda: a @ a, "stream"))
    facts = bed.device.nvml.facts() if bed.device.nvml else {}
    if found is None:
        raise Skipped("not measured: the counter did not move in two seconds")
    watts = found.joules * found.calls / found.window_s
    most = 1.1 * (facts.get("power_limit_w") or 2000.0)
    return Finding(20 < watts < most, f"20 to {most:.0f} W", {"watts": watts, **facts})


def transfers_cost_something(bed: Bed) -> Finding:
    """A call with its rows' way to the device and back takes longer than one without."""
    _need_cuda(bed)
    seen = {}
    for transfer in ("excluded", "included"):
        subject = _subject(_layers(1024, 1), 1024, transfer=transfer)
        (row,) = sweep(subject, "encode", bed.device, _plan(bed, (1024,)), who=Who("layers"))
        seen[transfer] = row.period_s
    return Finding(seen["included"] > seen["excluded"], "included over excluded", seen)


def a_compiled_model_is_timed(bed: Bed) -> Finding:
    """torch.compile on this device: a row with the seconds of the compiler, or the reason why there is none."""
    _need_cuda(bed)
    if bed.left_s < 60:
        raise Skipped("not measured: out of time")
    subject = _subject(_layers(256, 4), 256, backend="compile")
    (row,) = sweep(subject, "encode", bed.device, _plan(bed, (256,)), who=Who("layers"))
    if row.status != "ok":
        raise Skipped(row.reason or row.status)
    seen = {"compile_s": row.compile_s, "period_s": row.period_s}
    return Finding((row.compile_s or 0) > (row.period_s or 0), "compiler over call", seen)


def _mode(bed: Bed, otherwise: str = "stream") -> str:
    return "device" if isinstance(bed.device, HoldingDevice) else otherwise


def _need_cuda(bed: Bed) -> None:
    if bed.place != "cuda":
        raise Skipped(f"not measured: needs a CUDA device, not {bed.place}")


def _need_torch(bed: Bed) -> None:
    if bed.place not in ("cuda", "cpu"):
        raise Skipped(f"not measured: torch does not run on {bed.place}")


def _layers(width: int, depth: int, device: str = "cuda") -> nn.Sequential:
    torch.manual_seed(0)
    made = [nn.Sequential(nn.Linear(width, width, bias=False), nn.ReLU()) for _ in range(depth)]
    return nn.Sequential(*made).to(device).eval()


def _subject(encoder: nn.Module, width: int, *, n: int = 1024, **setting: str) -> Subject:
    parts = encoder if hasattr(encoder, "encode") else (encoder, nn.Identity())
    model = Model(adapt(parts), shape=(width,), latent_dim=None, device="cuda")
    model.eval()
    rows = torch.randn(n, width, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return Subject(model, rows, Setting(hardware_key(), "cuda", **setting))


def _plan(bed: Bed, batches: tuple[int, ...]) -> Plan:
    return Plan(batches, ("encode",), bed.min_time_s, cold=False, energy_window_s=0.1)


def _graph(call: Callable[[], object], times: int) -> torch.cuda.CUDAGraph:
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            call()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(times):
            call()
    return graph


def sleep_on_gpu(units: int) -> None:
    """Keep a GPU busy for so many units."""
    torch.cuda._sleep(UNIT * units)


def spin(units: int) -> None:
    """Work of a CPU that takes about 20 µs a unit."""
    end = time.thread_time() + 2e-5 * units
    while time.thread_time() < end:
        pass


# The order in which they run: what the others rest on first, what may take long last.
CHECKS: tuple[Check, ...] = (
    sleep_is_linear,
    an_unsynchronised_clock_is_wrong,
    a_model_is_as_fast_as_itself,
    a_fifth_more_work_is_slower,
    events_agree_with_a_graph,
    a_small_model_is_launch_bound,
    counted_work_is_known_work,
    fp32_is_not_tf32,
    products_keep_below_the_ceiling,
    cold_is_not_faster_than_hot,
    memory_is_that_of_the_tensors,
    memory_that_runs_out_is_a_row,
    energy_is_counted,
    transfers_cost_something,
)
AFTER_THE_TABLE: tuple[Check, ...] = (a_compiled_model_is_timed,)
