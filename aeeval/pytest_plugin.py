"""The pytest plugin: the fixture `aeeval`, and a line a capability at the end of the tests.

Installed with the package it is there by itself; in a checkout, `pytest -p aeeval.pytest_plugin`. Nothing heavy is
imported before a test asks for a fixture.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from aeeval.in_tests import Harness

pytest_plugins = ("aeeval.pytest_throughput",)  # the fixture `throughput`, and guards of its comparisons
PREFIX = "aeeval"  # of the names of properties that carry lines from a test, also from another process, to the end


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the fixture `aeeval`."""
    group = parser.getgroup("aeeval", "regression tests of autoencoders")
    group.addoption("--aeeval-update", action="store_true", help="replace baselines by what these tests measure")
    group.addoption("--aeeval-strict", action="store_true", help="an INCONCLUSIVE verdict fails the test")


@pytest.fixture
def aeeval(request: pytest.FixtureRequest) -> "Harness":
    """Evaluate an autoencoder in a test and assert that it did not get worse.

    def test_my_autoencoder(aeeval):
        aeeval.evaluate(MyAutoencoder, suite="smoke").assert_no_regression("results/main.jsonl")
    """
    from aeeval.in_tests import Harness, Place

    config, properties = request.config, request.node.user_properties
    cache = getattr(config, "cache", None)
    place = Place(
        root=config.rootpath,
        cache=cache.mkdir("aeeval") if cache is not None else None,
        test=request.node.nodeid,
        update=config.getoption("--aeeval-update"),
        strict=config.getoption("--aeeval-strict"),
    )

    def say(key: str, lines: Sequence[str]) -> None:
        """Keep the latest lines of every evaluation of the test."""
        properties[:] = [(name, value) for name, value in properties if name != key] + [(key, "\n".join(lines))]

    return Harness(place, say)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What every test evaluated, and its verdict: a line a capability."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    told = [
        (report.nodeid, value)
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name.partition(" ")[0] == PREFIX
    ]
    if not told:
        return
    terminalreporter.section("aeeval")
    for test, lines in told:
        first, *rest = str(lines).split("\n")
        terminalreporter.write_line(f"{test}: {first}")
        for line in rest:
            terminalreporter.write_line(f"  {line}")
