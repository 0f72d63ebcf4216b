"""`aeeval check` and `aeeval new` as a user meets them."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from aeeval.cli import main
from aeeval.submissions.checks import examine
from tests.tiny import write_submission


@pytest.fixture
def aeeval(monkeypatch, capsys, tmp_path):
    """Run a command line in this process, in a folder of its own: -> (exit code, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["aeeval", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return run


@pytest.mark.parametrize("name", ["mean", "identity", "pca", "mlp", "vae"])
def test_every_baseline_passes(aeeval, name):
    code, out, err = aeeval("check", name)
    assert code == 0, out + err
    assert "fail" not in out
    assert "warn" not in out


def test_a_broken_contract_ends_with_one_and_the_way_out(aeeval, tmp_path):
    bad = write_submission(tmp_path, extra="\n    def reconstruct(self, x):\n        return x\n")
    code, out, _ = aeeval("check", bad, "--shape", "1,4,4", "--latent-dim", 2)
    assert code == 1
    (line,) = [line for line in out.splitlines() if line.startswith("fail")]
    assert "reconstruct" in line
    assert "make encode and decode take every step" in line
    assert "2 numbers for rows of 16" in out


def test_what_does_not_import_ends_with_one(aeeval, tmp_path):
    code, out, _ = aeeval("check", write_submission(tmp_path, text="import no_such_module"))
    assert code == 1
    assert "ModuleNotFoundError" in out


def test_a_trained_model_is_asked_its_own_data(aeeval, tmp_path):
    model = torch.nn.Sequential()
    model.add_module("encoder", torch.nn.Linear(6, 2))
    model.add_module("decoder", torch.nn.Linear(2, 6))
    rows = {"input": {0: torch.export.Dim("n")}}
    torch.export.save(torch.export.export(model, (torch.zeros(3, 6),), dynamic_shapes=rows), tmp_path / "model.pt2")
    np.savez(tmp_path / "rows.npz", train=np.eye(6), test=np.ones((4, 6)))
    code, out, err = aeeval("check", "faces=model.pt2", "--data", "rows.npz")
    assert code == 0, out + err
    assert "2 numbers for rows of 6" in out
    code, out, err = aeeval("check", "faces=model.pt2")
    assert code == 2
    assert "--shape" in err


def test_rows_that_are_made_by_code_are_asked(aeeval, tmp_path):
    (tmp_path / "my_data.py").write_text("import torch\n\ndef rows():\n    return torch.eye(7), torch.ones(4, 7)\n")
    code, out, err = aeeval("check", "pca", "--data", "my_data.py:rows")
    assert code == 0, out + err
    assert "3 numbers for rows of 7" in out
    code, _, err = aeeval("check", "pca", "--data", "my_data.py:row")
    assert code == 2
    assert "did you mean rows" in err


def test_the_help_of_run_names_every_form_of_a_trained_model(aeeval):
    code, out, _ = aeeval("run", "--help")
    assert code == 0
    for form in (".pt2", ".onnx", ".pt ", ".safetensors", ".pth", ".ckpt", "folder/", "hf:", "FILE.py:NAME"):
        assert form in out
    assert "docs/submitting.md" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["pcaa"], "did you mean pca"),
        (["pca", "--shape", "3,x"], "expected --shape D or C,H,W"),
        (["pca", "--shape", "3,4"], "expected --shape D or C,H,W"),
        (["pca", "--shape", "5", "--data", "rows.npz"], "drop --shape"),
        (["pca", "--data", "rows.npz"], "which does not exist"),
    ],
)
def test_wrong_usage_ends_with_two(aeeval, arguments, told):
    code, _, err = aeeval("check", *arguments)
    assert code == 2
    assert told in err


def test_a_new_submission_passes_without_a_change(aeeval):
    code, out, _ = aeeval("new", "deep_one")
    assert code == 0
    assert "aeeval check deep_one.py" in out
    text = Path("deep_one.py").read_text()
    assert "class DeepOne(nn.Module)" in text
    assert "my_autoencoder" not in text.lower()
    assert text.count("#") > 5
    for shape in ((20,), (1, 8, 8), (3, 5, 7)):
        assert {finding.status for finding in examine("deep_one.py", shape=shape)} == {"pass", "skip"}


@pytest.mark.parametrize(
    ("name", "told"),
    [("there", "not there yet"), ("2fast", "starts with a letter"), ("no/such", "a folder that exists")],
)
def test_new_overwrites_nothing(aeeval, tmp_path, name, told):
    (tmp_path / "there.py").write_text("mine")
    code, _, err = aeeval("new", name)
    assert code == 2
    assert told in err
    assert (tmp_path / "there.py").read_text() == "mine"
