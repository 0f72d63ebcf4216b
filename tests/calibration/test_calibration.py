"""A small version of `python -m tests.calibration` in every run, and proof that it sees a p-value that is off."""

import json
from dataclasses import replace
from functools import partial

import pandas as pd
import pytest
from scipy import stats

from aeeval.datasets.spec import Sizes
from aeeval.errors import Skipped
from aeeval.evidence import Counts
from aeeval.metrics import METRICS, all_metrics
from aeeval.metrics.samplers import rank_above
from aeeval.report.flags import FLAGS
from tests import worlds
from tests.calibration import fitted, sampling
from tests.calibration.__main__ import key_of, plain, restored
from tests.calibration.page import page, table
from tests.calibration.rates import ABOVE, NULL, OPEN, Batch, Count, Rate, batches, count, rates
from tests.calibration.record import FACT, Study, Test
from tests.calibration.studies import STUDIES, TESTS
from tests.study import DOCS

ALARM = 1e-4  # of this whole file: what is not broken fails once in ten thousand choices of seeds
EACH = ALARM / (4 * len(TESTS))
SEEDS = 2 * 10**6  # none of the seeds of the committed run
EFFECTS = 4  # never seen in so many, an effect that was always seen in 100 differs at 2e-7: below EACH


@pytest.fixture(scope="module")
def small():
    return rates(map(count, batches(STUDIES, lambda study: study.small, EFFECTS, SEEDS)))


@pytest.fixture(scope="module")
def committed():
    return pd.read_csv(DOCS / "calibration.csv", keep_default_na=False).set_index("test")


def beyond_level(rate: Rate) -> bool:
    """Whether there are more false alarms than chance gives at the level."""
    chance = stats.binomtest(rate.false.alarms, rate.false.trials, rate.test.level, "greater").pvalue
    return rate.test.claim != FACT and chance < EACH


def differ(one: Count, other: Count) -> bool:
    """Whether two rates cannot be one."""
    tables = [[count.alarms, count.trials - count.alarms] for count in (one, other)]
    return stats.fisher_exact(tables).pvalue < EACH


def test_false_alarms_are_within_the_level(small):
    assert [rate.test.name for rate in small if beyond_level(rate)] == []


def test_what_is_counted_here_is_what_was_counted_there(small, committed):
    different = []
    for rate in small:
        row = committed.loc[rate.test.name]
        if differ(rate.false, Count(int(row.false_alarms), int(row.repetitions))):
            different.append(f"{rate.test.name}: false alarms {rate.false}, committed {row.rate}")
        if rate.seen and differ(rate.seen, Count(int(row.seen), int(row.effect_repetitions))):
            different.append(f"{rate.test.name}: seen {rate.seen}, committed {row.power}")
    assert different == []


def test_the_committed_table_is_of_these_tests(committed):
    assert list(committed.index) == list(TESTS)
    assert committed.repetitions.min() >= 500
    for name, test in TESTS.items():
        row = committed.loc[name]
        assert (row.level, row.effect, row.of, row.claim) == (test.level, test.effect, test.subject, test.claim)


def test_the_committed_intervals_and_words_follow_from_its_counts(committed):
    for study in STUDIES:
        for test in study.tests:
            row = committed.loc[test.name]
            rate = Rate(test, study, Count(int(row.false_alarms), int(row.repetitions)), None, 0.0)
            assert (row.low, row.high) == pytest.approx(rate.false.interval, abs=1e-5)
            assert row.within_level == rate.verdict


def test_a_metric_beyond_its_level_says_so_on_its_card(committed):
    for name, row in committed[committed.within_level.isin((ABOVE, OPEN))].iterrows():
        assert f"{row.rate:.2f}".removeprefix("0") in METRICS.get(row.of).doc, name


def _with_p(data, seed=0):
    """The metrics that give a p-value on these data."""
    model = worlds.World(data.manifold.project, lambda z: 0.9 * z, partial(sampling.perfect, data))
    evidence = worlds.evidence(model, data, seed=seed, samplers=("native",), counts=Counts(50, 10))
    for metric in all_metrics():
        try:
            if any(value.p is not None for value in metric(evidence)):
                yield metric.id
        except Skipped:
            pass


