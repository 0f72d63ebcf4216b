"""The numbers of images: known values for equal, grey and negative pictures, on real ones."""

from dataclasses import replace

import pytest
import torch

from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.errors import Skipped
from aeeval.metrics.images import psnr, ssim
from aeeval.numerics.ssim import C1, C2, structural_similarity
from tests import worlds


@pytest.fixture(scope="module")
def digits():
    return make_dataset(DataSpec(dataset="digits", rows=Sizes(60, 20, 60)), "digits", 0)


def one(metric, model, data):
    (value,) = metric(worlds.evidence(model, data))
    return value


def test_the_identity_is_perfect(digits):
    assert one(ssim, worlds.identity(), digits).value == pytest.approx(1, abs=1e-12)
    assert one(psnr, worlds.identity(), digits).value == 100


def test_an_error_of_known_size_reads_its_decibels(digits):
    """Every pixel off by .1: −10 log₁₀ .01 = 20 dB."""
    assert one(psnr, worlds.World(worlds.same, lambda z: z + 0.1), digits).value == pytest.approx(20, abs=1e-9)


def test_half_the_contrast_reads_less_by_a_known_factor(digits):
    """x / 2 + 1/4: covariance v/2, variance v/4, and the mean of the light; by the four places of the window."""
    x = digits.test.clean.reshape(-1, 8, 8)
    model = worlds.World(worlds.same, lambda z: 0.5 * z + 0.25)
    offsets = torch.arange(7, dtype=torch.float64) - 3
    weight = torch.exp(-(offsets[:, None] ** 2 + offsets**2) / 4.5)
    weight = weight / weight.sum()
    each = []
    for i in range(2):
        for j in range(2):
            part = x[:, i : i + 7, j : j + 7]
            mean = (weight * part).sum(dim=(1, 2))
            var = (weight * part**2).sum(dim=(1, 2)) - mean**2
            light = 0.5 * mean + 0.25
            first = (2 * mean * light + C1) / (mean**2 + light**2 + C1)
            each.append(first * (var + C2) / (1.25 * var + C2))
    assert one(ssim, model, digits).value == pytest.approx(torch.stack(each).mean().item(), abs=1e-12)


def test_the_standard_error_is_that_of_a_mean(digits):
    """Over 60 pictures; their sd is measured by the same numbers taken one by one."""
    model = worlds.constant(digits.train.clean.mean(dim=0))
    pictures = digits.test.clean.reshape(-1, 1, 8, 8)
    each = structural_similarity(pictures, model.decode(digits.test.clean[:, :1]).reshape(-1, 1, 8, 8))
    value = one(ssim, model, digits)
    assert value.value == pytest.approx(each.mean().item(), abs=1e-12)
    assert value.stderr == pytest.approx(each.std().item() / 60**0.5, rel=1e-9)


def test_what_is_no_image_or_too_small_is_skipped(digits):
    with pytest.raises(Skipped, match="needs images"):
        ssim(worlds.evidence(worlds.identity(), worlds.dataset()))
    with pytest.raises(Skipped, match="4 × 16 hold no window"):
        ssim(worlds.evidence(worlds.identity(), replace(digits, shape=(1, 4, 16))))
