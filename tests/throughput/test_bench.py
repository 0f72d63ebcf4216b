"""Benches on the processor's own clock: what is fed, what is refused, what is written where something is missing."""

import copy
import json
from itertools import pairwise

import pytest
import torch
from torch import nn

from aeeval.errors import Skipped, SubmissionError, UnknownName, UsageError
from aeeval.throughput.adapters import adapter
from aeeval.throughput.bench import Plan, bench, best, lost
from aeeval.throughput.cpu import Cpu
from aeeval.throughput.device import Memory
from aeeval.throughput.machine import hardware_key, machine
from aeeval.throughput.row import NOT_MEASURED, OUT_OF_MEMORY
from aeeval.throughput.setting import Setting
from tests.throughput import models
from tests.throughput.models import HERE, WHO, D, K, Linear, subject
from tests.throughput.virtual import TICK, Virtual

SHORT = Plan(batches=(1, 8), operations=("encode", "decode"), min_time_s=0.001, cold=False)


def run(raw=None, plan=SHORT, device=None, setting=HERE):
    made = subject(raw, setting)
    return list(bench(made, device or Cpu(), plan, who=WHO, fvu=0.25))


def test_operations_are_timed_at_every_batch_on_plain_tensors_without_gradients():
    seen = set()

    class Watching(Linear):
        def encode(self, x):
            seen.add((tuple(x.shape), torch.is_grad_enabled(), torch.is_inference_mode_enabled()))
            return self.f(x)

    rows = run(Watching())
    assert [(row.op, row.batch, list(row.timings)) for row in rows] == [
        ("encode", 1, ["latency", "stream"]),
        ("encode", 8, ["stream"]),
        ("decode", 1, ["latency", "stream"]),
        ("decode", 8, ["stream"]),
    ]
    assert {((1, D), False, True), ((8, D), False, True)} <= seen
    assert all(row.fvu == 0.25 for row in rows)


def test_a_round_trip_is_timed_by_itself_and_a_cold_call_too():
    (row,) = run(plan=Plan((1,), ("round_trip",), 0.001))
    assert list(row.timings) == ["latency", "latency cold", "stream"]
    assert row.timings["latency cold"].cache == "cold"
    assert row.work.flops == 4 * D * K


@pytest.mark.parametrize(
    ("cheat", "words"),
    [
        (models.Memoising, "within|same operators"),
        (models.MemoisingContents, "the same operators in every call of encode"),
        (models.EverySecond, "the same operators in every call of encode"),
        (models.DownCasting, "encode in float32; got addmm in bfloat16"),
        (models.HalfAnswers, "float32 from encode; got bfloat16"),
        (models.Lazy, "a plain tensor from encode; got Later"),
        (models.Random, "without random draws"),
        (models.BackToTraining, "one in training mode"),
        (models.FastMath, "float32 products as they were set"),
        (models.Infinite, "finite answers from encode"),
    ],
)
def test_work_that_is_not_done_is_caught(cheat, words):
    before = torch.get_float32_matmul_precision()
    try:
        with pytest.raises(SubmissionError, match=words):
            run(cheat())
    finally:
        torch.set_float32_matmul_precision(before)


@pytest.mark.parametrize("cheat", [models.Memoising, models.EverySecond])
def test_outputs_alone_give_stale_answers_away(cheat, monkeypatch):
    """Models of other libraries show no operators: there the answers have to do."""
    from aeeval.throughput import subject as module

    monkeypatch.setattr(module, "same_work", lambda function, data, op: module.record(function, data))
    with pytest.raises(SubmissionError, match="within"):
        run(cheat())


class Adaptive(Linear):
    """Iterates for as long as the rows ask for it, in double precision: slow, and honest."""

    def encode(self, x):
        code = nn.functional.linear(x.double(), self.f.weight.double())
        for _ in range(1 + int(x[0, 0] > 0)):
            code = torch.tanh(code)
        return code

    def decode(self, z):
        return self.g(z.float())


@pytest.mark.parametrize("honest", [Linear, Adaptive])
def test_an_honest_model_passes_all_guards(honest):
    assert all(row.samples_per_s > 0 for row in run(honest()))


def out_of_memory_above(most):
    class Large(Linear):
        def encode(self, x):
            if len(x) > most:
                raise RuntimeError("CUDA out of memory. Tried to allocate")
            return self.f(x)

    return Large()


def test_memory_that_runs_out_is_a_row():
    rows = run(out_of_memory_above(16), Plan((1, 16, 64), ("encode", "decode"), 0.001, cold=False))
    encode = [row for row in rows if row.op == "encode"]
    assert [row.batch for row in encode] == [1, 16, 64]
    assert (encode[-1].status, encode[-1].reason) == (OUT_OF_MEMORY, "out of memory at batch 64")
    assert encode[-1].samples_per_s is None
    assert best(encode).batch in (1, 16)
    assert any(row.op == "decode" and row.status == "ok" for row in rows)


def test_other_errors_of_the_model_are_raised():
    class Broken(Linear):
        def encode(self, x):
            if len(x) == 8:
                raise RuntimeError("shapes do not fit")
            return self.f(x)

    with pytest.raises(RuntimeError, match="shapes do not fit"):
        run(Broken())


@pytest.mark.parametrize("batches", [(), (0,)])
def test_batches_that_cannot_be_timed(batches):
    with pytest.raises(UsageError, match="batch sizes of at least 1"):
        Plan(batches)


