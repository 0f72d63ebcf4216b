"""A small matrix in every run, and proof that it sees what is wrong; the whole is `python -m tests.known_answers`."""

import dataclasses

import pytest

from aeeval.metrics import METRICS, all_metrics
from aeeval.metrics.base import Value
from tests.known_answers import matrix
from tests.known_answers.expect import ABSENT, BOUND, CHANCE, EXACT
from tests.known_answers.ground import FULL, SMALL
from tests.known_answers.models import MODELS
from tests.known_answers.page import page

FEW = ("sphere", "lollipop")  # of one dimension, and a union of two; the whole registry is the slow run


@pytest.fixture(scope="module")
def measured():
    return [ground for manifold in FEW for ground in matrix.grounds(manifold, SMALL)]


@pytest.fixture(scope="module")
def few(measured):
    return [cell for ground in measured for cell in matrix.judged(ground)]


def test_numbers_are_what_theory_says(few):
    assert matrix.wrong(few) == []


def test_every_metric_of_a_model_is_asked(few):
    asked = {cell.metric for cell in few}
    assert asked == {metric.id for metric in all_metrics() if metric.capability != "throughput"}


def test_most_of_theory_is_more_than_a_range(few):
    counted = matrix.counts(few)
    assert counted[EXACT] + counted[BOUND] + counted[CHANCE] > counted["range"]
    assert counted[ABSENT] > 0


def test_rules_speak_of_metrics_and_models_that_exist():
    assert set(matrix.THEORY) <= set(METRICS)
    assert {name for rules in matrix.THEORY.values() for name in rules} <= {model.name for model in MODELS}


@pytest.mark.parametrize(
    ("metric", "change"),
    [
        ("fvu", lambda v: 1.01 * v + 1e-4),
        ("kept_dim", lambda v: v - 0.05),
        ("excess_dim", lambda v: v + 0.05),
        ("dimension_mismatch", lambda v: v + 0.1),
        ("tube_error", lambda v: 1.05 * v + 1e-4),
        ("memorised_noise", lambda v: 0.9 * v),
        ("along_error", lambda v: v + 1e-3),
        ("sample_distance", lambda v: v + 1e-3),
        ("copying", lambda v: 0.9 * v),
    ],
)
def test_a_wrong_number_is_seen(metric, change, measured):
    """The same matrix with one metric a little off."""

    def off(value):
        return value if value.value is None else dataclasses.replace(value, value=change(value.value))

    found = []
    for ground in measured:
        if metric in ground.values:
            values = {**ground.values, metric: [off(value) for value in ground.values[metric]]}
            found += matrix.judged(dataclasses.replace(ground, values=values))
    assert any(line.startswith(metric) for line in matrix.wrong(found))


def test_a_number_where_there_can_be_none_is_wrong():
    assert not matrix.absent("codes do not vary").holds(Value(0.0))
    assert not matrix.absent("codes do not vary").holds(Value.skipped("too slow"))
    assert matrix.absent("codes do not vary").holds(Value.skipped("codes do not vary"))


def test_the_page_names_what_is_wrong(few):
    broken = [dataclasses.replace(few[0], value=Value(17.0)), *few[1:]]
    assert "**0 are not as theory says.**" in page(few, "stamp")
    assert "**1 are not as theory says.**" in page(broken, "stamp")
    assert str(broken[0]) in page(broken, "stamp")


@pytest.mark.slow
@pytest.mark.parametrize("manifold", matrix.movable())
def test_the_whole_matrix(manifold):
    assert matrix.wrong(matrix.cells([manifold], FULL)) == []
