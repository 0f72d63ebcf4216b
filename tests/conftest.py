"""Shared by all tests: one thread, generators named after tests, and no test that changes torch for the next one."""

import hashlib
import os
import sys

import pytest
import torch

# What an earlier test or run has kept decides nothing, here and in processes that tests start; the tests of the cache
# switch it on.
os.environ["AEEVAL_CACHE_MB"] = "0"

# Two sums of the same numbers agree to the last bit only when the same number of threads made them.
torch.set_num_threads(1)

try:  # absent where only the core packages are installed; the tests that draw examples are skipped there
    import hypothesis
except ImportError:
    pass
else:
    # The same examples in every run, and no verdict that hangs on how busy the machine is.
    hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
    hypothesis.settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if torch.cuda.is_available():
        return
    for item in items:
        if item.get_closest_marker("gpu"):
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


@pytest.fixture
def generator(request: pytest.FixtureRequest) -> torch.Generator:
    """A CPU generator seeded from the test's name: no order of tests changes what a test draws."""
    digest = hashlib.sha256(request.node.name.encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


@pytest.fixture
def aeeval(monkeypatch, capsys):
    """Run a command line in this process: -> (exit code, standard output, standard error)."""
    from aeeval.cli import main

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["aeeval", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return run


@pytest.fixture(autouse=True)
def _torch_as_it_was():
    """Tests ask for float64 where they want it; a global setting would leak into the next test."""
    yield
    assert torch.get_default_dtype() == torch.float32
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.is_grad_enabled()
