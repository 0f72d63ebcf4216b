"""Every hostile submission becomes failed or timed-out records, or is prevented; all others keep their numbers."""

import hashlib
import subprocess

import pytest

from aeeval.cells import Choice
from aeeval.executors import landlock, pool
from aeeval.executors.work import Allowance, elsewhere
from aeeval.session import Session, load_apart
from aeeval.store import Store
from aeeval.submissions.load import load
from aeeval.submissions.submission import Submission
from aeeval.suite import load_suite
from tests.executors.rows import rows
from tests.hostile.submissions import HOSTILE, Hostile
from tests.tiny import SUITE, write_suite

TEXT = SUITE.replace("wall_s = 20", "wall_s = 1, memory_mb = 300").replace("test = 60, beyond", "test = 61, beyond")
ALLOWANCE = Allowance(grace_s=15.0, scratch_mb=20)
CHOICE = Choice(("reconstruction",), ("cap",), 1)


def submission(folder, name, hostile, out, secret):
    """Not loaded beforehand: what it does at import happens in its cell."""
    path = folder / f"{name}.py"
    text = hostile.text(str(out), str(secret))
    path.write_text(text)
    return Submission(name, elsewhere, source=str(path), sha256=hashlib.sha256(text.encode()).hexdigest())


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Records of all hostile submissions, an honest twin and PCA, run together; the results folder; PCA alone."""
    folder = tmp_path_factory.mktemp("hostile")
    out, cache = folder / "out", folder / "cache"
    (out / "cells").mkdir(parents=True)
    (out / "cells" / "seen").write_text("a result")
    cache.mkdir()
    (cache / "test.npy").write_text("test rows")
    suite = load_suite(write_suite(folder, TEXT))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AEEVAL_CACHE", str(cache))
        found = [submission(folder, name, one, out, cache / "test.npy") for name, one in HOSTILE.items()]
        honest = submission(folder, "honest", Hostile(""), out, "")
        together = (load("pca"), *found, honest)
        records = Session(suite, together, CHOICE, jobs=2, allowance=ALLOWANCE).run(Store(out))
        alone = Session(suite, (load("pca"), honest), CHOICE, executor="local", allowance=ALLOWANCE).run()
    return records, alone, out


def of(records, name):
    return [record for record in records if record.submission == name]


def numbers(records):
    return [{key: value for key, value in row.items() if not key.startswith("submission")} for row in rows(records)]


def test_there_are_enough_of_them():
    assert len(HOSTILE) >= 25


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_a_record_or_prevented(run, name):
    records, _, _ = run
    hostile, mine = HOSTILE[name], of(run[0], name)
    if hostile.landlock > landlock.abi():
        pytest.skip(f"needs Landlock {hostile.landlock}")
    assert mine
    if hostile.status == "ok":
        assert numbers(mine) == numbers(of(records, "honest"))
    else:
        assert {record.status for record in mine} == {hostile.status}, mine[0].reason
        assert all(hostile.reason in record.reason for record in mine), mine[0].reason


@pytest.mark.parametrize("name", ["pca", "honest"])
def test_everybody_else_has_the_same_numbers_as_without_them(run, name):
    records, alone, _ = run
    assert numbers(of(records, name)) == numbers(of(alone, name))
    assert {record.status for record in of(alone, name)} <= {"ok", "skipped"}


def test_the_results_are_whole(run):
    _, _, out = run
    assert (out / "cells" / "seen").read_text() == "a result"
    kept = len(list(out.glob("cells/*/*.jsonl")))
    assert kept == len(HOSTILE) + 2
    assert Store(out).claims() == []


def test_nothing_of_them_runs_on(run):
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "aeeval-daemon" not in listed
    assert [list(pool.slot(number).scratch.iterdir()) for number in (0, 1)] == [[], []]


@pytest.mark.parametrize("text", ["import os\nos._exit(0)\n", "import time\nraise SystemExit(3)\n", "1/0\n"])
def test_what_a_file_does_at_import_it_does_elsewhere(tmp_path, text):
    path = tmp_path / "bad.py"
    path.write_text(text)
    found = load_apart(str(path))
    suite = load_suite(write_suite(tmp_path, TEXT))
    records = Session(suite, (found,), CHOICE, allowance=ALLOWANCE).run()
    assert {record.status for record in records} == {"failed"}
