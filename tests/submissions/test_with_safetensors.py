"""Weights in safetensors with the user's own factory."""

import pytest
import torch

from aeeval.errors import SubmissionError, UsageError
from aeeval.submissions.build import build_model
from aeeval.submissions.load import load
from tests.extras import extra
from tests.submissions.test_load import Autoencoder, write_factory

safetensors = extra("safetensors.torch", "safetensors")


def test_weights_and_their_factory_are_a_trained_model(tmp_path):
    model = Autoencoder().eval()
    safetensors.save_file(model.state_dict(), tmp_path / "model.safetensors")
    submission = load(f"faces={tmp_path / 'model.safetensors'},{write_factory(tmp_path)}")
    assert (submission.name, submission.track) == ("faces", "frozen")
    x = torch.randn(7, 5, generator=torch.Generator().manual_seed(0))
    loaded = build_model(submission, (5,), None, 0, "cpu")
    torch.testing.assert_close(loaded.reconstruct(x.double()).float(), model(x).detach())


def test_weights_alone_show_the_form(tmp_path):
    safetensors.save_file({"a": torch.zeros(2)}, tmp_path / "model.safetensors")
    with pytest.raises(UsageError, match=r"NAME=model.safetensors,my_model.py:factory"):
        load(str(tmp_path / "model.safetensors"))
    with pytest.raises(SubmissionError, match=r"the weights of model.safetensors to fit.*Missing key"):
        load(f"{tmp_path / 'model.safetensors'},{write_factory(tmp_path)}").build(shape=(5,), latent_dim=2, seed=0)
