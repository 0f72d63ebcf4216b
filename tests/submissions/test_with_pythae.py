"""Models of pythae as its users have them: codes without chance, nothing bypassed, trained by their own loss."""

import math

import pytest
import torch
from torch import nn

from aeeval.submissions.build import build_model
from aeeval.submissions.checks import examine
from aeeval.submissions.load import load
from aeeval.submissions.objects import from_object
from aeeval.training import Budget, train
from tests.extras import extra

models = extra("pythae.models", "pythae")
networks = extra("pythae.models.nn", "pythae")
outputs = extra("pythae.models.base.base_utils", "pythae")

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*copy construct from a tensor.*:UserWarning"),  # pythae's SVAE
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

D, K = 6, 2
PLAIN = ("AE", "RAE_GP", "RAE_L2", "WAE_MMD")
POSTERIOR = (
    *(
        "VAE",
        "BetaVAE",
        "BetaTCVAE",
        "DisentangledBetaVAE",
        "FactorVAE",
        "CIWAE",
        "IWAE",
        "MIWAE",
        "PIWAE",
        "INFOVAE_MMD",
    ),
    *("VAMP", "Adversarial_AE", "VAEGAN", "MSSSIM_VAE", "PoincareVAE", "HVAE", "RHVAE"),
)
SPECIAL = ("VQVAE", "VAE_LinNF", "VAE_IAF", "SVAE")
ADVERSARIAL = ("Adversarial_AE", "FactorVAE", "VAEGAN")


def make(name, **options):
    config = getattr(models, f"{name}Config", None) or getattr(models, f"{name}_Config")
    torch.manual_seed(0)
    return getattr(models, name)(config(input_dim=(D,), latent_dim=K, **options)).eval()


def judged(model):
    """The model as the harness asks it, and 7 rows."""
    wrapped = build_model(from_object(model, own_data=True), (D,), None, 0, "cpu")
    wrapped.eval()
    return wrapped, torch.randn(7, D, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.mark.parametrize("name", [*PLAIN, *POSTERIOR, *SPECIAL])
def test_no_model_of_pythae_fails_a_check(name):
    statuses = {finding.check: finding.status for finding in examine(make(name), shape=(D,))}
    assert "fail" not in statuses.values()
    assert statuses["determinism"] == statuses["batch_independence"] == statuses["rows"] == "pass"


def test_its_own_embedding_is_drawn_by_chance_which_is_why_it_is_not_used():
    model, x = make("VAE"), torch.zeros(4, D)
    assert not torch.equal(model.embed(x), model.embed(x))
    assert len(make("FactorVAE").embed(x)) == 2


class Certain(nn.Module):
    """An encoder of pythae whose posterior has no spread: the forward pass of the library draws nothing then."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, x):
        output = self.encoder(x)
        return outputs.ModelOutput(
            embedding=output.embedding, log_covariance=torch.full_like(output.embedding, -math.inf)
        )


@pytest.mark.parametrize("name", ["VAE", "BetaVAE", "WAE_MMD", "VAE_LinNF", "VAE_IAF", "VQVAE", "RAE_L2", "AE"])
def test_the_round_trip_is_the_forward_pass_of_the_library_without_its_chance(name):
    model = make(name)
    wrapped, x = judged(model)
    model.encoder = Certain(model.encoder)
    output = model({"data": x.float()})
    torch.testing.assert_close(wrapped.reconstruct(x), output.recon_x.double(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["VQVAE", "VAE_LinNF", "VAE_IAF"])
def test_encoder_into_decoder_would_be_another_model(name):
    """pythae's own `predict` takes this way past the quantiser and the flows."""
    model = make(name)
    wrapped, x = judged(model)
    bypassed = model.predict(x.float()).recon_x.double()
    assert (wrapped.reconstruct(x) - bypassed).abs().max() > 1e-3


def test_the_decoder_of_a_quantised_model_takes_finitely_many_values():
    """Codes within one cell of the codebook give one row: g is a step function, and its steps are the codebook."""
    model = make("VQVAE", num_embeddings=4)
    wrapped, x = judged(model)
    codes = wrapped.encode(x).repeat(200, 1) + torch.randn(
        1400, K, generator=torch.Generator().manual_seed(2), dtype=torch.float64
    )
    assert codes.shape[1] == K
    assert 1 < len(wrapped.decode(codes).round(decimals=5).unique(dim=0)) <= 4**K


class Grid(networks.BaseEncoder):
    """A spatial code of 3 channels on 2 × 2 positions."""

    def __init__(self, args=None):
        networks.BaseEncoder.__init__(self)
        self.layer = nn.Conv2d(1, 3, 4, stride=4)

    def forward(self, x):
        return outputs.ModelOutput(embedding=self.layer(x))


class FromGrid(networks.BaseDecoder):
    def __init__(self, args=None):
        networks.BaseDecoder.__init__(self)
        self.layer = nn.ConvTranspose2d(3, 1, 4, stride=4)

    def forward(self, z):
        return outputs.ModelOutput(reconstruction=self.layer(z))


def test_a_spatial_code_is_flattened_with_its_true_length():
    config = models.VQVAEConfig(input_dim=(1, 8, 8), latent_dim=3, num_embeddings=5)
    torch.manual_seed(0)
    model = models.VQVAE(config, Grid(), FromGrid()).eval()
    wrapped = build_model(from_object(model, own_data=True), (1, 8, 8), None, 0, "cpu")
    x = torch.rand(5, 64, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    assert wrapped.encode(x).shape == (5, 12)
    expected = model({"data": x.float().reshape(5, 1, 8, 8)}).recon_x
    torch.testing.assert_close(wrapped.reconstruct(x).float(), expected.flatten(1))


@pytest.mark.parametrize("name", ["AE", "VAE", "RAE_GP", "HVAE", "VQVAE"])
def test_it_is_trained_by_its_own_loss(name, generator):
    """Also where the forward pass needs gradients of its own; the data lie on a line, which two codes can hold."""
    rows = torch.randn(64, 1, generator=generator) @ torch.ones(1, D)
    wrapped, _ = judged(make(name))
    loss = wrapped.adapted.loss
    with torch.random.fork_rng():
        torch.manual_seed(1)
        before = loss(rows).item()
        train(wrapped.adapted.raw, loss, rows, rows[:16], Budget(steps=60, batch=32, lr=1e-2), seed=0)
        torch.manual_seed(1)
        assert loss(rows).item() < before
    assert not rows.requires_grad


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_two_networks_against_each_other_are_declined_not_half_trained(name):
    wrapped, x = judged(make(name))
    with pytest.raises(NotImplementedError, match="bring it trained"):
        wrapped.adapted.loss(x.float())


def test_a_folder_that_pythae_saved_is_the_same_model(tmp_path):
    model = make("VAE_LinNF")
    model.save(str(tmp_path / "saved"))
    submission = load(f"flow={tmp_path / 'saved'}")
    assert (submission.name, submission.track) == ("flow", "frozen")
    wrapped = build_model(submission, (D,), None, 0, "cpu")
    wrapped.eval()
    same, x = judged(model)
    assert torch.equal(wrapped.reconstruct(x), same.reconstruct(x))
