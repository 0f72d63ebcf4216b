"""A small matrix in every run, and proof that it sees what is wrong; the whole is `python -m tests.known_answers`."""

import dataclasses
import json
import math

import pytest

from aeeval.metrics import METRICS, all_metrics
from aeeval.metrics.base import Value
from tests.known_answers import matrix
from tests.known_answers.__main__ import restored
from tests.known_answers.expect import ABSENT, EXACT
from tests.known_answers.models import MODELS
from tests.known_answers.page import page
from tests.known_answers.places import FULL, SMALL, places

FEW = ("lollipop", "sphere, graded", "digits")  # the whole registry is the slow run


@pytest.fixture(scope="module")
def measured():
    return [ground for place in FEW for ground in matrix.grounds(place, SMALL)]


@pytest.fixture(scope="module")
def few(measured):
    return [cell for ground in measured for cell in matrix.judged(ground)]


def test_numbers_are_what_theory_says(few):
    assert matrix.wrong(few) == []


def test_every_metric_of_a_model_is_asked(few):
    asked = {cell.metric for cell in few}
    assert asked == {metric.id for metric in all_metrics() if metric.capability != "throughput"}


def test_every_number_is_exact_or_bounded_by_more_than_its_range(few):
    counted = matrix.counts(few)
    assert counted[EXACT] > 0.7 * len(few)
    assert counted[ABSENT] > 0
    for cell in few:
        if cell.expected.kind != ABSENT:
            assert max(cell.expected.low, -cell.expected.high) > -math.inf


def test_rules_speak_of_metrics_and_models_that_exist():
    assert set(matrix.THEORY) | set(matrix.AGAIN) <= set(METRICS)
    assert {name for rules in matrix.THEORY.values() for name in rules} <= {model.name for model in MODELS}


@pytest.mark.parametrize("metric", [metric.id for metric in all_metrics() if metric.capability != "throughput"])
def test_a_wrong_number_is_seen(metric, measured):
    """The same matrix with one metric a little off."""

    def off(value):
        return value if value.value is None else dataclasses.replace(value, value=1.05 * value.value + 0.01)

    found = []
    for ground in measured:
        right = ground.values.get(metric, [])
        ground.values[metric] = [off(value) for value in right]
        found += [cell for cell in matrix.judged(ground, only=metric) if not cell.holds]
        ground.values[metric] = right
    assert found


def test_a_number_where_there_can_be_none_is_wrong():
    assert not matrix.absent("codes do not vary").holds(Value(0.0))
    assert not matrix.absent("codes do not vary").holds(Value.skipped("too slow"))
    assert matrix.absent("codes do not vary").holds(Value.skipped("codes do not vary"))


def test_cells_outlive_the_process(few):
    kept = json.loads(json.dumps([dataclasses.asdict(cell) for cell in few]))
    assert [restored(one) for one in kept] == few


def test_the_page_names_what_is_wrong(few):
    broken = [dataclasses.replace(few[0], value=Value(17.0)), *few[1:]]
    assert "**0 are not as theory says.**" in page(few, "stamp")
    assert "**1 are not as theory says.**" in page(broken, "stamp")
    assert str(broken[0]) in page(broken, "stamp")


@pytest.mark.slow
@pytest.mark.parametrize("place", places())
def test_the_whole_matrix(place):
    assert matrix.wrong(matrix.cells([place], FULL)) == []
