"""Histories: of folders and of commits, their steps, and what is left out of them."""

import dataclasses
import gzip
import io
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from aeeval.cli import main
from aeeval.errors import StoreError, UsageError
from aeeval.report.history import Run, make_history, written
from aeeval.results.git_history import committed
from tests.report.conftest import METRICS, make


def records(level, seed=0, sd=0.02, **fields):
    rng = np.random.default_rng(seed)
    return tuple(
        make("fvu", float(level * np.exp(sd * rng.normal())), task=task, seed=s, **fields)
        for task in ("sphere", "roll")
        for s in range(3)
    )


def runs(levels, **fields):
    return [Run(f"c{i}", "2026-01-01", f"change {i}", records(level, i, **fields)) for i, level in enumerate(levels)]


def test_a_step_is_marked_where_the_number_got_worse():
    history = make_history("mlp", runs([0.1] * 4 + [0.15] * 4), METRICS)
    (track,) = history.tracks
    assert [step.at for step in track.steps] == [4]
    text = written(history).as_format("md")
    assert text.count("▲") == 2  # once in the legend
    assert "| c3 " in text.split("## Steps")[1]
    assert "×1.5" in text.split("## Steps")[1]
    better = make_history("mlp", runs([0.1] * 4 + [0.05] * 4), METRICS)
    assert written(better).as_format("md").count("▼") == 2


def test_without_a_step_there_is_no_mark():
    text = written(make_history("mlp", runs([0.1] * 8), METRICS)).as_format("md")
    assert text.count("▲") + text.count("▼") == 2
    assert "## Steps" not in text


def test_runs_that_do_not_compare_with_the_last_are_left_out_by_name():
    old = [dataclasses.replace(r, metric_version=0) for r in records(9.0)]
    other = [dataclasses.replace(r, suite_digest="0000") for r in records(9.0)]
    every = [Run("other", "", "", tuple(other)), Run("old", "", "", tuple(old)), *runs([0.1, 0.1])]
    history = make_history("mlp", every, METRICS)
    assert [run.name for run in history.runs] == ["c0", "c1"]
    text = written(history).as_format("md")
    assert "1 runs on another suite" in text
    assert "version of metric fvu" in text


def test_every_form_has_the_same_means():
    found = written(make_history("mlp", runs([0.1, 0.1, 0.3, 0.3]), METRICS))
    rows = json.loads(found.as_format("json"))
    assert [row["run"] for row in rows] == ["c0", "c1", "c2", "c3"]
    frame = pd.read_csv(io.StringIO(found.as_format("csv")))
    assert frame["mean"].tolist() == pytest.approx([row["mean"] for row in rows])
    assert [row["step"] is not None for row in rows] == [False, False, True, False]


def test_nothing_to_show_is_an_error():
    with pytest.raises(StoreError, match="none"):
        make_history("mlp", [], METRICS)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Three commits of results, of which one changed nothing of `mlp`."""

    def git(*arguments):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)

    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    for key, value in (("user.name", "a"), ("user.email", "a@example.org"), ("commit.gpgsign", "false")):
        git("config", key, value)
    file = tmp_path / "results" / "main.jsonl"
    file.parent.mkdir()
    for i, level in enumerate((0.1, 0.1, 0.2)):
        others = records(0.5, 10 + i, submission="vae")
        lines = [*records(level), *others]
        file.write_text("".join(record.to_json() + "\n" for record in lines))
        git("add", "-A")
        git("commit", "-q", "-m", f"change {i}")
    return file


def test_git_remembers_the_runs_that_changed_something(repository):
    found = committed(repository, "mlp")
    assert [one.subject for one in found] == ["change 0", "change 2"]
    assert [one.subject for one in committed(repository.parent, "vae")] == ["change 0", "change 1", "change 2"]
    assert all(record.submission == "mlp" for one in found for record in one.records)


def test_compressed_packs_are_read_too(repository):
    first = committed(repository, "mlp")
    lines = repository.read_bytes()
    repository.unlink()
    repository.with_suffix(".jsonl.gz").write_bytes(gzip.compress(lines, mtime=0))
    for arguments in (("add", "-A"), ("commit", "-q", "-m", "packed")):
        subprocess.run(["git", *arguments], cwd=repository.parent, check=True, capture_output=True)
    assert committed(repository.parent, "mlp")[-1].records == first[-1].records


def test_a_path_outside_any_repository_is_a_wrong_use(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UsageError, match="git knows"):
        committed(tmp_path, "mlp")


def test_on_the_command_line(repository, tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["aeeval", "history", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        return (stop.value.code, *capsys.readouterr())

    code, out, _ = run("mlp", "--git", "results/main.jsonl", "--plot", "history.png")
    assert (code, "▲" in out.split("## Headlines")[1]) == (0, True)
    assert (tmp_path / "history.png").stat().st_size > 5_000
    assert run("mlp", "--git", "results")[1].split("## ")[1:] == out.split("## ")[1:]
    assert run("mlp")[0] == 2
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    for file, level in ((one, 0.1), (two, 0.2)):
        file.write_text("".join(record.to_json() + "\n" for record in records(level)))
    assert "one.jsonl" in run("mlp", one, two)[1]
