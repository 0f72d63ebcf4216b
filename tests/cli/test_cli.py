"""The command line as a user meets it: output, errors, exit codes, files, and speed of what must be there at once."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.tiny import write_submission, write_suite


def test_help_groups_the_verbs(aeeval):
    code, out, _ = aeeval("--help")
    assert code == 0
    for word in ("Start:", "run", "Read:", "table", "Look up:", "list", "show"):
        assert word in out


def test_a_run_prints_the_board_the_files_and_a_line_a_capability(aeeval, tmp_path):
    out_dir = tmp_path / "out"
    arguments = ("run", "pca", write_submission(tmp_path), "--suite", write_suite(tmp_path), "--out", out_dir)
    code, out, err = aeeval(*arguments)
    assert code == 0, err
    for word in ("mine", "pca", "mean", "cap", "digits", "reconstruction", "fvu", "Tables:", "skipped"):
        assert word in out
    assert sorted(path.name for path in (out_dir / "tables").iterdir()) == [
        "tiny.csv",
        "tiny.json",
        "tiny.md",
        "tiny.tex",
    ]
    code, again, err = aeeval(*arguments)
    assert code == 0
    assert "15 of 15 cells are done already" in err
    assert again == out
    for style in ("md", "csv", "latex", "json"):
        code, table, _ = aeeval("table", out_dir, "--format", style)
        assert code == 0
        assert "mine" in table
    assert {row["submission"] for row in json.loads(table)} == {"mine", "pca", "mean"}


def test_a_failed_submission_ends_with_three_and_the_reason(aeeval, tmp_path):
    text = "\ndef build(*, shape, latent_dim, seed):\n    raise OSError('no weights here')\n"
    bad = write_submission(tmp_path, "bad", text=text)
    suite = write_suite(tmp_path)
    code, out, _ = aeeval(
        "run", bad, "pca", "--suite", suite, "--out", tmp_path / "o", "--capability", "reconstruction", "--seeds", 1
    )
    assert code == 3
    assert "build raised OSError: no weights here" in out
    code, table, _ = aeeval("table", tmp_path / "o")
    assert "failed" in table
    assert "no weights here" in table


def test_a_trained_model_on_its_own_data_in_one_line(aeeval, tmp_path, monkeypatch):
    model = torch.nn.Sequential()
    model.add_module("encoder", torch.nn.Linear(6, 2))
    model.add_module("decoder", torch.nn.Linear(2, 6))
    rows = np.random.default_rng(0).normal(size=(120, 6)).astype("float32")
    monkeypatch.chdir(tmp_path)
    shapes = ({0: torch.export.Dim("n")},)
    program = torch.export.export(model.eval(), (torch.zeros(3, 6),), dynamic_shapes={"input": shapes[0]})
    torch.export.save(program, "model.pt2")
    np.savez("faces.npz", train=rows[:80], test=rows[80:])
    code, out, err = aeeval("run", "mine=model.pt2", "--data", "faces.npz", "--seeds", 1, "--capability", "sampling")
    assert code == 0, err
    assert "mine" in out
    assert "pca" in out
    assert Path("aeeval-runs/tables/data.md").is_file()
    code, _, err = aeeval("run", "mine=model.pt2")
    assert code == 2
    assert "--data faces.npz" in err


def test_a_dry_run_prints_the_grid_and_a_cost_and_runs_no_cell(aeeval, tmp_path):
    code, out, _ = aeeval("run", "pca", "--suite", write_suite(tmp_path), "--out", tmp_path / "o", "--dry-run")
    assert code == 0
    assert "10 cells, 2 of them timed" in out
    assert "s in all" in out
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("run", "pcaa"), "did you mean pca"),
        (("run", "pca", "--suite", "smok"), "did you mean smoke"),
        (("run", "pca", "--task", "spere*"), "unknown task"),
        (("run", "pca", "--device", "gpu"), "unknown device"),
        (("run", "pca", "--data", "none.npz"), "does not exist"),
        (("run", "pca", "--executor", "slrm"), "unknown executor"),
        (("run", "pca", "a=pca", "a=mean"), "one submission a name"),
        (("show", "metric", "fvuu"), "did you mean fvu"),
        (("show", "manifold", "spher"), "did you mean sphere"),
        (("list", "manifold"), "did you mean manifolds"),
        (("table", "no-such-folder"), "make some: aeeval run"),
        (("tabel",), "did you mean table"),
        (("run",), "Missing argument"),
    ],
)
def test_usage_errors_say_the_way_out_and_end_with_two(aeeval, tmp_path, monkeypatch, arguments, reason):
    monkeypatch.chdir(tmp_path)
    code, _, err = aeeval(*arguments)
    assert code == (3 if arguments[0] == "table" else 2)
    assert reason in err
    assert "Traceback" not in err


@pytest.mark.parametrize("kind", ["manifolds", "datasets", "metrics", "suites", "baselines"])
def test_lists_have_a_line_of_words_for_every_name(aeeval, kind):
    code, out, _ = aeeval("list", kind)
    assert code == 0
    lines = out.splitlines()
    assert len(lines) >= 2
    assert all(len(line.split()) >= 4 for line in lines)


def test_every_card_can_be_shown(aeeval):
    for kind, listed in {
        "manifold": "manifolds",
        "metric": "metrics",
        "suite": "suites",
        "baseline": "baselines",
    }.items():
        _, out, _ = aeeval("list", listed)
        for line in out.splitlines():
            code, card, _ = aeeval("show", kind, line.split()[0])
            assert code == 0
            assert len(card) > 80


def test_an_interrupted_run_ends_with_130_and_keeps_what_is_done(aeeval, tmp_path, monkeypatch):
    from aeeval.runner import Runner

    suite, run = write_suite(tmp_path), Runner.run
    calls = []

    def interrupt(self, cell, models):
        calls.append(cell)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return run(self, cell, models)

    arguments = ("run", "pca", "--suite", suite, "--out", tmp_path / "o", "--capability", "reconstruction")
    arguments += ("--executor", "inline")
    monkeypatch.setattr(Runner, "run", interrupt)
    code, _, err = aeeval(*arguments)
    assert code == 130
    assert "goes on from there" in err
    monkeypatch.setattr(Runner, "run", run)
    code, _, err = aeeval(*arguments)
    assert code == 0
    assert "2 of 8 cells are done already" in err


@pytest.mark.parametrize("arguments", [("--help",), ("list",), ("list", "metrics")])
def test_looking_up_imports_no_torch(arguments):
    code = (
        f"import sys; sys.argv = ['aeeval', *{list(arguments)}]\n"
        "from aeeval.cli import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code\n"
        "assert 'torch' not in sys.modules and 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=Path(__file__).parents[2])


def test_a_killed_run_loses_no_finished_cell_and_ends_in_the_same_table(tmp_path):
    """SIGKILL after the second finished cell; the same command then goes on, and reads as an undisturbed run."""
    root, suite = Path(__file__).parents[2], write_suite(tmp_path)
    command = [sys.executable, "-m", "aeeval", "run", "pca", write_submission(tmp_path), "--suite", suite]
    command += ["--capability", "reconstruction"]

    def table(folder):
        subprocess.run([*command, "--out", folder], check=True, capture_output=True, cwd=root)
        return (folder / "tables" / "tiny.csv").read_text()

    killed = tmp_path / "killed"
    process = subprocess.Popen(
        [*command, "--out", killed], cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while len(list(killed.glob("cells/*/*.jsonl"))) < 2 and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    finished = {path: path.stat().st_mtime_ns for path in killed.glob("cells/*/*.jsonl")}
    assert len(finished) >= 2
    assert table(killed) == table(tmp_path / "undisturbed")
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
