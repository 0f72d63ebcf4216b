"""A task whose data are not on this machine: its cells fail, with the way out, and the others run."""

import sys

import pytest

from aeeval.cells import Choice
from aeeval.cli import main
from aeeval.errors import DataError
from aeeval.session import Session
from aeeval.store import Store
from aeeval.submissions.load import load
from aeeval.suite import parse_suite

ROWS = {"train": 30, "val": 10, "test": 20}


def session(*sets):
    tasks = [{"id": name, "dataset": name, "rows": ROWS, "latent_dims": [1]} for name in sets]
    suite = parse_suite({"name": "few", "seeds": 1, "reference": [], "task": tasks})
    return Session(suite, (load("mean"),), Choice(("reconstruction",)), executor="inline")


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No place has a file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AEEVAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("AEEVAL_DATA_DIR", raising=False)
    monkeypatch.delenv("AEEVAL_DOWNLOAD", raising=False)


def test_its_cells_fail_with_the_way_out_and_the_others_are_run(nowhere, tmp_path):
    told = []
    records = session("digits", "italy-power").run(Store(tmp_path / "out"), lambda one: told.append(one.failed))
    assert sorted(told) == [False, True]
    reasons = {record.reason for record in records if record.task == "italy-power"}
    assert {record.status for record in records if record.task == "italy-power"} == {"failed"}
    assert all(reason.endswith("run: aeeval fetch italy-power") for reason in reasons)
    assert "ok" in {record.status for record in records if record.task == "digits"}
    assert session("digits", "italy-power").absent.keys() == {"italy-power"}


def test_what_failed_so_is_run_once_the_data_are_there(nowhere, tmp_path, monkeypatch):
    store = Store(tmp_path / "out")
    session("digits", "italy-power").run(store)
    monkeypatch.setattr("aeeval.session.identity", lambda spec: f"here: {spec.dataset}")
    here = session("digits", "italy-power")
    assert not any(store.has(key) for cell, key in here.grid.items() if cell.task == "italy-power")


def test_where_no_task_has_data_nothing_is_run(nowhere):
    with pytest.raises(DataError, match="run: aeeval fetch italy-power gun-point"):
        session("italy-power", "gun-point").run()


def test_the_command_says_so_first_and_ends_with_3(nowhere, tmp_path, monkeypatch, capsys):
    task = '[[task]]\nid = "{0}"\ndataset = "{0}"\nrows = {{ train = 30, val = 10, test = 20 }}\nlatent_dims = [1]\n'
    tasks = "".join(task.format(name) for name in ("digits", "italy-power"))
    (tmp_path / "few.toml").write_text(f'name = "few"\nseeds = 1\nreference = []\n{tasks}')
    asked = ["run", "mean", "--suite", "few.toml", "--capability", "reconstruction", "--executor", "inline"]
    monkeypatch.setattr(sys, "argv", ["aeeval", *asked])
    with pytest.raises(SystemExit) as stop:
        main()
    said = capsys.readouterr()
    assert stop.value.code == 3
    assert "no data for italy-power, whose cells fail: expected" in said.err
    assert "failed" in said.out
