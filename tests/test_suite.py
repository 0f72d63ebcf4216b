"""Suites: every name, key and value fails when the file is read, and the digest is of the content."""

import pytest

from aeeval.errors import AeevalError, SuiteError, UnknownName
from aeeval.suite import load_suite, parse_suite
from tests.tiny import SUITE, write_suite

TASK = {"id": "a", "manifold": "sphere", "latent_dims": [2]}


def suite(task=None, **keys):
    return {"name": "mine", "task": [task or TASK], **keys}


def test_the_bundled_suites_are_readable_and_name_their_tasks():
    smoke = load_suite("smoke")
    assert [task.id for task in smoke.tasks] == ["plane3", "sphere2-cap", "swiss-roll", "graph2", "digits"]
    assert smoke.seeds == 3
    assert smoke.reference == ("mean", "pca")
    assert load_suite("digits").task("digits-clean").latent_dims == (4, 8, 16)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (suite(seed=3), "unknown key of the suite 'seed'; did you mean seeds"),
        (suite({**TASK, "latent_dim": [2]}), "did you mean latent_dims"),
        (suite({**TASK, "manifold": "spere"}), "unknown manifold 'spere'; did you mean sphere"),
        (suite({**TASK, "dataset": "digits"}), "exactly one of manifold, dataset, path"),
        (suite({"id": "a", "latent_dims": [1]}), "exactly one of manifold, dataset, path"),
        (suite({"id": "a", "dataset": "digit", "latent_dims": [1]}), "did you mean digits"),
        (suite({"id": "a", "path": "none.npz", "latent_dims": [1]}), "does not exist"),
        (suite({"id": "a", "manifold": "sphere"}), "latent_dims in task 'a'"),
        (suite({**TASK, "latent_dims": [0]}), "a whole number ≥ 1"),
        (suite({**TASK, "id": "A b"}), "id of task 'A b'"),
        (suite({**TASK, "rows": {"trian": 3}}), "did you mean train"),
        (suite({**TASK, "rows": {"train": -3}}), "train ≥ 0"),
        (suite({"id": "a", "dataset": "digits", "latent_dims": [1], "held_out": 9}), r"write held_out = \[9\]"),
        (suite({"id": "a", "dataset": "digits", "latent_dims": [1], "held_out": ["nine"]}), "a list of classes"),
        (suite({**TASK, "held_out": [9]}), "a part of a manifold with support"),
        (suite(samplers=["gmm"]), "unknown sampler 'gmm'; did you mean gmm10"),
        (suite(throughput={"tasks": ["b"]}), "unknown task 'b'"),
        (suite(budget={"step": 3}), "did you mean steps"),
        ({"name": "mine", "task": [TASK, TASK]}, "one task an id"),
        ({"name": "mine"}, "`task` in the suite"),
        ({"task": [TASK]}, "`name` in the suite"),
    ],
)
def test_what_is_wrong_is_named_with_what_was_meant(content, reason):
    with pytest.raises((SuiteError, UnknownName), match=reason):
        parse_suite(content)


def test_a_file_that_is_no_toml_and_a_name_that_is_no_suite(tmp_path):
    (tmp_path / "bad.toml").write_text("name = ")
    with pytest.raises(SuiteError, match="a TOML file"):
        load_suite(str(tmp_path / "bad.toml"))
    with pytest.raises(AeevalError, match="did you mean smoke"):
        load_suite("smok")


def test_a_task_overrides_what_the_suite_says():
    parsed = parse_suite(
        suite({**TASK, "budget": {"steps": 7}, "counts": {"samples": 9}}, budget={"steps": 5, "batch": 3})
    )
    budget = parsed.tasks[0].budget
    assert (budget.steps, budget.batch, parsed.tasks[0].counts.samples) == (7, 3, 9)


def test_the_digest_is_of_the_content_and_not_of_the_layout(tmp_path):
    first = load_suite(write_suite(tmp_path)).digest
    assert (
        load_suite(write_suite(tmp_path, "# a comment\n" + SUITE.replace("seeds = 2", "seeds   =  2"))).digest == first
    )
    assert load_suite(write_suite(tmp_path, SUITE.replace("seeds = 2", "seeds = 3"))).digest != first
