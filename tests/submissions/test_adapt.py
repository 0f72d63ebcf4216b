"""Every kind of object is adapted, and methods of other libraries are not mistaken for ours."""

import warnings

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn

from aeeval.errors import SubmissionError
from aeeval.submissions.adapt import adapt
from aeeval.submissions.model import Model
from aeeval.submissions.unwrap import code_of

MATRIX = torch.tensor([[1.0, 0, 0], [0, 1, 0]])


class Methods:
    def encode(self, x):
        return x @ MATRIX.T.to(x.dtype)

    def decode(self, z):
        return z @ MATRIX.to(z.dtype)


class Children(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(3, 2, bias=False), nn.Linear(2, 3, bias=False)
        self.encoder.weight.data, self.decoder.weight.data = MATRIX.clone(), MATRIX.T.clone()


class TupleCode(Methods):
    def encode(self, x):
        return super().encode(x), torch.zeros(len(x)), "log variance"


class DictAnswers(nn.Module):
    """As a plain module may answer: a posterior under the name of its mean, rows among other things."""

    def encode(self, x):
        return {"log_variance": torch.zeros(len(x), 2), "mu": Methods().encode(x)}

    def decode(self, z):
        return {"recon_x": Methods().decode(z), "z": z}


class Posterior(Methods):
    """A distribution with a wide spread, whose mean is the code."""

    def encode(self, x):
        return torch.distributions.Normal(super().encode(x), 5.0)

    def decode(self, z):
        return [super().decode(z), "loss"]


KINDS = {
    "methods": Methods,
    "children": Children,
    "pair": lambda: (Methods().encode, Methods().decode),
    "tuple code": TupleCode,
    "dicts": DictAnswers,
    "distribution": Posterior,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_answers_the_same(kind, generator):
    model = Model(adapt(KINDS[kind]()), shape=(3,), latent_dim=2)
    x = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    expected = x * torch.tensor([1.0, 1.0, 0.0])
    torch.testing.assert_close(model.encode(x), x[:, :2].float().double())
    torch.testing.assert_close(model.reconstruct(x), expected.float().double())


def test_scikit_learn_objects_get_flat_arrays(generator):
    x = torch.randn(40, 4, generator=generator, dtype=torch.float64)
    estimator = PCA(2)
    adapted = adapt(estimator)
    adapted.fit(x.numpy(), None)
    model = Model(adapted, shape=(1, 2, 2), latent_dim=2, dtype=torch.float64)
    expected = estimator.inverse_transform(estimator.transform(x.numpy()))
    np.testing.assert_allclose(model.reconstruct(x).numpy(), expected, atol=1e-12)


def test_an_object_with_half_of_a_pair_is_refused_with_what_it_has():
    class Half:
        def encode(self, x):
            return x

    with pytest.raises(SubmissionError, match=r"Half with only encode.*return from build"):
        adapt(Half())


class MistakenLoss(Methods):
    def __init__(self):
        self.loss = nn.MSELoss()


class MistakenSample(Methods):
    def sample(self, num, device):
        raise AssertionError("must not be called")


class MistakenFit(Methods):
    def fit(self, X, y):
        raise AssertionError("must not be called")


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        (MistakenLoss, "loss", r"loss\(x\)"),
        (MistakenSample, "sample", r"sample\(n, generator\)"),
        (MistakenFit, "fit", r"fit\(train, val\)"),
    ],
)
def test_methods_of_other_libraries_are_left_alone_with_one_warning(kind, name, expected):
    with pytest.warns(UserWarning, match=rf"{name} is not used: expected {expected}.*rename it") as caught:
        adapted = adapt(kind())
    assert len(caught) == 1
    assert getattr(adapted, name) is None


def test_our_optional_methods_are_used_without_a_word():
    class Whole(Methods):
        def fit(self, train, val):
            pass

        def loss(self, x):
            return x.sum()

        def sample(self, n, generator):
            return torch.zeros(n, 3)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        adapted = adapt(Whole())
    assert adapted.fit
    assert adapted.loss
    assert adapted.sample


