"""The fixture `throughput` as a user's own benchmarks meet it, and comparisons that are refused."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BEFORE = """
import torch

from mine import MyAutoencoder

rows = torch.randn(32, 784, generator=torch.Generator().manual_seed(0))


"""
PAGES = [(ROOT / name).read_text() for name in ("docs/throughput.md", "README.md")]
SHOWN = [re.search(r"```python\n(def test_speed.*?)```", page, re.DOTALL)[1] for page in PAGES]
THREE_LINES = BEFORE + SHOWN[0].replace("batch=256", "batch=8, min_time_s=0.002")
MORE = """

def test_latency(throughput):
    row = throughput(MyAutoencoder(), rows, op="round_trip", min_time_s=0.002)
    assert row.fvu < 2


def test_tf32(throughput):
    throughput(MyAutoencoder(), rows, dtype="tf32", device="cpu", min_time_s=0.002)
"""
MODEL = """
import torch
from torch import nn


class MyAutoencoder(nn.Module):
    def __init__(self, ambient_dim=784, latent_dim=16):
        super().__init__()
        torch.manual_seed(0)
        self.encoder, self.decoder = nn.Linear(ambient_dim, latent_dim), nn.Linear(latent_dim, ambient_dim)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A user's project: a model and a file of benchmarks."""
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "test_mine.py").write_text(THREE_LINES + MORE)
    (tmp_path / "mine.py").write_text(MODEL)
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\npythonpath = ['.']\n")
    return tmp_path


@pytest.fixture
def run(project, capsys, monkeypatch):
    """Run a user's benchmarks in this process: the arguments, the exit code to expect -> what was printed."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER"):  # a worker of these tests is none of the user's
        monkeypatch.delenv(name, raising=False)

    def outcome(*arguments, code=0, folder=project):
        monkeypatch.chdir(folder)
        for name in ("mine", "test_mine"):
            sys.modules.pop(name, None)
        path = list(sys.path)
        found = pytest.main(["-q", "-rs", "-p", "aeeval.pytest_plugin", "-p", "no:cacheprovider", *arguments])
        sys.path[:] = path
        said = "".join(capsys.readouterr())
        assert found == code, said
        return said

    return outcome


@pytest.fixture
def saved(project, run):
    run("bench", "--benchmark-only", "--benchmark-json=saved.json")
    return json.loads((project / "saved.json").read_text())


def test_our_samples_are_its_statistics_and_its_json_has_machine_and_quality(saved):
    by_name = {bench["name"]: bench for bench in saved["benchmarks"]}
    assert set(by_name) == {"test_speed", "test_latency"}  # tf32 is skipped on a CPU
    assert "1 thread" in saved["aeeval"]["hardware_key"]
    assert saved["aeeval"]["machine"]["torch"]
    for name, mode, key in (("test_speed", "stream", "period_s"), ("test_latency", "latency", "latency_p50_s")):
        bench = by_name[name]
        row = bench["extra_info"]["aeeval"]
        assert bench["options"]["timer"] == "aeeval.throughput"
        assert bench["stats"]["rounds"] == row["timings"][mode]["n"] == len(bench["stats"]["data"])
        assert bench["stats"]["median"] == pytest.approx(row[key], rel=1e-12)
        assert 0 < row["fvu"] < 2
        assert row["mode"] == mode


def test_the_pages_show_the_three_lines_that_are_run_here():
    assert SHOWN[0] == SHOWN[1]
    assert len(SHOWN[0].splitlines()) == 3


def compare(run, project, saved, *arguments, code, **changes):
    """Compare with a saved run in which something is otherwise."""
    (project / "base.json").write_text(json.dumps({**saved, **changes}))
    return run("bench", "--benchmark-only", "--benchmark-compare=base.json", *arguments, code=code)


def test_comparing_is_refused_where_it_would_mislead(run, project, saved):
    """The same machine and benchmarks: fine. One that vanished, or another machine: 4, with the reason."""
    assert "vanished" not in compare(run, project, saved, code=0)
    (project / "bench" / "test_mine.py").write_text(THREE_LINES)
    said = compare(run, project, saved, code=4)
    assert "bench/test_mine.py::test_latency: in the saved run, not in this one" in said
    assert "vanished" not in run("bench/test_mine.py::test_speed", "--benchmark-only", "--benchmark-compare=base.json")
    said = compare(run, project, saved, code=4, aeeval={"hardware_key": "another GPU"})
    assert "got those of another GPU" in said


def test_deselected_benchmarks_did_not_vanish(run, project, saved):
    assert "vanished" not in compare(run, project, saved, "-k", "latency", code=0)


def test_the_plugin_imports_no_torch_until_it_is_used(project):
    (project / "bench" / "test_mine.py").write_text(
        "import sys\n\n\ndef test_light():\n    assert 'torch' not in sys.modules\n\n\n"
        "def test_plain(benchmark):\n    benchmark.pedantic(len, args=('a',))\n    assert 'torch' not in sys.modules\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "aeeval.pytest_plugin", "bench"]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout


def test_disabled_benchmarks_only_run(run):
    assert "2 passed, 1 skipped" in run("bench", "--benchmark-disable")


def test_the_suite_of_the_baselines_runs(run):
    """One of its benchmarks, as its command runs all of them."""
    one = "pca and digits and encode and 256 and fp32"
    # The plugin is imported in this process already, of which pytest warns, and warnings are errors in this checkout.
    warned = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
    assert "1 passed" in run("suites/throughput", "--benchmark-only", *warned, "-k", one, folder=ROOT)
