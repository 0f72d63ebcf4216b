"""No quiet cheating: test rows reach no training, and answers that depend on more than their row are flagged."""

import numpy as np
import pytest
import torch
from torch import nn

from aeeval.cells import Choice
from aeeval.datasets.make import make_dataset
from aeeval.metrics.flags import ROUNDING, answer_drift
from aeeval.session import Session, data_session
from aeeval.submissions.objects import from_object
from aeeval.suite import load_suite
from tests import worlds
from tests.tiny import write_suite


class Spy(nn.Module):
    """A linear autoencoder that keeps all rows that it is trained on."""

    seen: list[torch.Tensor]

    def __init__(self, shape, latent_dim):
        super().__init__()
        self.shape, size = shape, torch.Size(shape).numel()
        self.encoder, self.decoder = nn.Linear(size, latent_dim), nn.Linear(latent_dim, size)

    def encode(self, x):
        return self.encoder(x.flatten(1))

    def decode(self, z):
        return self.decoder(z).reshape(-1, *self.shape)

    def loss(self, x):
        self.seen.append(x.detach().clone())
        return (self.decode(self.encode(x)) - x).square().mean()


class FittedSpy(Spy):
    def fit(self, train, val):
        self.seen.extend([train, val])


@pytest.fixture(params=[Spy, FittedSpy], ids=["published trainer", "own fit"])
def spy(request):
    """A submission and the rows that its training saw."""
    seen = []

    def build(*, shape, latent_dim, seed):
        model = request.param(shape, latent_dim)
        model.seen = seen
        return model

    return from_object(build, name="spy"), seen


def nearest(seen, rows):
    """The least distance between rows that training saw and others, in single precision as models get them."""
    return torch.cdist(torch.cat(seen).flatten(1).double(), rows.float().double()).min().item()


def test_neither_test_rows_nor_rows_beyond_the_support_reach_training(spy, tmp_path):
    submission, seen = spy
    suite = load_suite(write_suite(tmp_path))
    choice = Choice(("reconstruction", "extrapolation", "overfitting"), ("cap",), 1)
    records = Session(suite, (submission,), choice).run()
    assert {record.status for record in records} <= {"ok", "skipped"}
    data = make_dataset(suite.task("cap").data, "cap", 0)
    assert nearest(seen, data.train.x) == nearest(seen, data.val.x) == 0
    for held_out in (data.test.x, data.test.clean, data.beyond.x):
        assert nearest(seen, held_out) > 0


def test_test_rows_of_ones_own_data_do_not_either(spy):
    submission, seen = spy
    train, test = (np.random.default_rng(seed).normal(size=(60, 4)) for seed in (0, 1))
    session = data_session(
        [submission], (train, test), Choice(("reconstruction",), None, 1), latent_dims=[2], reference=False
    )
    session.run()
    assert nearest(seen, torch.from_numpy(train)) == 0
    assert nearest(seen, torch.from_numpy(test)) > 0


def drift(model, data):
    (value,) = answer_drift(worlds.evidence(model, data))
    return value


@pytest.fixture(scope="module")
def sphere():
    return worlds.dataset(seed=3)


def test_a_model_that_answers_row_by_row_does_not_drift(sphere):
    for model in (worlds.identity(), worlds.pca(sphere.train.clean, 2), worlds.projector(sphere.manifold)):
        value = drift(model, sphere)
        assert value.value < 1e-12
        assert value.reason is None


def test_an_error_of_known_size_is_read_as_it_is(sphere):
    """The whole is asked first, batches of five after it: an answer moved by 0.01 in small batches drifts by 0.01."""
    shift = torch.zeros(20, dtype=torch.float64)
    shift[0] = 0.01
    model = worlds.World(worlds.same, lambda z: z + shift * (len(z) <= 5))
    value = drift(model, sphere)
    assert value.value == pytest.approx(0.01 / sphere.scale, rel=1e-9)
    assert "aeeval check" in value.reason


@pytest.mark.parametrize(
    "decode",
    [
        lambda z: z - z.mean(dim=0),
        lambda z: z + 1e-3 * torch.randn(z.shape, dtype=z.dtype),
        lambda z: z + 1e-3 * torch.arange(len(z), dtype=z.dtype)[:, None],
    ],
    ids=["batch statistics", "chance", "order"],
)
def test_what_depends_on_more_than_the_row_is_flagged(sphere, decode):
    with torch.random.fork_rng():
        value = drift(worlds.World(worlds.same, decode), sphere)
    assert value.value > ROUNDING
    assert value.reason


def test_the_flag_stands_in_the_records_of_a_run(tmp_path):
    class Normalised(Spy):
        def encode(self, x):
            code = super().encode(x)
            return code - code.mean(dim=0)

    def build(*, shape, latent_dim, seed):
        model = Normalised(shape, latent_dim)
        model.seen = []
        return model

    suite = load_suite(write_suite(tmp_path))
    run = Session(
        suite, (from_object(build, name="batchy"), from_object(Spied)), Choice(("reconstruction",), ("cap",), 1)
    )
    flags = {record.submission: record.reason for record in run.run() if record.metric == "answer_drift"}
    assert flags["batchy"]
    assert flags["Spied"] is None


class Spied(Spy):
    """A plain one to hold beside."""

    def __init__(self, *, shape, latent_dim, seed):
        torch.manual_seed(seed)
        super().__init__(shape, latent_dim)
        self.seen = []
