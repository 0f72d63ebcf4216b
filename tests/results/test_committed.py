"""The committed results: whole packs, and tables that say what their records say."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from aeeval.api import metrics_by_name
from aeeval.report import speed
from aeeval.report.tables import render
from aeeval.results.pack import Kept, pack, read_kept
from aeeval.suite import load_suite
from tests.tiny import write_suite

ROOT = Path(__file__).parents[2]
TIMES = "throughput"  # tables of `aeeval bench`, a folder a machine, are no packs
COMMITTED = sorted(folder for folder in (ROOT / "results").glob("*") if folder.is_dir() and folder.name != TIMES)


@cache
def whole(folder: Path) -> Kept:
    """The packs of a folder that no test changes."""
    return read_kept(folder)


def rows(text: str) -> list[str]:
    """The lines of the tables; prose is that of today's metrics."""
    return [line for line in text.splitlines() if line.startswith("|")]


def stale(folder: Path, kept: Kept) -> list[str]:
    """What is wrong with the committed results of a suite, a line each."""
    wrong = [f"{one.path}: {one.reason}" for one in kept.damaged]
    expected = rows(render(kept.records, metrics_by_name(), "md", kept.standings))
    found = rows((folder / "tables.md").read_text(encoding="utf-8"))
    wrong += [f"{folder.name}/tables.md does not say: {line}" for line in expected if line not in set(found)]
    return wrong + [f"no record says: {line}" for line in found if line not in set(expected)]


@pytest.mark.parametrize("folder", COMMITTED, ids=lambda folder: folder.name)
def test_committed_tables_are_those_of_the_committed_records(folder):
    assert stale(folder, whole(folder)) == []


@pytest.mark.parametrize("folder", COMMITTED, ids=lambda folder: folder.name)
def test_committed_rankings_are_those_of_the_committed_records(folder):
    asked = [sys.executable, "-m", "aeeval", "leaderboard", str(folder), "--pivot", "capability", "--format", "md"]
    made = subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert rows((folder / "README.md").read_text(encoding="utf-8")) == rows(made)


@pytest.mark.parametrize("folder", COMMITTED, ids=lambda folder: folder.name)
def test_committed_results_are_of_the_suite_as_it_is(folder):
    digests = {record.suite_digest for record in whole(folder).records}
    assert digests == {load_suite(folder.name).digest}


@pytest.mark.parametrize("folder", sorted((ROOT / "results" / TIMES).glob("*")), ids=lambda folder: folder.name)
def test_committed_tables_of_times_are_those_of_their_samples(folder):
    made = speed.read((folder / "bench.json").read_text(encoding="utf-8"), folder.name)
    assert rows(speed.render(made, "md")) == rows((folder / "bench.md").read_text(encoding="utf-8"))


@pytest.fixture
def kept(tmp_path) -> Path:
    """The packs of a tiny run, and their table, as scripts/leaderboard leaves them."""
    suite, out = write_suite(tmp_path), tmp_path / "out"
    command = [sys.executable, "-m", "aeeval", "run", "pca", "--suite", suite, "--out", str(out), "--seeds", "1"]
    subprocess.run([*command, "--capability", "reconstruction"], cwd=ROOT, check=True, capture_output=True)
    (folder, *_) = {path.parent for path in pack(out, tmp_path / "results", compress=True)}
    table = [sys.executable, "-m", "aeeval", "table", str(folder), "--format", "md"]
    text = subprocess.run(table, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    (folder / "tables.md").write_text(text, encoding="utf-8")
    return folder


def test_a_table_that_was_edited_is_told(kept):
    assert stale(kept, read_kept(kept)) == []
    text = (kept / "tables.md").read_text(encoding="utf-8")
    first = next(line for line in rows(text) if " pca " in line)
    (kept / "tables.md").write_text(text.replace(first, first.replace("0.", "0.9", 1)), encoding="utf-8")
    assert any("does not say" in line for line in stale(kept, read_kept(kept)))
