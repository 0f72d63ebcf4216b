"""The quickstarts of the README and the forms of docs/submitting.md, done as they are written."""

import re
import shlex
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

import aeeval
from aeeval.cli import main
from aeeval.protocol import CAPABILITIES
from aeeval.submissions.checks import CHECKS
from aeeval.submissions.formats import FORMATS
from aeeval.submissions.spec import FOLDER
from tests.tiny import SUITE

ROOT = Path(__file__).parents[1]
README, SUBMITTING = ((ROOT / name).read_text() for name in ("README.md", "docs/submitting.md"))


def section(text, title):
    """What stands under a heading, up to the next one."""
    return re.search(rf"\n## {title}\n(.*?)(?=\n## |\Z)", text, re.DOTALL)[1]


def blocks(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def lines(text):
    """The commands of the shell blocks of a text, without their comments."""
    return [shlex.split(line, comments=True) for block in blocks(text, "sh") for line in block.splitlines()]


@pytest.fixture
def new_user(tmp_path, monkeypatch, capsys):
    """Run the words of a command line in an empty folder: -> standard output; the exit code has to be 0."""
    monkeypatch.chdir(tmp_path)

    def run(words):
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        assert stop.value.code == 0, out + err
        return out

    return run


NOTHING = lines(section(README, "From nothing to a row in the table"))


def test_from_nothing_to_a_row_in_the_table(new_user, tmp_path):
    """As written, on a suite of seconds: a file of that name in the folder comes before the suite that is meant."""
    (tmp_path / "smoke").write_text(SUITE)
    assert [words[1] for words in NOTHING] == ["new", "check", "run", "table", "report"]
    outputs = [new_user(words) for words in NOTHING]
    assert re.search(r"^my_model.*pass", outputs[1], re.MULTILINE)
    assert "fail" not in outputs[1]
    for table in outputs[2:4]:
        assert re.search(r"\| my_model +\|", table)
        assert re.search(r"\| pca +\|", table)
    assert (tmp_path / outputs[4].strip()).read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.slow
def test_from_nothing_to_a_row_in_the_table_of_the_suite_that_is_meant(new_user):
    outputs = [new_user(words) for words in NOTHING]
    assert re.search(r"\| my_model +\|", outputs[2])


TRAINED = section(README, "From a trained model and its data to a verdict")


ONE_SEED = ["--seeds", "1", "--capability", "reconstruction", "--capability", "sampling"]


@pytest.mark.parametrize("shorter", [ONE_SEED, pytest.param([], marks=pytest.mark.slow)], ids=["one seed", "whole"])
def test_from_a_trained_model_and_its_data_to_a_verdict(new_user, shorter):
    drawn = torch.Generator().manual_seed(0)
    train, test = (torch.randn(n, 6, generator=drawn) for n in (120, 60))
    encoder, decoder = (nn.Sequential(nn.Linear(a, 8), nn.Tanh(), nn.Linear(8, b)) for a, b in ((6, 2), (2, 6)))
    export, evaluate = blocks(TRAINED, "python")
    exec(export, {"encoder": encoder, "decoder": decoder, "train": train, "test": test})
    check, run = lines(TRAINED)
    assert "2 numbers for rows of 6" in new_user(check)
    verdict = new_user([*run, *shorter]).partition("Tables:")[2]
    for capability in ("reconstruction", "sampling") if shorter else CAPABILITIES:
        assert re.search(rf"^ +{capability} ", verdict, re.MULTILINE)
    assert "PCA" in verdict
    quick = {"seeds": 1, "capabilities": ["reconstruction"]} if shorter else {}
    api = SimpleNamespace(evaluate=partial(aeeval.evaluate, **quick))
    names = {"aeeval": api, "model": (encoder, decoder), "train": np.asarray(train), "test": np.asarray(test)}
    exec(evaluate, names)
    assert {record.track for record in names["results"].records if record.submission == "tuple"} == {"frozen"}


def test_every_form_that_is_read_is_shown():
    shown = re.findall(r"`(?:NAME=)?([^` ]+)`", section(SUBMITTING, "What may be submitted"))
    endings = {
        ",".join(re.findall(r"\.(?:pt2|pth|pt|ts|onnx|safetensors|ckpt|py)(?![a-z0-9])", form)) for form in shown
    }
    assert set(FORMATS) - endings <= {FOLDER, ".ts", ".pt,.pt", ".pt,.py"}
    assert "folder/" in shown


def test_the_checks_are_listed_with_what_they_hold():
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", section(SUBMITTING, "Checks"), re.MULTILINE)
    assert rows == [(check.name, check.doc.partition("\n")[0].rstrip(".")) for check in CHECKS]


def test_the_checks_as_tests_are_written_as_they_work(tmp_path, monkeypatch):
    (code,) = blocks(section(SUBMITTING, "Checks"), "python")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_model.py").write_text((ROOT / "examples" / "my_autoencoder.py").read_text())
    names = {}
    exec(code, names)
    (mark,) = names["test_my_model"].pytestmark
    for case in mark.args[1]:
        try:
            names["test_my_model"](*case.values)
        except pytest.skip.Exception:
            assert case.id in {"loss", "sample_shape", "sample_seed", "reconstruct"}
