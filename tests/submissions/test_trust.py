"""Trained models load without running code: pickles are refused, unless they are trusted."""

import os
from pathlib import Path

import pytest
import torch

from aeeval.errors import SubmissionError
from aeeval.submissions.load import load

CODE = """
import torch


class Module(torch.nn.Module):
    @classmethod
    def load_from_checkpoint(cls, path, map_location):
        torch.load(path, map_location=map_location, weights_only=False)
        return cls()
"""


@pytest.fixture
def checkpoint(tmp_path):
    """A function of contents: the spec of a checkpoint that holds them."""
    (tmp_path / "code.py").write_text(CODE)

    def write(content):
        torch.save(content, tmp_path / "last.ckpt")
        return f"mine={tmp_path / 'last.ckpt'},{tmp_path / 'code.py'}:Module"

    return write


def build(spec, **settings):
    return load(spec, **settings).build(shape=(2,), latent_dim=1, seed=0)


class Writes:
    """Unpickling it makes a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_checkpoint_with_objects_in_it_runs_no_code(checkpoint, tmp_path):
    mark = str(tmp_path / "mark")
    spec = checkpoint({"state_dict": {}, "hyper_parameters": Writes(mark)})
    with pytest.raises(SubmissionError, match="--trust"):
        build(spec)
    assert not Path(mark).exists()
    assert type(build(spec, trust=True)).__name__ == "Module"
    assert Path(mark).exists()


def test_one_of_weights_and_plain_numbers_needs_no_trust(checkpoint):
    spec = checkpoint({"state_dict": {"w": torch.zeros(2)}, "hyper_parameters": {"lr": 1e-3}, "epoch": 3})
    assert type(build(spec)).__name__ == "Module"


def test_a_pythae_folder_with_pickles_is_refused(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model_config.json").write_text("{}")
    torch.save({"model_state_dict": {}}, tmp_path / "model" / "model.pt")
    (tmp_path / "model" / "encoder.pkl").write_bytes(b"")
    with pytest.raises(SubmissionError, match=r"encoder\.pkl; .*--trust"):
        build(f"mine={tmp_path / 'model'}")
