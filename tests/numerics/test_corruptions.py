"""Changes of rows are what they say, by closed forms of pictures that are simple enough."""

import math

import pytest
import torch
from scipy import ndimage

from aeeval.errors import Skipped
from aeeval.numerics import corruptions
from aeeval.numerics.corruptions import OF_IMAGES, OF_ROWS, Columns, changes_of

COLUMNS = Columns(torch.tensor([5.0, -1.0, 0.0]).double(), torch.tensor([2.0, 0.5, 0.0]).double())


def ramp(n=64, side=9):
    """(n, 1, side, side) grey that rises by .01 a pixel to the right and .001 downwards."""
    place = torch.arange(side, dtype=torch.float64)
    return (0.2 + 0.01 * place[None, :] + 0.001 * place[:, None]).expand(n, 1, side, side)


def test_a_translation_moves_by_whole_pixels_one_way_and_repeats_the_edge(generator):
    pictures = ramp()
    moved = corruptions.translated(pictures, 2, generator, COLUMNS)
    inner = (moved - pictures)[:, 0, 2:-2, 2:-2]
    steps = inner[:, :1, :1]
    torch.testing.assert_close(inner, steps.expand_as(inner), rtol=0, atol=1e-12)
    assert sorted(set(steps.flatten().mul(1e6).round().int().tolist())) == [-20000, -2000, 2000, 20000]
    assert moved.min() == pictures.min()
    assert moved.max() == pictures.max()
    with pytest.raises(Skipped, match="5 pixels are half of an image of 9 × 9, or more"):
        corruptions.translated(pictures, 5, generator, COLUMNS)


def test_brightness_and_contrast(generator):
    pictures = ramp()
    assert torch.equal(corruptions.brightened(pictures, 0.1, generator, COLUMNS), pictures + 0.1)
    assert corruptions.brightened(pictures, 0.9, generator, COLUMNS).max() == 1
    flat = corruptions.flattened(pictures, 0.75, generator, COLUMNS)
    torch.testing.assert_close(flat.mean(), pictures.mean())
    torch.testing.assert_close(flat.std(), 0.25 * pictures.std())


@pytest.mark.parametrize("sigma", [0.5, 1, 2])
def test_a_blur_is_that_of_scipy(sigma, generator):
    pictures = torch.rand(2, 3, 9, 11, generator=generator, dtype=torch.float64)
    ours = corruptions.blurred(pictures, sigma, generator, COLUMNS)
    theirs = ndimage.gaussian_filter(pictures.numpy(), sigma, truncate=3, mode="nearest", axes=(2, 3))
    torch.testing.assert_close(ours, torch.from_numpy(theirs))


@pytest.mark.parametrize(("share", "side"), [(0.05, 2), (0.1, 3), (0.25, 4), (1.0, 9)])
def test_an_occlusion_is_one_black_square_at_a_random_place(share, side, generator):
    pictures = torch.ones(200, 3, 9, 9).double()
    hole = 1 - corruptions.occluded(pictures, share, generator, COLUMNS)
    assert torch.equal(hole[:, 0], hole[:, 2])
    assert (hole[:, 0].sum(dim=(1, 2)) == side**2).all()
    assert set(hole[:, 0].amax(dim=2).sum(dim=1).tolist()) == {side}
    assert (hole[:, 0].mean(dim=0) > 0).all(), "every pixel is hidden in one of them"


def test_columns_drift_jitter_and_go_missing_by_what_is_usual_in_them(generator):
    rows = torch.tensor([[1.0, 2.0, 3.0]]).double().expand(40_000, 3)
    step = corruptions.drifted(rows, 0.5, generator, COLUMNS) - rows
    assert torch.equal(step.abs(), (0.5 * COLUMNS.spread).expand_as(rows))
    assert (step == step[0]).all()
    shaken = corruptions.jittered(rows, 0.5, generator, COLUMNS) - rows
    torch.testing.assert_close(shaken.std(dim=0), 0.5 * COLUMNS.spread, rtol=0.02, atol=0)  # sd 1/√2n = .4 %
    gaps = corruptions.with_gaps(rows, 0.25, generator, COLUMNS)
    gone = gaps == COLUMNS.mean
    assert torch.equal(gaps[~gone], rows[~gone])
    assert gone.double().mean(dim=0).sub(0.25).abs().max() < 4.5 * math.sqrt(0.25 * 0.75 / 40_000)


@pytest.mark.parametrize("change", [*OF_IMAGES, *OF_ROWS], ids=lambda change: change.name)
def test_every_change_grows_with_its_severity_and_leaves_its_input_alone(change):
    generator = torch.Generator().manual_seed(4)
    shape = (100, 1, 12, 12) if change in OF_IMAGES else (100, 3)
    rows = torch.rand(*shape, generator=generator, dtype=torch.float64)
    columns = COLUMNS if change in OF_ROWS else Columns(rows.mean(dim=0), rows.std(dim=0))
    before = rows.clone()
    sizes = [
        (change.apply(rows, severity, torch.Generator().manual_seed(1), columns) - rows).square().mean().item()
        for severity in change.severities
    ]
    assert 0 < sizes[0] < sizes[1] < sizes[2] or change.name == "translation"  # of white noise: all steps are as far
    assert torch.equal(rows, before)


def test_pictures_and_rows_have_changes_of_their_own():
    assert changes_of((3, 8, 8)) is OF_IMAGES
    assert changes_of((8,)) is OF_ROWS
    assert len({change.name for change in (*OF_IMAGES, *OF_ROWS)}) == len(OF_IMAGES) + len(OF_ROWS)
