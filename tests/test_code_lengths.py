"""Which code lengths are run: all of a task, some, or the one that it sets."""

import csv
import io

import pytest

from aeeval.api import evaluate, suite_session
from aeeval.cells import Choice, plan
from aeeval.cli.run import run_command
from aeeval.errors import UsageError
from aeeval.manifolds.make import make
from aeeval.submissions.load import load
from aeeval.submissions.submission import Submission
from aeeval.suite import load_suite
from tests.tiny import write_suite

CORE = load_suite("core")


def lengths(*latent_dims, submission=None):
    choice = Choice(("reconstruction",), None, 1, latent_dims=latent_dims)
    return {
        task.id: [cell.latent_dim for cell in plan(CORE, [submission or load("pca")], choice) if cell.task == task.id]
        for task in CORE.tasks
    }


def test_all_of_a_task_unless_some_are_asked_for():
    assert lengths()["graph5"] == [3, 5, 8]
    assert lengths(5)["graph5"] == lengths(5)["warped-sphere2"] == [5]
    assert lengths(5)["swiss-roll"] == []
    assert lengths(3, 8)["graph5"] == [3, 8]
    assert lengths(8, "middle")["graph5"] == [5, 8]


def test_the_middle_length_of_the_core_suite_is_the_least_that_holds_the_support():
    found = lengths("middle")
    for task in CORE.tasks:
        support = make(task.data.manifold, **task.data.params).support(task.data.support)
        mixed = task.id == "line-disc-ball"  # a length of 3 would be linear there
        assert found[task.id] == [support.embedding_dim[1] - mixed], task.id


def test_an_own_length_is_none_of_those_asked_for():
    chooser = Submission("own", load("pca").build, chooses_latent_dim=True)
    assert lengths(submission=chooser)["swiss-roll"] == [2, 0]
    assert lengths("middle", submission=chooser)["swiss-roll"] == [2]


def test_a_length_that_no_task_has_is_told():
    with pytest.raises(UsageError, match="code lengths of core: 1, 2, 3, 4, 5, 8, 10"):
        suite_session([load("pca")], CORE, Choice(latent_dims=(7,)))


def test_the_command_and_the_function_take_it(tmp_path):
    suite = write_suite(tmp_path)
    options = ["--suite", suite, "--capability", "reconstruction", "--seeds", "1", "--out", str(tmp_path / "out")]
    options += ["--no-reference", "--executor", "inline", "--k", "3"]
    run_command.main(["mean", *options], standalone_mode=False)
    (table,) = (tmp_path / "out" / "tables").glob("*.csv")
    rows = csv.DictReader(io.StringIO(table.read_text()))
    assert {(row["task"], row["latent_dim"]) for row in rows} == {("digits", "3")}
    found = evaluate("mean", suite, 1, latent_dim="middle", capabilities=["reconstruction"], reference=False)
    assert {(r.task, r.latent_dim) for r in found.records} == {("cap", 2), ("digits", 3)}
    with pytest.raises(UsageError, match="numbers as code lengths"):
        evaluate("mean", data=str(tmp_path / "none.npz"), latent_dim="middle")
