"""The fixture `throughput`, in front of pytest-benchmark: our samples in its statistics, tables, JSON and comparisons.

pytest-benchmark's own timer reads a call that only enqueues its work as done. Here the engine measures, and its samples
are played to pytest-benchmark. Comparisons with a saved run are refused on other hardware, and a benchmark of that run
that did not run again is an error. Nothing heavy is imported before a test asks for the fixture.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from aeeval.in_benchmarks import Throughput

NOT_COMPARABLE = 4
KEY = "aeeval"
_STATE = pytest.StashKey["_State"]()


class _State:
    """What the hooks must remember of a session: what ran, what was left out on purpose, what is missing."""

    def __init__(self) -> None:
        self.ran: set[str] = set()
        self.deselected: set[str] = set()
        self.missing: list[str] = []


def pytest_configure(config: pytest.Config) -> None:
    """Begin with nothing."""
    _state(config)


@pytest.fixture
def throughput(request: pytest.FixtureRequest, benchmark: Any) -> "Throughput":
    """Benchmark an autoencoder: encode, decode or the round trip at one batch size, with its quality.

    def test_speed(throughput):
        throughput(MyAutoencoder(), rows, op="encode", batch=256)
    """
    from aeeval.in_benchmarks import Throughput

    _state(request.config).ran.add(request.node.nodeid)
    return Throughput(benchmark)


def pytest_deselected(items: list[pytest.Item]) -> None:
    """What -k and -m left out did not vanish."""
    for item in items:
        _state(item.config).deselected.add(item.nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    """The machine beside the benchmarks; the quality stands with each of them."""
    if _state(config).ran:
        from aeeval.throughput.machine import hardware_key, machine

        facts = machine()
        output_json[KEY] = {"hardware_key": hardware_key(facts), "machine": facts}


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_compare_machine_info(compared_benchmark: Mapping[str, Any]) -> None:
    """Refuse a saved run of ours from other hardware, where pytest-benchmark only warns."""
    saved = compared_benchmark.get(KEY)
    if saved is None:
        return
    from aeeval.throughput.machine import hardware_key

    if (here := hardware_key()) != saved["hardware_key"]:
        raise pytest.UsageError(
            f"expected benchmarks of this machine ({here}); got those of {saved['hardware_key']}; absolute times do "
            "not compare across hardware: save a run here, or compare in one process by aeeval bench --reference"
        )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Name the benchmarks of a saved run that should have run again and did not; ends with 4."""
    state, ours = _state(session.config), getattr(session.config, "_benchmarksession", None)
    compared: Mapping[Any, Mapping[str, Any]] = getattr(ours, "compared_mapping", None) or {}
    measured = {bench.fullname for bench in getattr(ours, "benchmarks", ()) if not bench.has_error}
    for benches in compared.values():
        for name, bench in benches.items():
            known = KEY in bench.get("extra_info", {}) and name not in measured | state.deselected
            if known and name not in state.missing and _asked(session.config, name):
                state.missing.append(name)
    if state.missing and session.exitstatus in (0, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = NOT_COMPARABLE


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what vanished."""
    if missing := _state(terminalreporter.config).missing:
        terminalreporter.section("benchmarks that vanished", red=True)
        for name in missing:
            terminalreporter.write_line(f"{name}: in the saved run, not in this one; run it again or save a new run")


def _state(config: pytest.Config) -> _State:
    return config.stash.setdefault(_STATE, _State())


def _asked(config: pytest.Config, name: str) -> bool:
    """Whether the arguments of this session cover a test of the saved run."""
    file, _, _ = name.partition("::")
    return any(
        (config.rootpath / file).is_relative_to(path) and (not node or name.partition("::")[2].startswith(node))
        for path, node in _arguments(config)
    )


def _arguments(config: pytest.Config) -> Iterator[tuple[Path, str]]:
    for argument in config.args:
        path, _, node = argument.partition("::")
        yield (config.invocation_params.dir / path).resolve(), node