@pytest.mark.parametrize("answer", [{"z": 1}, None, "code"])
def test_what_is_no_tensor_is_refused(answer):
    with pytest.raises(SubmissionError, match="expected a tensor"):
        code_of(answer)


class Wrong(Methods):
    def __init__(self, encode=None, decode=None):
        self._encode, self._decode = encode, decode

    def encode(self, x):
        return self._encode(x) if self._encode else super().encode(x)

    def decode(self, z):
        return self._decode(z) if self._decode else super().decode(z)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (Wrong(encode=lambda x: x), "task gives k=2, code has length 3"),
        (Wrong(encode=lambda x: x[:1, :2]), "expected 7 rows from encode; got shape \\(1, 2\\)"),
        (Wrong(decode=lambda z: z), "rows of shape \\(3,\\) from decode; got shape \\(7, 2\\)"),
        (
            Wrong(decode=lambda z: torch.full((len(z), 3), torch.nan)),
            "finite answers from decode; got NaN .* 7 of 7 rows",
        ),
        (Wrong(encode=lambda x: x @ torch.zeros(5, 2)), "encode raised RuntimeError"),
    ],
)
def test_a_broken_answer_says_expected_received_and_way_out(model, reason):
    wrapped = Model(adapt(model), shape=(3,), latent_dim=2)
    with pytest.raises(SubmissionError, match=reason):
        wrapped.reconstruct(torch.zeros(7, 3, dtype=torch.float64))


def test_rows_arrive_as_float32_of_the_tasks_shape_without_gradients():
    seen = []

    def spy(x):
        seen.append((x.dtype, tuple(x.shape), torch.is_grad_enabled()))
        return x.flatten(1)[:, :2]

    Model(adapt((spy, spy)), shape=(1, 2, 3), latent_dim=2).encode(torch.zeros(4, 6, dtype=torch.float64))
    assert seen == [(torch.float32, (4, 1, 2, 3), False)]


def test_eval_mode_is_switched_on():
    model = Children()
    Model(adapt(model), shape=(3,), latent_dim=2).eval()
    assert not model.training


class Grid(nn.Module):
    """Images (1, 4, 4) to codes (3, 2, 2) and back, by convolutions that take nothing but their own shapes."""

    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.Conv2d(1, 3, 2, stride=2), nn.ConvTranspose2d(3, 1, 2, stride=2)


@pytest.mark.parametrize("asked_first", ["encode", "decode"])
def test_spatial_codes_are_flattened_and_restored(generator, asked_first):
    raw = Grid()
    model = Model(adapt(raw), shape=(1, 4, 4), latent_dim=12)
    x = torch.rand(5, 16, generator=generator, dtype=torch.float64)
    codes = raw.encoder(x.float().reshape(5, 1, 4, 4)).detach()
    if asked_first == "encode":
        assert torch.equal(model.encode(x), codes.flatten(1).double())
    expected = raw.decoder(codes).detach().flatten(1).double()
    assert torch.equal(model.decode(codes.flatten(1).double()), expected)


def test_discrete_codes_count_their_numbers_and_stay_whole():
    """Each coordinate becomes one of 8 whole numbers; the decoder looks them up, which no other number allows."""
    table = torch.arange(8) / 8

    def encode(x):
        return (8 * x).long().clamp(0, 7).reshape(-1, 2, 2)

    model = Model(adapt((encode, lambda z: table[z].flatten(1))), shape=(4,), latent_dim=4)
    x = torch.tensor([[0.1, 0.3, 0.6, 0.9]], dtype=torch.float64)
    assert model.encode(x).tolist() == [[0, 2, 4, 7]]
    assert model.reconstruct(x).tolist() == [[0, 0.25, 0.5, 0.875]]
    assert model.decode(torch.tensor([[0.4, 1.6, 3.8, 7.2]], dtype=torch.float64)).tolist() == [[0, 0.25, 0.5, 0.875]]


def test_large_rows_go_through_in_small_batches():
    sizes = []

    def encode(x):
        sizes.append(len(x))
        return x.flatten(1)[:, :2]

    side = 2**11
    Model(adapt((encode, encode)), shape=(1, side, side), latent_dim=2).encode(torch.zeros(3, side * side))
    assert sizes == [1, 1, 1]
