"""A run that goes on knows by its keys what is done: other rows behind the same task are other keys."""

from dataclasses import replace

import pytest

from aeeval.cells import Choice
from aeeval.datasets import digits
from aeeval.datasets.identity import identity
from aeeval.datasets.spec import DataSpec
from aeeval.errors import DataError, SuiteError
from aeeval.manifolds.sphere import Sphere
from aeeval.session import Session
from aeeval.submissions.load import load
from aeeval.suite import parse_suite

TASKS = [
    {"id": "rows", "dataset": "digits", "latent_dims": [2]},
    {"id": "cap", "manifold": "sphere", "latent_dims": [2]},
]


def keys() -> dict[str, str]:
    """Task -> key of its first cell, of a session that starts now."""
    session = Session(parse_suite({"name": "mine", "seeds": 1, "task": TASKS}), (load("pca"),), Choice(("sampling",)))
    return {cell.task: key for key, cell in session.cells().items()}


def test_the_same_rows_give_the_same_keys():
    assert keys() == keys()


@pytest.mark.parametrize("change", [{"version": 2}, {"sha256": "other"}])
def test_another_version_or_other_bytes_of_a_set_are_other_keys_of_its_tasks_alone(change, monkeypatch):
    before, made = keys(), digits.digits
    monkeypatch.setattr(digits, "digits", lambda: replace(made(), **change))
    after = keys()
    assert after["rows"] != before["rows"]
    assert after["cap"] == before["cap"]


def test_another_version_of_a_manifold_is_another_key_of_its_tasks_alone(monkeypatch):
    before = keys()
    monkeypatch.setattr(Sphere, "version", 17)
    after = keys()
    assert after["cap"] != before["cap"]
    assert after["rows"] == before["rows"]


def test_other_bytes_of_a_file_are_another_identity(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("1,2\n")
    first = identity(DataSpec(path=str(file)))
    file.write_text("1,3\n")
    assert identity(DataSpec(path=str(file))) != first


@pytest.mark.parametrize(
    ("key", "value"),
    [("support", "cap"), ("density", "exponential"), ("support_params", {"angle": 1}), ("density_params", {"rate": 2})],
)
def test_real_rows_refuse_what_only_a_manifold_has(key, value):
    with pytest.raises(DataError, match=rf"a manifold with {key} = .*; got digits; drop {key}"):
        DataSpec(dataset="digits", **{key: value})
    with pytest.raises(SuiteError, match=rf"task 'a' of the suite: .*drop {key}"):
        parse_suite({"name": "mine", "task": [{"id": "a", "dataset": "digits", "latent_dims": [2], key: value}]})
    assert getattr(DataSpec(manifold="sphere", **{key: value}), key) == value
