"""Faults of disks and processes: a full disk, a read-only folder, writers that are killed or run at the same time."""

import errno
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aeeval.errors import StoreError
from aeeval.report.tables import to_json
from aeeval.store import Store
from tests.store.cells import CELLS, cell, key, record

ROOT = Path(__file__).parents[2]
KILLS = 10


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def python(code, *arguments, before=(), **options):
    command = [*before, sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, text=True, **options)


FAULTS = {
    "no space before the file": ("mkstemp", errno.ENOSPC),
    "no space for the bytes": ("fsync", errno.ENOSPC),
    "a quota": ("fsync", errno.EDQUOT),
    "a disk that broke": ("fsync", errno.EIO),
    "read-only": ("mkstemp", errno.EROFS),
    "no space for the name": ("replace", errno.ENOSPC),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_write_that_fails_says_so_and_leaves_all_as_it_was(tmp_path, monkeypatch, case):
    store = Store(tmp_path)
    store.write_cell(key("ab"), [record()])
    before = names(tmp_path)
    at, code = FAULTS[case]

    def broken(*args, **kwargs):
        raise OSError(code, os.strerror(code))

    target = {"mkstemp": "tempfile.mkstemp", "fsync": "os.fsync", "replace": "pathlib.Path.replace"}[at]
    monkeypatch.setattr(target, broken)
    for name in ("ab", "cd"):
        with pytest.raises(StoreError, match=rf"{os.strerror(code)}; .*--out"):
            store.write_cell(key(name), [record(value=2.0)])
    monkeypatch.undo()
    assert names(tmp_path) == before
    assert store.read() == ([record()], [])


# In a namespace of its own a process may mount, and what it mounts is gone with it.
DISK = """
import subprocess, sys
from aeeval.errors import StoreError
from aeeval.store import Store
from tests.store.cells import record

disk, damaged = sys.argv[1:]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], check=True)
store, written = Store(disk), 0
try:
    while True:
        store.write_cell(f"{written:04}" * 16, [record(seed=written, metric=f"m{number}") for number in range(40)])
        written += 1
except StoreError as error:
    assert "No space left on device; " in str(error) and "--out" in str(error), error
records, bad = store.read()
assert written > 3 and len(records) == 40 * written and not bad, (written, len(records), bad)
print("full", written)

cut = sorted(store.root.glob("cells/*/*.jsonl"))[0]
cut.write_bytes(cut.read_bytes()[:-100])
subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
records, (bad,) = store.read()
assert bad.path == cut and len(records) == 40 * (written - 1), (bad, len(records))
for act in (lambda: store.write_cell("f" * 64, [record()]), lambda: store.claim("f" * 64)):
    try:
        act()
        raise SystemExit("written to a read-only folder")
    except StoreError as error:
        assert "Read-only file system" in str(error) and "--out" in str(error), error
assert store.claims() == []
print("read-only", len(records) // 40)
"""


@pytest.fixture
def namespace():
    """A command prefix that gives a mount namespace; skips where the system gives none."""
    unshare = shutil.which("unshare")
    if not unshare or subprocess.run([unshare, "-Urm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs user namespaces")
    return [unshare, "-Urm"]


def test_a_full_disk_and_a_read_only_one_lose_nothing_that_was_written(tmp_path, namespace):
    run = python(DISK, tmp_path, key("ab"), before=namespace, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said, errors = run.communicate(timeout=120)
    assert run.returncode == 0, errors
    full, read_only = (int(line.split()[1]) for line in said.splitlines())
    assert read_only == full - 1


WRITER = """
import sys
from aeeval.store import Store
from tests.store.cells import CELLS, cell
store = Store(sys.argv[1])
for number in range(CELLS):
    name, records = cell(number)
    if claim := store.claim(name, f"cell {number}"):
        store.write_cell(name, records)
        store.write_table(f"{number}.txt", "x" * number)
        claim.release()
"""


def undisturbed(tmp_path):
    store = Store(tmp_path / "undisturbed")
    for number in range(CELLS):
        store.write_cell(*cell(number))
    return to_json(store.read()[0])


def killed(tmp_path, kills):
    """Two writers on one folder, one of them killed at random moments; -> the folder, and how many died at work."""
    draw, died, store = random.Random(0), 0, Store(tmp_path / "killed")
    starting = time.monotonic()
    python("import aeeval.store, tests.store.cells").wait()
    starting = time.monotonic() - starting
    writers = [python(WRITER, store.root) for _ in range(2)]
    for _ in range(kills):
        time.sleep(starting * draw.uniform(0.7, 1.5))
        victim = writers.pop(0)
        victim.kill()
        died += victim.wait() == -9
        writers.append(python(WRITER, store.root))
    assert [writer.wait() for writer in writers][-1] == 0
    return store, died


def check_kills(tmp_path, kills):
    store, died = killed(tmp_path, kills)
    assert died > 0
    last = python(WRITER, store.root)
    assert last.wait() == 0
    records, damaged = store.read()
    assert damaged == []
    assert to_json(records) == undisturbed(tmp_path)
    assert all(held.over for held in store.claims())


def test_writers_killed_at_random_moments_lose_double_and_tear_nothing(tmp_path):
    check_kills(tmp_path, KILLS)


@pytest.mark.slow
def test_two_hundred_kills(tmp_path):
    check_kills(tmp_path, 200)


def test_two_writers_at_the_same_time_leave_what_one_leaves(tmp_path):
    writers = [python(WRITER, tmp_path / "both") for _ in range(2)]
    assert [writer.wait() for writer in writers] == [0, 0]
    store = Store(tmp_path / "both")
    assert (to_json(store.read()[0]), store.read()[1], store.claims()) == (undisturbed(tmp_path), [], [])
    assert not [name for name in names(tmp_path) if ".tmp-" in name]
