"""What is paired with what, and what is refused."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from aeeval.errors import NotComparable, UsageError
from aeeval.gate.pairing import pair
from aeeval.gate.sides import Side
from tests.gate.conftest import side
from tests.report.conftest import METRICS, make

ONES = {"fvu": np.ones((2, 3))}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"suite_digest": "ffff"}, "one suite of the same content"),
        ({"task_version": 2}, "version of task task0"),
        ({"metric_version": 9}, "version of metric fvu"),
        ({"data_sha256": "bb"}, "data set for task task0 with seed 0"),
        ({"latent_dim": 3}, "on which both sides have numbers"),
        ({"track": "frozen"}, "on which both sides have numbers"),
    ],
)
def test_what_is_not_comparable_is_refused_with_the_reason(fields, why):
    base = side(ONES, data_sha256="aa")
    head = side(ONES, **{"data_sha256": "aa", **fields})
    with pytest.raises(NotComparable, match=why) as error:
        pair(base, head, METRICS)
    assert error.value.exit_code == 4


def test_sides_without_a_common_task_name_their_tasks():
    head = Side(Path("head"), "mlp", tuple(dataclasses.replace(r, task="roll") for r in side(ONES).records))
    with pytest.raises(NotComparable, match=r"task0, task1.*roll"):
        pair(side(ONES), head, METRICS)


def test_several_common_suites_have_to_be_chosen_from():
    both = Side(Path("r"), "mlp", (*side(ONES).records, *side(ONES, suite="core", suite_digest="77").records))
    with pytest.raises(UsageError, match="--suite NAME"):
        pair(both, both, METRICS)
    assert pair(both, both, METRICS, "core")[0].paired == 6


def test_only_pairs_of_one_seed_count():
    base, head = side({"fvu": np.ones((1, 3))}), side({"fvu": np.full((1, 5), 2.0)})
    (one,) = pair(base, head, METRICS)
    assert one.paired == 3
    assert one.effects[0, :3] == pytest.approx(np.log(2), rel=1e-5)
    assert np.isnan(one.effects[0, 3:]).all()
    assert {gained.seed for gained in one.gained} == {3, 4}


def test_a_code_length_that_the_submission_chose_is_no_part_of_the_pair():
    base, head = (Side(Path("r"), "ae", (make(track="own-k", latent_dim=k),)) for k in (3, 5))
    assert pair(base, head, METRICS)[0].paired == 1


def test_another_sampler_than_that_of_the_headline_plays_no_part():
    records = [
        make("sliced_wasserstein", value, axes={"sampler": name}) for name, value in (("gmm10", 1), ("prior", 9))
    ]
    both = Side(Path("r"), "mlp", tuple(records))
    assert pair(both, both, METRICS)[0].base.tolist() == [[1.0]]
