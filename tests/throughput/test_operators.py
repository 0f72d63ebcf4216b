"""FLOPs and memory of calls whose work is known, and operators that nobody counts."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from aeeval.throughput.operators import record
from aeeval.throughput.setting import Setting
from tests.throughput.models import D, K, Linear, model_of, rows, subject

B, M, N = 3, 5, 7


def layers():
    return nn.Sequential(nn.Linear(M, N), nn.SiLU(), nn.LayerNorm(N), nn.Linear(N, 2))


def images():
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.ConvTranspose2d(8, 3, 2))


KNOWN = {  # call, its input, FLOPs of a row by hand
    "linear": (layers, (B, M), 2 * M * N + 2 * N * 2),
    "convolutions": (images, (B, 3, 10, 10), 2 * 8 * 3 * 9 * 64 + 2 * 3 * 8 * 4 * 16),
    "depthwise": (lambda: nn.Conv1d(4, 4, 3, groups=4), (B, 4, 10), 2 * 4 * 3 * 8),
    "recurrent": (lambda: nn.GRU(4, 6, batch_first=True), (B, 5, 4), 2 * 5 * 18 * (4 + 6)),
}


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
@pytest.mark.parametrize("name", KNOWN)
def test_known_work_is_counted_and_agrees_with_torch(name, mode):
    make, shape, flops = KNOWN[name]
    model, x = make().eval(), torch.randn(shape)
    with mode():
        seen = record(model, x)
        with FlopCounterMode(display=False) as peer:
            model(x)
    assert seen.flops == B * flops == peer.get_total_flops()
    assert seen.coverage == 1
    assert seen.opaque_operators == {}


def test_a_product_of_known_size_is_counted_within_two_percent():
    a, b = torch.randn(64, 32), torch.randn(32, 48)
    assert record(torch.mm, a, b).flops == pytest.approx(2 * 64 * 32 * 48, rel=0.02)


UNCOUNTED = {
    "_euclidean_dist": lambda x: torch.cdist(x, x, compute_mode="use_mm_for_euclid_dist"),
    "_fft_r2c": lambda x: torch.fft.rfft(x).real,
    "_linalg_svd": lambda x: torch.linalg.svd(x, full_matrices=False).S,
}


@pytest.mark.parametrize("name", UNCOUNTED)
def test_work_without_a_formula_is_named_and_not_covered(name):
    """torch's counter answers 0 here."""
    with torch.no_grad():
        seen = record(UNCOUNTED[name], torch.randn(40, 8))
    assert (seen.flops, seen.coverage) == (0, 0)
    assert list(seen.opaque_operators) == [name]


def test_coverage_is_the_share_of_numbers_through_counted_operators():
    """A product of (b, m) and (m, m) touches bm + m² + bm numbers, a transform bm on the way in and b(m/2 + 1) out."""
    b, m = 6, 10
    weight = torch.randn(m, m)
    seen = record(lambda x: torch.fft.rfft(x @ weight), torch.randn(b, m))
    counted, opaque = 2 * b * m + m * m, b * m + b * (m // 2 + 1)
    assert seen.coverage == counted / (counted + opaque)


class Attention(nn.Module):
    """A transformer's layer as encoder, one of the calls that torch fuses into an operator without a formula."""

    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(D, 2, 16, batch_first=True)

    def encode(self, x):
        return self.layer(x[:, None, :])[:, 0]

    def decode(self, z):
        return z


def test_a_fused_layer_is_counted_by_what_it_stands_for():
    """Projections 2·4·D², two products of attention 2·2·D for one token, feed-forward 2·2·16·D."""
    raw = Attention()
    model = model_of(raw)
    with torch.no_grad():
        fused = record(model.raw_encode, torch.randn(B, D), as_usual=True)
    assert (fused.flops, fused.coverage) == (0, 0)
    work = subject(raw).work("encode")
    assert work.flops == 8 * D * D + 4 * D + 64 * D
    assert work.coverage == 1


def test_models_of_other_libraries_have_no_count():
    from sklearn.decomposition import PCA

    made = model_of(PCA(K).fit(rows().numpy()))
    from aeeval.throughput.subject import Subject

    work = Subject(made, rows(), Setting("here", "cpu")).work("encode")
    assert work.flops is None
    assert work.coverage is None
    assert work.intensity(4) is None


def test_an_answer_from_outside_torch_is_noticed():
    rows = torch.randn(3, 4)
    for call in (
        lambda x: torch.from_numpy(x.numpy() @ x.numpy().T),
        lambda x: torch.as_tensor(np.asarray(x.double()) @ np.ones(4)).to(x),
    ):
        seen = record(call, rows)
        assert seen.outside
        assert seen.coverage is None
    assert not record(lambda x: x * torch.tensor(2.0), rows).outside


def test_the_identity_does_nothing_and_that_is_known():
    seen = record(lambda x: x.flatten(1), torch.randn(3, 2, 2))
    assert (seen.flops, seen.coverage, seen.outside) == (0, 1, False)


def test_live_memory_is_that_of_tensors_alive_together():
    """Each step makes 4·n bytes; the second lives beside the first and the third beside the second."""
    n = 1000
    x = torch.randn(n)
    assert record(lambda x: ((x + 1) + 1) + 1, x).peak_bytes == 2 * 4 * n
    kept = []

    def keep(x):
        kept.extend(x + i for i in range(5))
        return kept[-1]

    assert record(keep, x).peak_bytes == 5 * 4 * n
    assert record(lambda x: x.reshape(10, 100).T, x).peak_bytes == 0


def test_bytes_are_those_of_what_is_read_and_made():
    """A constant that is only broadcast moves nothing, the identity neither, and zeros are written."""
    x, constant = torch.randn(4, 3), torch.randn(1, 5)
    silent = record(lambda x: constant.expand(len(x), 5), x)
    assert (silent.given_bytes, silent.answer_bytes, silent.outside) == (0, 0, True)
    scaled = record(lambda x: (2 * constant).expand(len(x), 5), x)
    assert (scaled.answer_bytes, scaled.outside) == (0, False)
    zeros = record(lambda x: x.new_zeros(len(x), 2), x)
    assert zeros.answer_bytes == 4 * 4 * 2
    assert record(lambda x: x, x).given_bytes == 0
    both = record(lambda x: x + 1, x)
    assert (both.given_bytes, both.answer_bytes) == (48, 48)


def test_weights_are_what_is_read_and_neither_given_nor_made():
    raw = Linear()
    seen = record(raw.encode, torch.randn(3, D))
    assert seen.weight_bytes == 4 * (D * K + K)
    work = subject(raw).work("encode")
    assert work.bytes_of(10) == 4 * (D * K + K) + 10 * 4 * (D + K)
    assert work.intensity(10) == 10 * 2 * D * K / work.bytes_of(10)