def test_every_p_value_and_every_flag_has_a_record():
    rows = Sizes(50, 5, 50, 50)
    even = worlds.dataset(seed=1, support="cap", noise=0.05, rows=rows, dim=2, ambient_dim=20)
    found = {*_with_p(even), *_with_p(fitted.graded(1))}
    cards = {metric.id for metric in all_metrics() if "`p`" in metric.doc}
    assert "reliability" in found
    assert found | cards | set(FLAGS) <= {test.subject for test in TESTS.values()}


def test_records_are_of_metrics_and_effects_that_exist():
    for study in STUDIES:
        assert {test.effect for test in study.tests} <= {*study.effects, ""}
        for test in study.tests:
            assert test.subject in METRICS or test.subject.startswith("stats."), test.name
    assert len(TESTS) == sum(len(study.tests) for study in STUDIES)


@pytest.mark.parametrize("factor", [1.0, 8.0])
def test_a_p_value_that_is_too_small_is_caught(monkeypatch, factor):
    """p / 8 says "different" in .40 of all cases."""
    monkeypatch.setattr("aeeval.metrics.sampling.rank_above", lambda value, null: rank_above(value, null) / factor)
    name = "sliced_wasserstein"
    found = [sampling.read(sampling.perfect, (name,), seed)[name] for seed in range(SEEDS, SEEDS + 40)]
    rate = Rate(TESTS[name], STUDIES[0], Count(sum(found), len(found)), None, 0.0)
    assert beyond_level(rate) == (factor > 1)


def test_standard_errors_that_are_too_small_are_caught(monkeypatch):
    """Half of it leaves the truth out in .33 of all cases."""
    whole = fitted._value

    def half(*arguments):
        value = whole(*arguments)
        return replace(value, stderr=value.stderr / 2)

    monkeypatch.setattr(fitted, "_value", half)
    index = next(i for i, study in enumerate(STUDIES) if study.name == "directions")
    found = rates([count(Batch(index, NULL, tuple(range(SEEDS, SEEDS + 60))))])
    assert all(beyond_level(rate) for rate in found)


def test_words_by_hand():
    """99.9 % intervals of 0, 25, 50 and 100 of 1000: [0, .0076], [.0118, .0456], [.030, .077], [.071, .135]."""
    study = STUDIES[0]
    words = [Rate(study.tests[0], study, Count(n, 1000), None, 0.0).verdict for n in (0, 25, 50, 100)]
    assert words == ["yes, cautious", "yes, cautious", "yes", "no"]
    assert Count(0, 1000).interval == (0.0, pytest.approx(1 - 0.0005 ** (1 / 1000)))
    exact = stats.binomtest(25, 1000).proportion_ci(0.999, "exact")
    assert Count(25, 1000).interval == pytest.approx((exact.low, exact.high))


def test_alarms_are_counted_by_test_and_trials_without_a_verdict_are_not(monkeypatch):
    def world(seed):
        return {"a": seed % 2 == 0} if seed < 6 else {"a": True, "b": True}

    tests = (Test("a", "fvu", "", "wrong"), Test("b", "fvu", "", "wrong"))
    study = Study("one", "", world, {"wrong": world}, tests, 10, 0)
    monkeypatch.setattr("tests.calibration.rates.STUDIES", (study,))
    a, b = rates(map(count, batches((study,), lambda study: study.repetitions, 3)))
    assert (a.false, b.false) == (Count(7, 10), Count(4, 4))
    assert (a.seen, b.seen) == (Count(3, 3), Count(3, 3))


def test_what_was_counted_outlives_the_process():
    study = next(study for study in STUDIES if study.name == "intervals over seeds")
    work = list(batches([study], lambda one: 45, 0))
    assert len({key_of(batch) for batch in work}) == len(work)
    one = count(work[0])
    assert sum(one.trials.values()) > 0
    assert restored(json.loads(json.dumps(plain(one)))) == one


def test_the_page_names_what_does_not_hold(small):
    wrong = replace(small[0], false=Count(300, 1000))
    text = page([wrong, *small[1:]], "stamp")
    assert f"**{wrong.test.name}** says *different* in 0.300" in text
    assert all(f"| {rate.test.name} |" in text for rate in small)
    assert len(table(small, 0)) == len(TESTS)


@pytest.mark.slow
def test_the_whole_study_holds_its_levels():
    found = rates(map(count, batches(STUDIES, lambda study: study.repetitions, EFFECTS)))
    assert [rate.test.name for rate in found if beyond_level(rate)] == []
