"""Lightning modules: as objects, as recipes, and from a checkpoint that its trainer wrote."""

import textwrap

import pytest
import torch

from aeeval.errors import SubmissionError
from aeeval.submissions.build import build_model
from aeeval.submissions.checks import examine
from aeeval.submissions.load import load
from aeeval.submissions.objects import from_object
from aeeval.submissions.python_file import import_file
from tests.extras import extra

lightning = extra("lightning")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")

MODULE = """
import torch
from lightning import LightningModule
from torch import nn


class LitAutoencoder(LightningModule):
    def __init__(self, size=6, latent_dim=2):
        super().__init__()
        self.save_hyperparameters()
        self.encoder, self.decoder = nn.Linear(size, latent_dim), nn.Linear(latent_dim, size)

    def forward(self, x):
        return self.decoder(self.encoder(x))

    def training_step(self, batch, batch_idx):
        (x,) = batch
        return (self(x) - x).square().mean()

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters())


def build(*, shape, latent_dim, seed):
    torch.manual_seed(seed)
    return LitAutoencoder(shape[0], latent_dim)


def factory():
    return LitAutoencoder(5, 3)
"""


@pytest.fixture
def lit(tmp_path):
    """A file with a Lightning module, and the module."""
    path = tmp_path / "lit.py"
    path.write_text(textwrap.dedent(MODULE))
    return path, import_file(path)[0]


def test_a_module_is_a_trained_model_and_its_file_a_recipe(lit):
    path, module = lit
    assert {finding.status for finding in examine(module.LitAutoencoder(), shape=(6,))} == {"pass", "skip"}
    assert {finding.status for finding in examine(str(path))} == {"pass", "skip"}


def test_a_checkpoint_of_its_trainer_is_a_trained_model(lit, tmp_path):
    path, module = lit
    model = module.LitAutoencoder(5, 3)
    rows = torch.randn(32, 5, generator=torch.Generator().manual_seed(0))
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(rows), batch_size=8)
    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    trainer = lightning.Trainer(max_steps=2, accelerator="cpu", default_root_dir=tmp_path, **quiet)
    trainer.fit(model, loader)
    trainer.save_checkpoint(tmp_path / "last.ckpt")
    expected = build_model(from_object(model, own_data=True), (5,), None, 0, "cpu")
    for name in ("LitAutoencoder", "factory"):  # by its own hyperparameters, and by a function of the user
        submission = load(f"lit={tmp_path / 'last.ckpt'},{path}:{name}")
        assert submission.track == "frozen"
        loaded = build_model(submission, (5,), None, 0, "cpu")
        assert torch.equal(loaded.reconstruct(rows.double()), expected.reconstruct(rows.double()))
    with pytest.raises(SubmissionError, match=r"the weights of last.ckpt to fit"):
        build_model(load(f"lit={tmp_path / 'last.ckpt'},{write(tmp_path)}:make"), (5,), None, 0, "cpu")


def write(folder):
    path = folder / "other.py"
    path.write_text("from torch import nn\n\ndef make():\n    return nn.Linear(2, 2)\n")
    return path
