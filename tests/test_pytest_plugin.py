"""The fixture `aeeval` as a user's own tests meet it: baselines, verdicts, the cache, and the lines at the end."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.tiny import SUITE, write_suite

ROOT = Path(__file__).parents[1]
TEST = """
import torch
from torch import nn

from layers import FACTOR


class MyAE(nn.Module):
    def __init__(self, *, shape, latent_dim, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.shape, n = shape, torch.Size(shape).numel()
        self.encoder, self.decoder = nn.Linear(n, latent_dim), nn.Linear(latent_dim, n)

    def encode(self, x):
        with open("trained.log", "a") as log:
            log.write("called\\n")
        return self.encoder(x.flatten(1))

    def decode(self, z):
        return FACTOR * self.decoder(z).reshape(-1, *self.shape)


def test_my_ae(aeeval):
    found = aeeval.evaluate(MyAE, suite="tiny.toml", tasks=["digits"], capabilities=["reconstruction"])
    found.assert_no_regression("results/main.jsonl")
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A user's project: a suite, a test, and a module that the model is made of."""
    write_suite(tmp_path, SUITE.replace("wall_s = 20", "wall_s = 600"))  # a busy machine is no failure
    (tmp_path / "test_mine.py").write_text(TEST)
    (tmp_path / "layers.py").write_text("FACTOR = 1.0\n")
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\npythonpath = ['.']\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return tmp_path


def outcome(folder, capsys, *arguments):
    """Run the project's tests in this process: -> (exit code, what was printed)."""
    for name in ("layers", "test_mine"):
        sys.modules.pop(name, None)
    path = list(sys.path)
    try:
        code = pytest.main(["-p", "aeeval.pytest_plugin", f"--rootdir={folder}", "-q", str(folder), *arguments])
    finally:
        sys.path[:] = path
    return int(code), capsys.readouterr().out


def calls(folder):
    log = folder / "trained.log"
    count = len(log.read_text().splitlines()) if log.exists() else 0
    log.unlink(missing_ok=True)
    return count


def test_a_baseline_is_stored_kept_to_and_replaced_when_asked(project, capsys):
    code, out = outcome(project, capsys)
    assert (code, "no baseline; stored in results/main.jsonl" in out) == (0, True), out
    assert calls(project) > 0
    code, out = outcome(project, capsys)
    assert (code, "reconstruction fvu ×1.000 [×1.000, ×1.000], margin ×1.051: IDENTICAL" in out) == (0, True), out
    assert calls(project) == 0, "kept between runs"
    (project / "layers.py").write_text("FACTOR = 5.0\n")
    code, out = outcome(project, capsys)
    assert (code, "FAIL: HEAD is worse" in out, "reconstruction fvu ×" in out) == (1, True, True), out
    assert calls(project) > 0, "another source, another result"
    assert outcome(project, capsys, "--aeeval-update")[0] == 0
    assert outcome(project, capsys)[0] == 0


@pytest.mark.slow
def test_from_a_checkout_and_with_xdist_the_lines_arrive_too(project):
    pytest.importorskip("xdist")
    command = [sys.executable, "-m", "pytest", "-p", "aeeval.pytest_plugin", "-n", "1"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, env=os.environ)
    assert "MyAE on tiny: no baseline; stored in results/main.jsonl" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_the_entry_point_bears_the_name_of_its_module():
    """Then `-p aeeval.pytest_plugin` beside an installed package is one plugin, not two of the same options."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"aeeval.pytest_plugin": "aeeval.pytest_plugin"}


def test_code_that_is_imported_late_counts_too(tmp_path, monkeypatch):
    from aeeval.gate.sources import cache_folder, remember

    late = tmp_path / "late_layers.py"
    late.write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    first = cache_folder(tmp_path / "cache", "a test")
    import late_layers

    assert late_layers.x == 1
    remember(first)
    (first / "cell").write_text("kept")
    monkeypatch.delitem(sys.modules, "late_layers")
    assert (cache_folder(tmp_path / "cache", "a test") / "cell").exists()
    late.write_text("x = 2\n")
    assert not (cache_folder(tmp_path / "cache", "a test") / "cell").exists()