class Costly(Linear):
    """On a virtual device: so many ticks of kernel for each call and each row."""

    def __init__(self, device, fixed, each):
        super().__init__()
        self.device, self.fixed, self.each = device, fixed, each

    def encode(self, x):
        self.device.run(kernel=self.fixed + self.each * len(x))
        return self.f(x)

    def __deepcopy__(self, memo):
        return self


def virtual_rows(launch, fixed, each, **plan):
    device = Virtual(launch, 1)
    plan = {"batches": None, "operations": ("encode",), "min_time_s": 0.001, "energy_window_s": 0.001, **plan}
    return run(Costly(device, fixed, each), Plan(**plan), device)


def test_the_batch_grows_by_fours_until_it_brings_nothing():
    """K = 100 + b ticks and H = 10: rates b/(100 + b), that gain 5 % up to b = 1024 and not twice after."""
    rows = virtual_rows(10, 100, 1)
    batches = [row.batch for row in rows]
    rates = [batch / (100 + batch) for batch in batches]
    assert batches == [4**i for i in range(len(batches))]
    gains = [after / before for before, after in pairwise(rates)]
    assert all(gain < 1.05 for gain in gains[-2:])
    assert gains[-3] > 1.05
    for row, rate in zip(rows, rates, strict=True):
        assert row.samples_per_s == pytest.approx(rate / TICK, rel=0.02)
        assert row.timings["device"].p50 == (100 + row.batch) * TICK


def test_a_call_that_is_too_long_ends_the_sweep():
    seconds = round(3 / TICK)
    rows = virtual_rows(1, 1, seconds, min_time_s=0.01, cold=False)
    assert [row.batch for row in rows] == [1]


def test_memory_that_runs_out_ends_the_sweep():
    device = Virtual(1, 1)

    class Large(Costly):
        def encode(self, x):
            if len(x) > 16:
                raise torch.OutOfMemoryError("no room")
            return super().encode(x)

    rows = run(Large(device, 100, 0), Plan(None, ("encode",), 0.001, energy_window_s=0.001), device)
    assert [(row.batch, row.status) for row in rows] == [(1, "ok"), (4, "ok"), (16, "ok"), (64, OUT_OF_MEMORY)]


@pytest.mark.parametrize(("launch", "bound"), [(40, True), (3, False)])
def test_a_device_that_waits_for_the_host_is_launch_bound(launch, bound):
    (row,) = virtual_rows(launch, 4, 0, batches=(8,))
    assert row.launch_bound == bound
    assert ("launch bound" in row.flags) == bound


def test_energy_memory_and_throttling_are_the_devices_own():
    """100 W for 1,000 ticks of kernel a call: 100·1000 ticks of joules, up to the wait of a block in 200."""
    device = Virtual(1, 1)
    device.held_down = "power cap"
    (row,) = run(Costly(device, 1000, 0), Plan((4,), ("encode",), 0.001, energy_window_s=0.5), device)
    assert row.joules_per_sample == pytest.approx(100 * 1000 * TICK / 4, rel=0.01)
    assert row.energy.window_s >= 0.5
    assert row.memory == Memory(device.memory, 2 * device.memory)
    assert "throttled (power cap)" in row.flags


def test_a_cpu_counts_the_tensors_of_a_call_and_no_joules():
    (row,) = run(plan=Plan((8,), ("round_trip",), 0.001))
    assert row.memory == Memory(4 * 8 * (K + D), None)  # code and answer, of float32, alive together
    assert row.joules_per_sample is None
    assert row.launch_bound is None


def test_rows_are_json_without_nan_and_without_samples():
    for row in run():
        text = json.dumps(row.to_dict(), allow_nan=False)
        again = json.loads(text)
        assert again["flops_per_sample"] == 2 * D * K
        assert again["timings"]["stream"]["n"] == len(row.timings["stream"].samples)
        assert len(text) < 4000


def test_what_could_not_be_measured_is_a_row_an_operation():
    rows = lost(WHO, HERE, Skipped("not measured: no CUDA device on this machine"))
    assert [row.op for row in rows] == ["encode", "decode", "round_trip"]
    assert {row.status for row in rows} == {NOT_MEASURED}
    assert lost(WHO, HERE, SubmissionError("broken"))[0].status == "failed"


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"dtype": "tf32"}, "tf32 is a mode of NVIDIA GPUs"),
        ({"layout": "channels_last"}, "channels_last is a layout of images"),
        ({"transfer": "included"}, "transferred nowhere"),
    ],
)
def test_settings_that_a_device_does_not_have(setting, words):
    with pytest.raises(Skipped, match=words):
        subject(setting=Setting("here", "cpu", **setting)).data("encode")


def test_unknown_settings_are_refused():
    with pytest.raises(UnknownName, match="did you mean bf16"):
        Setting("here", "cpu", dtype="bf17")


def test_another_type_is_a_copy_that_computes_in_it():
    raw = Linear()
    weights = copy.deepcopy(raw.state_dict())
    made = subject(raw, Setting("here", "cpu", dtype="bf16"))
    assert made.function("encode")(made.data("encode")).dtype == torch.bfloat16
    assert all(torch.equal(raw.state_dict()[name], value) for name, value in weights.items())
    assert made.weights_bytes == subject().weights_bytes / 2


def test_the_machine_is_described_without_nothing():
    facts = machine()
    assert facts["cpu"]
    assert facts["cores"] >= 1
    assert facts["torch"] == str(torch.__version__)
    assert "1 thread" in hardware_key({**facts, "threads": 1})
    assert adapter(torch.device("cpu")).kind == "cpu"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_not_measured():
    with pytest.raises(Skipped, match="not measured: no CUDA device"):
        adapter(torch.device("cuda"))
