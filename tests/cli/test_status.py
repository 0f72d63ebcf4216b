"""`aeeval status`, `--retry-failed` and Ctrl-C, as a user meets them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aeeval.cells import Choice
from aeeval.errors import StoreError
from aeeval.ledger import StoreLedger
from aeeval.session import Session
from aeeval.status import read_status
from aeeval.store import Store
from aeeval.submissions.load import load_all
from aeeval.suite import load_suite
from tests.tiny import write_submission, write_suite

ROOT = Path(__file__).parents[2]
ONCE = """
import os

def build(*, shape, latent_dim, seed):
    if not os.path.exists({mark!r}):
        raise OSError("the disk was not there")
    import sklearn.decomposition
    return sklearn.decomposition.PCA(latent_dim)
"""


def session(folder, *specs, **settings):
    suite = load_suite(write_suite(folder))
    return Session(suite, tuple(load_all(specs)), Choice(("reconstruction",)), executor="inline", **settings)


def test_status_counts_what_is_done_running_failed_and_waiting(tmp_path):
    class Enough(Exception):
        pass

    def stop(finished):
        if store.has(run.grid[cells[2]]):
            raise Enough

    store = Store(tmp_path / "out")
    with pytest.raises(StoreError, match="none that has begun"):
        read_status(store.root)
    broken = write_submission(tmp_path, "broken", text=ONCE.format(mark=str(tmp_path / "mark")))
    run = session(tmp_path, broken, "pca")
    cells = list(run.grid)
    with pytest.raises(Enough):
        run.run(store, stop)
    with store.claim(run.grid[cells[-1]], "pca on digits"):
        status = read_status(store.root)
        done = sum(store.has(key) for key in run.grid.values())
        assert (status.suite, status.planned, status.done) == ("tiny", 8, done)
        assert [held.label for held in status.running] == ["pca on digits"]
        assert status.waiting == 8 - done - 1
        assert status.failed == ("broken on cap, k=2, seed 0", "broken on cap, k=2, seed 1")
        assert status.seconds_left > 0
    assert read_status(store.root).seconds_left is None


def test_retry_failed_runs_those_and_no_others(tmp_path):
    broken = write_submission(tmp_path, "broken", text=ONCE.format(mark=str(tmp_path / "mark")))
    store = Store(tmp_path / "out")
    session(tmp_path, broken, "pca").run(store)
    assert len(read_status(store.root).failed) == 4
    (tmp_path / "mark").touch()
    again = []
    session(tmp_path, broken, "pca").run(store, again.append)
    assert again == []
    session(tmp_path, broken, "pca", retry_failed=True).run(store, again.append)
    assert {finished.cell.submission for finished in again} == {"broken"}
    assert len(again) == 4
    assert read_status(store.root).failed == ()


def test_two_runs_on_one_folder_share_the_cells(tmp_path):
    """The second run finds some cells claimed by the first, goes on to others, and both end with all of them."""
    store, other = Store(tmp_path / "out"), Store(tmp_path / "out")
    run = session(tmp_path, "pca", "mean")
    ledger = StoreLedger(store.root, run.grid, run._ledger(store, ())._scene)
    from aeeval.cells import units

    first, *rest = units(list(run.grid))
    taken, _ = ledger.take(first)
    assert taken == first
    second = StoreLedger(other.root, run.grid, ledger._scene)
    assert second.take(first) == (None, True)
    assert second.take(rest[0]) == (rest[0], False)
    ledger.give_back(first)
    assert second.take(first) == (first, False)
    second.give_back(first)
    second.give_back(rest[0])
    assert store.claims() == []


def test_ctrl_c_ends_a_run_with_130_keeps_what_is_done_and_leaves_no_process(tmp_path):
    slow = write_submission(
        tmp_path, extra="    def fit(self, train, val):\n        import time\n        time.sleep(600)"
    )
    suite = write_suite(tmp_path, Path(write_suite(tmp_path)).read_text().replace("wall_s = 20", "wall_s = 900"))
    out = tmp_path / "out"
    command = [sys.executable, "-m", "aeeval", "run", "mean", slow, "--suite", suite, "--out", str(out)]
    command += ["--capability", "reconstruction", "--no-reference", "--jobs", "2"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while len(list(out.glob("cells/*/*.jsonl"))) < 4 and process.poll() is None:
        time.sleep(0.02)
    mine = processes_of(process.pid)
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "finished cells are kept" in err
    assert len(list(out.glob("cells/*/*.jsonl"))) == 4
    assert len(mine) >= 4
    assert not [pid for pid in mine if Path(f"/proc/{pid}").exists()]
    status = read_status(out)
    assert (status.done, status.running, status.waiting) == (4, (), 4)


def processes_of(pid):
    from aeeval.executors.tree import below

    return below(pid)
