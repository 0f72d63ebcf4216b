"""Known answers before shifted and corrupted inputs: identity, mean and projectors, on rows of a known subspace."""

import math
from dataclasses import replace

import pytest
import torch

from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec
from aeeval.errors import Skipped, SubmissionError
from aeeval.metrics.corrupted import corruption_error, corruption_passed, shift_error
from tests import worlds

K, N, WIDE = 3, 400, 4.5
SIDE = 12
SHAPES = {"pictures": (1, SIDE, SIDE), "rows": (SIDE * SIDE,)}


def flat(shape, seed=0):
    """Grey .5 plus a random point of a K-dimensional subspace, small enough to keep away from 0 and 1."""
    generator = torch.Generator().manual_seed(seed)
    axes = torch.linalg.qr(torch.randn(SIDE * SIDE, K, generator=generator, dtype=torch.float64)).Q
    codes = 0.3 * torch.randn(2 * N, K, generator=generator, dtype=torch.float64).clamp(-2, 2)
    rows = (0.5 + codes @ axes.T).reshape(-1, *shape)
    return make_dataset(DataSpec(arrays={"train": rows[:N], "test": rows[N:]}), "flat", 0)


@pytest.fixture(scope="module", params=SHAPES)
def data(request):
    return flat(SHAPES[request.param])


@pytest.fixture(scope="module")
def pictures():
    return flat(SHAPES["pictures"])


@pytest.fixture(scope="module")
def rows():
    return flat(SHAPES["rows"])


def numbers(metric, model, data):
    found = metric(worlds.evidence(model, data))
    return {(value.axes["corruption"], value.axes["severity"]): value for value in found}


def mean_of(data):
    return worlds.constant(data.train.x.mean(dim=0))


def test_the_identity_passes_every_change_on(data):
    """Its error is the size of the corruption, and it follows every shift exactly."""
    for value in numbers(corruption_error, worlds.identity(), data).values():
        assert value.value == pytest.approx(value.null, rel=1e-12)
    assert {value.value for value in numbers(shift_error, worlds.identity(), data).values()} == {0.0}
    assert all(
        value.value == pytest.approx(1) for value in numbers(corruption_passed, worlds.identity(), data).values()
    )


def test_the_mean_passes_nothing_on_and_follows_nothing(data):
    """It answers the corrupted row as the clean one: √fvu of the mean, whatever the corruption."""
    x = data.test.clean - data.train.x.mean(dim=0)
    expected = x.square().sum(dim=1).mean().sqrt().item() / data.scale
    for value in numbers(corruption_error, mean_of(data), data).values():
        assert value.value == pytest.approx(expected, rel=1e-12)
    assert all(value.value == pytest.approx(1) for value in numbers(shift_error, mean_of(data), data).values())
    assert {value.value for value in numbers(corruption_passed, mean_of(data), data).values()} == {0.0}


def test_the_size_of_noise_is_its_width_in_every_pixel(pictures):
    """σ √D / scale with relative sd 1/√(2 n D); σ = .05 keeps away from 0 and 1, where it is cut off."""
    value = numbers(corruption_error, worlds.identity(), pictures)["noise", 0.05]
    chance = WIDE / math.sqrt(2 * N * SIDE**2)
    assert value.null == pytest.approx(0.05 * SIDE / pictures.scale, rel=chance)


def test_pca_removes_the_noise_that_is_normal_to_its_plane(pictures):
    """E ‖P ν‖² = k σ²: the projector leaves √(k/D) of it, with relative sd 1/√(2 n k)."""
    model, chance = worlds.pca(pictures.train.x, K), WIDE / math.sqrt(2 * N * K)
    error = numbers(corruption_error, model, pictures)["noise", 0.05]
    passed = numbers(corruption_passed, model, pictures)["noise", 0.05]
    assert error.value == pytest.approx(0.05 * math.sqrt(K) / pictures.scale, rel=chance)
    assert passed.value == pytest.approx(math.sqrt(K) / SIDE, rel=chance)


def test_brightness_is_one_direction(pictures):
    """b 1 has the length b √D; PCA passes its part in the plane, and misses the rest exactly."""
    model, one = worlds.pca(pictures.train.x, K), torch.ones(1, SIDE**2, dtype=torch.float64)
    inside = (model.reconstruct(one) - model.reconstruct(0 * one)).norm().item() / SIDE
    x = pictures.test.clean + 0.1
    of_mean = (x - pictures.train.x.mean(dim=0)).square().sum(dim=1).mean().sqrt().item()
    assert numbers(corruption_passed, model, pictures)["brightness", 0.1].value == pytest.approx(inside)
    expected = 0.1 * SIDE * math.sqrt(1 - inside**2) / of_mean
    assert numbers(shift_error, model, pictures)["brightness", 0.1].value == pytest.approx(expected)


def test_less_contrast_of_a_constant_picture_changes_nothing_and_says_so(pictures):
    data = replace(pictures, test=replace(pictures.test, x=0 * pictures.test.x + 0.5, clean=0 * pictures.test.x + 0.5))
    value = numbers(shift_error, worlds.identity(), data)["contrast", 0.5]
    assert (value.value, value.reason) == (None, "contrast 0.5 changes none of these rows")


@pytest.mark.parametrize("severity", [0.1, 0.25, 0.5])
def test_changes_of_rows_are_in_units_of_scale(rows, severity):
    """Σ spread² = scale²: jitter has the length s · scale and gaps √s of ‖x − x̄‖, on average; half a drift is half.

    Relative sd of jitter: √(Σ λ⁴ / Σ² λ² · 2 / n) / 2 ≤ 1/√(2n) · max share of a column, under 1/√n; of gaps: under
    that of ‖x − x̄‖², √(2/(k n)) / 2 with the draws of the gaps, under 1/√n.
    """
    chance = WIDE / math.sqrt(N)
    model = worlds.identity()
    errors, passed = numbers(corruption_error, model, rows), numbers(corruption_passed, mean_of(rows), rows)
    assert errors["jitter", severity].value == pytest.approx(severity, rel=chance)
    x = (rows.test.clean - rows.train.x.mean(dim=0)).square().sum(dim=1).mean().sqrt().item() / rows.scale
    assert errors["missing", severity].value == pytest.approx(math.sqrt(severity) * x, rel=chance)
    assert passed["drift", severity].value == 0
    halved = worlds.linear(0.5 * torch.eye(SIDE**2, dtype=torch.float64))
    assert numbers(corruption_passed, halved, rows)["drift", severity].value == pytest.approx(0.5)


def test_a_model_that_fails_at_one_change_loses_that_number_alone(rows):
    def fragile(x):
        if (x - rows.train.x.mean(dim=0)).square().sum(dim=1).mean().sqrt() > 1.08 * rows.scale:
            raise SubmissionError("too far for me")
        return x

    found = numbers(corruption_error, worlds.World(fragile, worlds.same), rows)
    assert found["jitter", 0.1].value is not None
    assert found["jitter", 0.5].value is None
    assert found["jitter", 0.5].broken


def test_the_same_rows_are_changed_alike_for_every_model(data):
    first, second = (numbers(corruption_error, model, data) for model in (worlds.identity(), mean_of(data)))
    assert {axes: value.null for axes, value in first.items()} == {axes: value.null for axes, value in second.items()}


@pytest.mark.parametrize("metric", [shift_error, corruption_error, corruption_passed])
def test_manifolds_have_a_better_question(metric):
    data = worlds.dataset()
    with pytest.raises(Skipped, match="on a manifold tube_error asks it exactly"):
        metric(worlds.evidence(worlds.identity(), data))
