"""Known answers on held-out classes: rows at a stated distance from the plane that the training rows lie on."""

import math

import pytest
import torch

from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec
from aeeval.errors import Skipped
from aeeval.metrics.extrapolation import extrapolation_error
from aeeval.metrics.held_out import held_out_auroc, held_out_error
from tests import worlds

K, D, N, FAR = 2, 10, 300, 0.7


@pytest.fixture(scope="module")
def data():
    """Training rows on a plane through a point; rows of another kind FAR off it, along one normal."""
    generator = torch.Generator().manual_seed(1)
    frame = torch.linalg.qr(torch.randn(D, K + 1, generator=generator, dtype=torch.float64)).Q
    rows = 3 + torch.randn(3 * N, K, generator=generator, dtype=torch.float64) @ frame[:, :K].T
    arrays = {"train": rows[:N], "test": rows[N : 2 * N], "held_out": rows[2 * N :] + FAR * frame[:, K]}
    return make_dataset(DataSpec(arrays=arrays), "kinds", 0)


def one(metric, model, data):
    (value,) = metric(worlds.evidence(model, data))
    return value


def of_mean(data):
    return (data.held_out - data.train.x.mean(dim=0)).square().sum(dim=1).mean().sqrt().item()


def test_the_identity_and_the_mean(data):
    identity, mean = worlds.identity(), worlds.constant(data.train.x.mean(dim=0))
    assert one(held_out_error, identity, data).value == 0
    assert one(extrapolation_error, identity, data).value == 0
    assert one(extrapolation_error, mean, data).value == pytest.approx(1, abs=1e-12)
    value = one(held_out_error, mean, data)
    assert value.value == pytest.approx(of_mean(data) / data.scale, abs=1e-12)
    assert value.null == pytest.approx(value.value, abs=1e-12)


def test_pca_misses_what_is_off_its_plane(data):
    model = worlds.pca(data.train.x, K)
    assert one(held_out_error, model, data).value == pytest.approx(FAR / data.scale)
    assert one(extrapolation_error, model, data).value == pytest.approx(FAR / of_mean(data))
    assert one(held_out_auroc, model, data).value == 1


def test_the_memoriser_is_as_far_as_its_nearest_row(data):
    nearest = torch.cdist(data.held_out, data.train.x).min(dim=1).values
    expected = nearest.square().mean().sqrt().item() / data.scale
    assert one(held_out_error, worlds.memoriser(data.train.x), data).value == pytest.approx(expected)


def test_an_error_that_is_the_same_everywhere_tells_nothing(data):
    away = torch.nn.functional.normalize(torch.ones(1, D, dtype=torch.float64))
    value = one(held_out_auroc, worlds.World(worlds.same, lambda z: z + away), data)
    assert value.value == pytest.approx(0.5, abs=4.5 / math.sqrt(12 * N / 2))


@pytest.mark.parametrize("metric", [held_out_error, held_out_auroc, extrapolation_error])
def test_without_held_out_rows_there_is_no_number(metric, data):
    without = make_dataset(DataSpec(arrays={"train": data.train.x, "test": data.test.x}), "kinds", 0)
    with pytest.raises(Skipped, match="held-out classes of real rows"):
        metric(worlds.evidence(worlds.identity(), without))
    with pytest.raises(Skipped, match="held-out classes of real rows"):
        metric(worlds.evidence(worlds.identity(), worlds.dataset()))
