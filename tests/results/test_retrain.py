"""Pictures made by training again: of the very model that was measured, or none."""

from dataclasses import replace

import pytest

from aeeval.cells import Choice
from aeeval.errors import NotComparable, UnknownName
from aeeval.results.pictures import pictures_in
from aeeval.results.retrain import missing, retrain
from aeeval.session import Session
from aeeval.store import Store
from aeeval.submissions.load import load
from aeeval.suite import load_suite
from tests.tiny import write_submission, write_suite

BROKEN = "    def loss(self, x):\n        raise RuntimeError('never trained')"


@pytest.fixture
def suite(tmp_path):
    return write_suite(tmp_path)


@pytest.fixture
def store(tmp_path, suite):
    """A run of three submissions at one seed, one of which fails, without pictures."""
    rows = [load(write_submission(tmp_path)), load(write_submission(tmp_path, "bad", BROKEN)), load("mean")]
    made = Store(tmp_path / "out")
    choice = Choice(("reconstruction",), seeds=1, tasks=("cap",))
    Session(load_suite(suite), tuple(rows), choice, executor="inline").run(made)
    made.before = {path.name: path.read_bytes() for path in (made.root / "pictures").iterdir()}
    for path in (made.root / "pictures").iterdir():
        path.unlink()
    return made


def test_a_picture_made_again_is_the_same_in_every_bit(store, suite, tmp_path):
    cells = {path: path.read_bytes() for path in (store.root / "cells").rglob("*.jsonl")}
    assert sorted(str(one) for one in missing(store)) == ["mean on cap, k=2", "mine on cap, k=2"]
    (one,) = missing(store, "mine")
    assert list(retrain(store, [one], [str(tmp_path / "mine.py")], [suite])) == [(one, "")]
    name = f"{one.key}.npz"
    assert (store.root / "pictures" / name).read_bytes() == store.before[name]
    assert missing(store, "mine") == []
    assert {path: path.read_bytes() for path in cells} == cells  # no number was touched


def test_only_what_is_asked_for_is_missing(store):
    assert [one.record.submission for one in missing(store, "mean")] == ["mean"]
    assert missing(store, "mean", "digits") == []


def test_a_model_that_is_another_one_is_not_drawn(store, suite, tmp_path):
    (one,) = missing(store, "mine")
    write_submission(tmp_path, "mine", "    other = 1")
    with pytest.raises(NotComparable, match="the submission as it is"):
        list(retrain(store, [one], [str(tmp_path / "mine.py")], [suite]))
    assert list(pictures_in(store.root)) == []


def test_a_suite_that_is_another_one_is_told(store, suite, tmp_path):
    (one,) = missing(store, "mean")
    with pytest.raises(UnknownName, match="tiny"):
        list(retrain(store, [one]))
    text = (tmp_path / "tiny.toml").read_text()
    (tmp_path / "tiny.toml").write_text(text.replace("steps = 20", "steps = 30"))
    with pytest.raises(NotComparable, match="the suite as it is"):
        list(retrain(store, [one], suites=[suite]))


def test_a_model_that_fails_now_says_why(store, suite, tmp_path):
    (one,) = missing(store, "mine")
    write_submission(tmp_path, "mine", BROKEN)
    broken = load(str(tmp_path / "mine.py"))
    changed = replace(one, record=replace(one.record, submission_sha256=broken.sha256))
    ((_, reason),) = retrain(store, [changed], [str(tmp_path / "mine.py")], [suite])
    assert "never trained" in reason
