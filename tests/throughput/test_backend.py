"""Compiled functions: one shape each, silent fallbacks seen, compilation kept out of the times."""

from functools import partial

import pytest
import torch

from aeeval.errors import Skipped
from aeeval.throughput.backend import compiled
from aeeval.throughput.bench import Plan, bench
from aeeval.throughput.cpu import Cpu
from aeeval.throughput.row import NOT_MEASURED
from aeeval.throughput.setting import Setting
from tests.throughput.models import WHO, Linear, subject

COMPILE = Setting("here", "cpu", backend="compile")
SHORT = Plan((1, 3), ("encode",), 0.001, cold=False)


@pytest.fixture
def traced(monkeypatch):
    """torch.compile without code generation: the same tracing in a hundredth of the time."""
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    yield
    torch._dynamo.reset()


def rows_of(raw=None):
    return list(bench(subject(raw, COMPILE), Cpu(), SHORT, who=WHO))


def test_a_compiled_row_says_how_long_the_compiler_took(traced):
    rows = rows_of()
    assert [row.batch for row in rows] == [1, 3]
    for row in rows:
        assert row.compile_s == row.first_call_s > max(row.timings["stream"].samples)
        assert row.memory.allocated is None


def test_more_shapes_than_torch_compiles_of_one_function_are_all_compiled(traced):
    """The ninth shape would run in eager mode, with a warning at most."""
    made = subject(Linear(), COMPILE)
    for batch in range(1, 12):
        ready = made.prepared("encode").function
        ready(torch.randn(batch, 6))
        assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 1


def test_what_cannot_be_compiled_is_not_measured(traced):
    with pytest.raises(Skipped, match="found nothing that it could compile"):
        compiled(lambda x: x).function(torch.zeros(2))


def test_a_compiler_that_fails_is_a_row_with_its_reason(monkeypatch):
    def broken(function, **settings):
        def call(rows):
            raise RuntimeError("InvalidCxxCompiler: No working C++ compiler found")

        return call

    monkeypatch.setattr(torch, "compile", broken)
    rows = rows_of()
    assert {row.status for row in rows} == {NOT_MEASURED}
    assert "torch.compile: RuntimeError: InvalidCxxCompiler: No working C++ compiler found" in rows[0].reason


def test_quality_is_that_of_the_compiled_function(traced):
    made = subject(Linear(), COMPILE, n=20)
    x = torch.randn(10, 6, dtype=torch.float64)
    seen = []
    made.quality(lambda model: seen.append(model.decode(model.encode(x))) or 0.0)
    assert torch.allclose(seen[0], made.model.reconstruct(x), rtol=0, atol=1e-6)


@pytest.mark.slow
def test_the_real_compiler(generator):
    rows = rows_of()
    assert {row.status for row in rows} == {"ok"}
