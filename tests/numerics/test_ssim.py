"""Structural similarity against closed forms, its definition summed by hand, and another library's numbers."""

import math

import pytest
import torch

from aeeval.numerics.ssim import C1, C2, structural_similarity, window_of


def waves(channels, height, width, phase=0.0):
    c, i, j = torch.meshgrid(
        *(torch.arange(size, dtype=torch.float64) for size in (channels, height, width)), indexing="ij"
    )
    return (0.5 + 0.5 * torch.sin(0.7 * i + 0.3 * j * (1 + phase) + c + phase))[None]


# structural_similarity of scikit-image 0.26.0 (gaussian_weights, sigma 1.5, use_sample_covariance off, data_range 1):
# of a wave with its square, another wave, its negative, and itself at half the contrast.
FIXTURES = {
    (1, 16, 20): (0.912651226701224, 0.6617227122599459, -0.7680756192560594, 0.7883214592000468),
    (3, 11, 13): (0.8935013881361193, 0.8146752153501691, -0.7760001410232163, 0.7841331082275261),
    (1, 28, 28): (0.890446567049042, 0.46447639512911293, -0.7661374707447506, 0.7826704821761583),
}


@pytest.mark.parametrize("shape", FIXTURES, ids=str)
def test_it_agrees_with_another_library(shape):
    x = waves(*shape)
    pairs = torch.cat([x**2, waves(*shape, phase=0.2), 1 - x, 0.5 * x + 0.25])
    got = structural_similarity(x.expand_as(pairs), pairs)
    assert got.tolist() == pytest.approx(FIXTURES[shape], abs=1e-12)


def test_equal_pictures_read_one_and_order_does_not_matter():
    x, y = waves(1, 12, 12), waves(1, 12, 12, 0.3)
    assert structural_similarity(x, x).item() == pytest.approx(1, abs=1e-15)
    torch.testing.assert_close(structural_similarity(x, y), structural_similarity(y, x))


@pytest.mark.parametrize(("a", "b"), [(0.2, 0.7), (0.0, 1.0), (0.5, 0.6)])
def test_grey_pictures_read_their_light_alone(a, b):
    """Without contrast the second factor is C₂/C₂: (2ab + C₁)/(a² + b² + C₁)."""
    x, y = (torch.full((2, 3, 15, 15), grey, dtype=torch.float64) for grey in (a, b))
    expected = (2 * a * b + C1) / (a * a + b * b + C1)
    assert structural_similarity(x, y).tolist() == pytest.approx([expected] * 2, abs=1e-9)


def test_small_pictures_take_the_largest_odd_window():
    """An 8 × 8 picture has four places for a 7 × 7 window; summed here place by place."""
    x, y = waves(1, 8, 8), waves(1, 8, 8, 0.4)
    assert [window_of(8, 8), window_of(11, 40), window_of(64, 10)] == [7, 11, 9]
    weight = [[math.exp(-((a - 3) ** 2 + (b - 3) ** 2) / 4.5) for b in range(7)] for a in range(7)]
    total = sum(map(sum, weight))

    def mean(u, v, i, j):
        cells = ((a, b) for a in range(7) for b in range(7))
        return sum(weight[a][b] * u[0, 0, i + a, j + b].item() * v[0, 0, i + a, j + b].item() for a, b in cells) / total

    def at(i, j):
        one = torch.ones_like(x)
        mx, my = mean(x, one, i, j), mean(y, one, i, j)
        vx, vy, c = mean(x, x, i, j) - mx**2, mean(y, y, i, j) - my**2, mean(x, y, i, j) - mx * my
        return (2 * mx * my + C1) * (2 * c + C2) / ((mx**2 + my**2 + C1) * (vx + vy + C2))

    expected = sum(at(i, j) for i in range(2) for j in range(2)) / 4
    assert structural_similarity(x, y).item() == pytest.approx(expected, abs=1e-12)


def test_pictures_without_room_are_refused():
    with pytest.raises(ValueError, match="7 × 7 or more"):
        structural_similarity(torch.zeros(1, 1, 6, 30), torch.zeros(1, 1, 6, 30))
