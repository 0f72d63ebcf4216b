"""Encode and decode timed on real clocks: an asynchronous device, cheating models, memory that runs out."""

import queue
import threading
import time

import pytest
import torch

from aeeval.errors import SubmissionError, UsageError
from aeeval.throughput.bench import Failure, bench
from aeeval.throughput.device import Cpu, adapter
from aeeval.throughput.engine import measure
from aeeval.throughput.machine import hardware_key, machine

SLEEP = 0.005


class Asynchronous(Cpu):
    """A device whose calls return at once and are done by a thread 5 ms later each."""

    kind = "fake"

    def __init__(self):
        super().__init__()
        self._work = queue.Queue()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            time.sleep(self._work.get())
            self._work.task_done()

    def run(self):
        self._work.put(SLEEP)

    def synchronize(self):
        self._work.join()

    def cpu_now(self):
        return None


def test_an_asynchronous_call_is_waited_for():
    """A sleep of 5 ms lasts 5 ms or more; the naive clock, read when the call returns, sees under one."""
    device = Asynchronous()
    start = time.perf_counter()
    device.run()
    assert time.perf_counter() - start < SLEEP / 5
    timing = measure(device.run, device, batch=1, op="encode", min_time_s=0.1, timeout_s=1.0)
    assert min(timing.samples) >= SLEEP
    assert timing.p50 < 4 * SLEEP


def rows(n=16, dim=6):
    return torch.randn(n, dim, generator=torch.Generator().manual_seed(0))


def run(encode, decode, batches=(1, 8)):
    return bench(encode, decode, rows(), rows(dim=2), Cpu(), batches=batches, min_time_s=0.001)


def test_encode_and_decode_are_timed_at_every_batch_on_plain_tensors_without_gradients():
    seen = set()
    weight = rows(6, 2)

    def encode(x):
        seen.add((tuple(x.shape), torch.is_grad_enabled(), bool((x == 0).all())))
        return x @ weight

    timings = run(encode, lambda z: z @ weight.T)
    assert [(t.op, t.batch, t.mode) for t in timings] == [
        ("encode", 1, "latency"),
        ("encode", 8, "stream"),
        ("decode", 1, "latency"),
        ("decode", 8, "stream"),
    ]
    assert seen == {((1, 6), False, False), ((8, 6), False, False)}


def test_a_memoising_model_is_caught():
    answers = {}

    def encode(x):
        return answers.setdefault(x.data_ptr(), x[:, :2] * 1.0)

    with pytest.raises(SubmissionError, match="compute encode anew at every call"):
        run(encode, lambda z: z)


def test_a_random_answer_is_caught():
    with pytest.raises(SubmissionError, match="without random draws"):
        run(lambda x: torch.randn(len(x), 2), lambda z: z)


def test_a_lazy_answer_is_caught():
    class Lazy(torch.Tensor):
        pass

    with pytest.raises(SubmissionError, match="expected a plain tensor from encode; got Lazy"):
        run(lambda x: x.as_subclass(Lazy), lambda z: z)


def test_memory_that_runs_out_is_a_row():
    def encode(x):
        if len(x) > 1:
            raise RuntimeError("CUDA out of memory. Tried to allocate")
        return x[:, :2]

    timings = run(encode, lambda z: z)
    assert timings[1] == Failure("encode", 8, "out of memory at batch 8")
    assert timings[3].op == "decode"


def test_other_errors_of_the_model_are_raised():
    def encode(x):
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes do not fit"):
        run(encode, lambda z: z)


@pytest.mark.parametrize("batches", [(), (0,)])
def test_batches_that_cannot_be_timed(batches):
    with pytest.raises(UsageError, match="batch sizes of at least 1"):
        run(lambda x: x, lambda z: z, batches)


def test_the_machine_is_described_without_nothing():
    facts = machine()
    assert facts["cpu"]
    assert facts["cores"] >= 1
    assert facts["torch"] == str(torch.__version__)
    assert "1 thread" in hardware_key({**facts, "threads": 1})
    assert adapter(torch.device("cpu")).kind == "cpu"
