"""How often each test says "different", counted over fresh draws, and what that says of its level."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import process_time

import torch
from scipy import stats

from tests.calibration.record import FACT, Study, Test
from tests.calibration.studies import STUDIES

CONFIDENCE = 0.999  # of one interval: those of 50 tests are then right together in 95 % of all studies
CHUNK = 20
NULL = ""  # the name of the world in which nothing is wrong
EFFECT_SEEDS = 10**6  # no seed of an alternative world is one of the null world
ABOVE, AT, BELOW, OPEN = "no", "yes", "yes, cautious", "not claimed"


@dataclass(frozen=True)
class Count:
    """Alarms among trials."""

    alarms: int
    trials: int

    @property
    def rate(self) -> float:
        """alarms / trials."""
        return self.alarms / self.trials if self.trials else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """The exact (Clopper–Pearson) interval of the rate, 99.9 %."""
        side, misses = (1 - CONFIDENCE) / 2, self.trials - self.alarms
        low = stats.beta.ppf(side, self.alarms, misses + 1) if self.alarms else 0.0
        high = stats.beta.isf(side, self.alarms + 1, misses) if misses else 1.0
        return float(low), float(high)


@dataclass(frozen=True)
class Rate:
    """A test with what was counted: false alarms, and alarms under its effect (None where it has none)."""

    test: Test
    study: Study
    false: Count
    seen: Count | None
    seconds: float
    """CPU time of the worlds, shared equally by the tests that are read in them."""

    @property
    def verdict(self) -> str:
        """Whether the level holds: "no" where the whole interval lies above it, "cautious" where it lies below."""
        low, high = self.false.interval
        if self.test.claim == FACT:
            return OPEN
        return ABOVE if low > self.test.level else BELOW if high < self.test.level else AT


@dataclass(frozen=True)
class Batch:
    """Seeds of one world of one study; plain, so that another process can be handed it."""

    study: int
    world: str
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Counted:
    """What a batch found, by test."""

    batch: Batch
    trials: Counter[str]
    alarms: Counter[str]
    seconds: float


def count(batch: Batch) -> Counted:
    """Draw the world of every seed and count."""
    torch.set_num_threads(1)
    study, start = STUDIES[batch.study], process_time()
    world = study.effects[batch.world] if batch.world else study.null
    trials, alarms = Counter[str](), Counter[str]()
    for seed in batch.seeds:
        found = world(seed)
        trials.update(found.keys())
        alarms.update(name for name, alarm in found.items() if alarm)
    return Counted(batch, trials, alarms, process_time() - start)


def batches(studies: Sequence[Study], null: Callable[[Study], int], effect: int, first: int = 0) -> Iterator[Batch]:
    """All that has to be drawn: so many repetitions of a study's null world, and of each of its effects."""
    for study in studies:
        for world in (NULL, *study.effects):
            start, wanted = first + (EFFECT_SEEDS if world else 0), effect if world else null(study)
            for done in range(0, wanted, CHUNK):
                seeds = range(start + done, start + min(done + CHUNK, wanted))
                yield Batch(STUDIES.index(study), world, tuple(seeds))


def rates(counted: Iterable[Counted]) -> list[Rate]:
    """One for each test of the studies that were drawn, in their order."""
    trials, alarms = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    seconds = Counter[tuple[int, str]]()
    for one in counted:
        seconds[one.batch.study, one.batch.world] += one.seconds
        for name in one.trials:
            trials[name, one.batch.world] += one.trials[name]
            alarms[name, one.batch.world] += one.alarms[name]

    def counts(test: Test, world: str) -> Count:
        return Count(alarms[test.name, world], trials[test.name, world])

    return [
        Rate(
            test,
            study,
            counts(test, NULL),
            counts(test, test.effect) if test.effect else None,
            _share(seconds, index, test),
        )
        for index, study in enumerate(STUDIES)
        if (index, NULL) in seconds
        for test in study.tests
    ]


def _share(seconds: Counter[tuple[int, str]], index: int, test: Test) -> float:
    tests = STUDIES[index].tests
    sharing = sum(other.effect == test.effect for other in tests)
    return seconds[index, NULL] / len(tests) + (seconds[index, test.effect] / sharing if test.effect else 0)
