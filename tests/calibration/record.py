"""What a test claims: when it says "different", how often it may do so in vain, and an effect that it shall see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

LEVEL, FLAG, FACT = "level", "flag", "fact"
CLAIMS = {
    LEVEL: "False alarms are to be at most at the level",
    FLAG: "A flag promises no level; that at most 1 % of healthy models carry it is asked here",
    FACT: "No level is claimed: what a model has seen is no longer like other rows to it, and the rate says how far",
}

World = Callable[[int], Mapping[str, bool]]
"""Everything drawn afresh from a seed (data, noise, model, sampler, what the metric draws) -> alarm by test.

A test that gives no verdict on a draw (a metric that is skipped) is not among the answers.
"""


@dataclass(frozen=True)
class Test:
    """One thing that says "different"."""

    __test__ = False  # no test of pytest's

    name: str
    """As on the page; unique."""
    subject: str
    """The metric whose number it is, or the function."""
    reads: str
    """When it says "different"."""
    effect: str
    """The alternative world of its study, by name."""
    level: float = 0.05
    claim: str = LEVEL


@dataclass(frozen=True)
class Study:
    """A world in which nothing is wrong, with all tests that are read in it, and worlds in which something is."""

    name: str
    words: str
    null: World
    effects: Mapping[str, World]
    """What is wrong, in words -> the world."""
    tests: tuple[Test, ...]
    repetitions: int
    small: int
    """Repetitions in the default tests."""
