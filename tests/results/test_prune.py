"""Pruning: what nothing refers to goes, everything else stays, and nothing goes before it was said."""

import dataclasses
import os
import time

import pytest

from aeeval.metrics import all_metrics
from aeeval.results.prune import current, goners, remove
from aeeval.session import limited
from aeeval.store import Store
from aeeval.submissions.load import load
from aeeval.suite import load_suite
from tests.store.cells import key, record
from tests.tiny import write_submission, write_suite

VERSIONS = {metric.id: metric.version for metric in all_metrics()}


@pytest.fixture
def smoke():
    return load_suite("smoke")


def made(suite, **changes):
    """A record of today."""
    fields = {"suite": suite.name, "suite_digest": suite.digest, "metric_version": VERSIONS["fvu"]}
    return record(**{**fields, **changes})


def yesterday(path):
    then = time.time() - 2 * 24 * 3600
    os.utime(path, (then, then))


@pytest.fixture
def store(tmp_path, smoke):
    """One cell of today, with all that belongs to it, as it was two days ago."""
    store = Store(tmp_path / "run")
    store.write_cell(key("ab"), [made(smoke, env="here", data_sha256="rows")])
    for part, name in (("models", f"{key('ab')}.pt"), ("pictures", f"{key('ab')}.npz")):
        store.put(part, name, b"x")
    for part, name in (("env", "here.json"), ("data", "rows.json"), ("suites", f"{smoke.digest}.json")):
        store.put(part, name, b"{}")
    for path in store.root.rglob("*.*"):
        yesterday(path)
    return store


def told(store, **known):
    return [(one.kind, one.path.name, one.reason) for one in goners(store, current(**known))]


def test_what_is_of_today_stays(store):
    assert told(store) == []


def test_a_cell_of_another_version_goes_with_its_model_and_picture(store, smoke):
    store.write_cell(key("cd"), [made(smoke, suite_digest="0" * 64, task="old")])
    store.write_cell(key("ef"), [made(smoke, metric_version=99, task="older")])
    store.write_cell(key("12"), [made(smoke, metric="no_more", task="oldest")])
    for part, name in (("models", f"{key('cd')}.pt"), ("pictures", f"{key('cd')}.npz")):
        store.put(part, name, b"x")
        yesterday(store.root / part / name)
    digest = smoke.digest[:12]
    assert told(store) == [
        ("cell", f"{key('12')}.jsonl", f"metric no_more has version none now, not {VERSIONS['fvu']}"),
        ("cell", f"{key('cd')}.jsonl", f"suite smoke is {digest} now, not 000000000000"),
        ("cell", f"{key('ef')}.jsonl", f"metric fvu has version {VERSIONS['fvu']} now, not 99"),
        ("model", f"{key('cd')}.pt", "its cell is not kept"),
        ("picture", f"{key('cd')}.npz", "its cell is not kept"),
    ]


def test_a_submission_goes_where_it_is_said_what_it_is_now(store, smoke, tmp_path):
    mine = write_submission(tmp_path)
    store.write_cell(key("cd"), [made(smoke, submission_sha256=load(mine).sha256, task="other")])
    assert told(store) == []
    ((kind, name, reason), *rest) = told(store, submissions=[mine])
    assert (kind, name) == ("cell", f"{key('ab')}.jsonl")
    assert reason == f"submission mine is {load(mine).sha256[:12]} now, not s"
    assert {kind for kind, *_ in rest} == {"model", "picture", "env", "data"}


def test_cells_that_were_measured_anew_go(store, smoke):
    store.write_cell(key("cd"), [made(smoke, submission_sha256="new")])
    assert ("cell", f"{key('ab')}.jsonl", "a later cell has all of its numbers") in told(store)


def test_a_cell_with_one_number_that_still_counts_stays(store, smoke):
    store.write_cell(key("cd"), [made(smoke), made(smoke, metric="psnr", metric_version=VERSIONS["psnr"])], written=1)
    assert told(store) == []


def test_suites_that_are_not_known_are_kept_until_they_are_named(store, tmp_path):
    path = write_suite(tmp_path)
    suite = load_suite(path)
    store.write_cell(key("cd"), [made(dataclasses.replace(suite, digest="0" * 64))])
    assert told(store) == []
    assert [kind for kind, *_ in told(store, suites=[path])] == ["cell"]


def test_a_run_with_fewer_rows_is_one_of_today_too(store, smoke):
    store.write_cell(key("cd"), [made(limited(smoke, 50))])
    assert told(store) == []
    store.write_cell(key("cd"), [made(dataclasses.replace(limited(smoke, 50), digest="0" * 64))])
    assert [kind for kind, *_ in told(store)] == ["cell"]


def test_leftovers_go_once_nobody_can_need_them(store):
    half, model = store.root / "cells" / "ab" / ".tmp-x", store.root / "models" / f"{key('cd')}.pt"
    half.touch()
    store.put("models", model.name, b"x")
    store.put("env", "there.json", b"{}")
    (store.root / "quarantine").mkdir()
    for name in ("ab", "cd"):
        (store.root / "quarantine" / f"{key(name)}.jsonl").write_text("{")
    damaged = ("damaged", f"{key('ab')}.jsonl", "its cell was measured anew")
    assert told(store) == [damaged]  # a writer may be at work on the rest
    for path in (half, model, store.root / "env" / "there.json"):
        yesterday(path)
    assert [kind for kind, *_ in told(store)] == ["model", "env", "half", "damaged"]
    found = goners(store, current())
    remove(found)
    remove(found)
    assert told(store) == []
    assert (store.root / "quarantine" / f"{key('cd')}.jsonl").exists()


def test_claims_of_the_dead_go_and_those_of_the_living_stay(store):
    claim = store.claim(key("cd"))
    assert told(store) == []
    content = claim.content.replace(b'"started": "', b'"started": "1')
    store._claims.path(key("cd")).write_bytes(content)
    assert told(store) == [("claim", f"{key('cd')}.json", "its owner has ended")]


def test_the_command_says_what_goes_before_it_does(store, smoke, aeeval):
    store.write_cell(key("cd"), [made(smoke, suite_digest="0" * 64)])
    path = store.root / "cells" / "cd" / f"{key('cd')}.jsonl"
    code, said, _ = aeeval("results", "prune", store.root, "--list")
    assert code == 0
    assert str(path) in said
    assert "1 × cell" in said
    assert "nothing was removed (--yes removes them)" in said
    assert path.exists()
    code, said, _ = aeeval("results", "prune", store.root, "--yes")
    assert (code, "1 files" in said) == (0, True)
    assert not path.exists()
    assert store.has(key("ab"))
