"""Affine orbits and free blobs: derivatives against differences, metrics against sums over pixels, and each factor."""

import math

import pytest
import torch

from aeeval.errors import AeevalError
from aeeval.manifolds import hermite
from aeeval.manifolds.digit import FOUR, ORDER, digit
from aeeval.manifolds.free_blobs import cells, free_blobs
from aeeval.manifolds.photo_patch import PATCH, photo_patch
from aeeval.manifolds.pictures import Match, minima
from aeeval.manifolds.pose_box import PoseBox
from tests.manifolds.knowledge_rendered import digit_chart, pattern_at
from tests.manifolds.test_rendered import differences, poses, seeded

FAMILIES = {
    "photo-patch": (photo_patch, {}, 1e-7),
    "blobs": (free_blobs, {"count": 2}, 1e-6),
    "digit-1": (digit, {"dim": 1}, 1e-7),
    "digit-3": (digit, {"dim": 3}, 1e-7),
    "digit-4": (digit, {"dim": 4}, 1e-7),
    "digit-5": (digit, {"dim": 5}, 1e-5),
    "digit-6": (digit, {"dim": 6}, 1e-5),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_derivatives_are_those_of_the_pictures_and_the_metric_holds_to_what_is_stated(name):
    build, params, accuracy = FAMILIES[name]
    shape = build(**params).native
    u, rows = poses(6, shape), torch.arange(6)
    frame = differences(shape.point, u)
    assert (shape.first(u) - frame).abs().max() <= 1e-8
    metric = shape.metric(u)
    speeds = metric.diagonal(dim1=1, dim2=2).sqrt()
    assert ((frame @ frame.mT - metric) / speeds[:, :, None] / speeds[:, None]).abs().max() <= accuracy
    match = Match(shape, shape.point(poses(6, shape, 1)))
    view = match.look(rows, u)
    assert (view.gradient - differences(lambda v: match.look(rows, v).value, u)).abs().max() <= 1e-7
    hessian = differences(lambda v: match.look(rows, v).gradient, u)
    assert (match.hessian(view) - hessian).abs().max() <= 1e-6 + accuracy * metric.abs().max()


@pytest.mark.parametrize("name", FAMILIES)
def test_pictures_lie_in_the_unit_interval_and_no_two_poses_are_one_picture(name):
    """Projected from their pictures, poses come back, and the smallest singular value of the frame is far from 0."""
    build, params, _ = FAMILIES[name]
    made = build(**params)
    shape, u = made.native, poses(60, made.native, 2)
    x = made.lift(shape.point(u))
    assert 0 <= x.min() < x.max() <= 1
    assert made.row_shape == (1, 32, 32)
    assert (shape.chart(made.coordinates(x.float())) - u).abs().max() <= 1e-5
    values = torch.linalg.svdvals(shape.first(u))
    assert values.shape[1] == made.dim
    assert values.min() >= 0.02 * values.max()


@pytest.mark.parametrize("dim", [1, 2, 4, 6])
def test_a_digit_is_its_pattern_pixel_by_pixel(dim):
    shape = digit(dim=dim).native
    u = torch.rand(4, dim, generator=seeded(0), dtype=torch.float64)
    assert (digit_chart(shape, u) - shape.point(shape.low + (shape.high - shape.low) * u)).abs().max() <= 1e-12


def test_fields_on_coefficients_are_fields_on_functions():
    order = 5
    c = torch.randn(hermite.count(order), generator=seeded(0), dtype=torch.float64)
    q = torch.randn(30, 2, generator=seeded(1), dtype=torch.float64)
    slope = differences(lambda at: pattern_at(tuple(c.tolist()), at), q).T
    x, y = q.T
    expected = [slope[0], slope[1], x * slope[0] + y * slope[1], y * slope[0] - x * slope[1]]
    expected += [x * slope[0] - y * slope[1], x * slope[1] + y * slope[0]]
    found = [pattern_at(tuple((field @ c).tolist()), q) for field in hermite.fields(order)]
    assert (torch.stack(found) - torch.stack(expected)).abs().max() <= 1e-8
    angle = torch.tensor([0.7], dtype=torch.float64)
    turned = hermite.waves(angle, order) @ hermite.turned(c, order)
    back = torch.tensor([[math.cos(0.7), -math.sin(0.7)], [math.sin(0.7), math.cos(0.7)]], dtype=torch.float64)
    assert (pattern_at(tuple(turned[0].tolist()), q) - pattern_at(tuple(c.tolist()), q @ back)).abs().max() <= 1e-12


def test_growth_is_at_right_angles_to_all_else_and_moves_to_each_other():
    """What the distances to "small" and "middle" rest on, and on a photo patch turns too."""
    four = hermite.fields(ORDER) @ torch.tensor(FOUR, dtype=torch.float64)
    products = four @ four.T
    assert products[2, [0, 1, 3, 4, 5]].abs().max() <= 1e-8 * products.diagonal().max()
    assert abs(products[0, 1]) + abs(products[0, 0] - products[1, 1]) <= 1e-8 * products[0, 0]
    patch = hermite.fields(9) @ torch.tensor(PATCH, dtype=torch.float64)
    products = patch @ patch.T
    off = [products[0, 1], products[0, 0] - products[1, 1], *products[:2, 3]]
    assert torch.stack(off).abs().max() <= 1e-8 * products[0, 0]


def test_the_digit_is_that_of_scikit_learn():
    """Its coefficients, by sums over a fine grid, are changed by 5 %: the cosine is 1 - 0.05²/2."""
    datasets = pytest.importorskip("sklearn.datasets")
    image = torch.from_numpy(datasets.load_digits().images[134] / 16)
    column, row = (image.sum(dim=axis) @ torch.arange(8.0).double() / image.sum() for axis in (0, 1))

    def written(x, y):
        across, down = (
            (-((p[..., None] / 0.78 - (torch.arange(8) - c)) ** 2) / 0.72).exp() for p, c in ((x, column), (y, row))
        )
        return torch.einsum("yxi,yxj,ij->yx", down, across, image)

    found = _coefficients(written, ORDER, (-0.0967, -0.1198), ((0.8654, -0.0509), (-0.0504, 1.1585)))
    four = torch.tensor(FOUR, dtype=torch.float64)
    assert torch.nn.functional.cosine_similarity(found, four, dim=0) >= 0.995


def test_the_patch_is_that_of_the_photograph():
    """Luminance blurred over 9 pixels, 20 of them to a unit, less its mean under a Gaussian window, times that."""
    pytest.importorskip("PIL")
    datasets = pytest.importorskip("sklearn.datasets")
    grey = torch.from_numpy(datasets.load_sample_image("china.jpg").mean(axis=2) / 255)[None, None]
    blurred = torch.nn.functional.avg_pool2d(grey, 9, 1, 4)

    def cut(x, y):
        place = torch.stack([2 * (320 + 20 * x) / 639 - 1, 2 * (150 + 20 * y) / 426 - 1], dim=-1)
        light = torch.nn.functional.grid_sample(blurred, place[None], mode="bicubic", align_corners=True)[0, 0]
        window = (-(x**2 + y**2) / (2 * 2.2**2)).exp()
        return (light - (light * window).sum() / window.sum()) * window

    found = _coefficients(cut, 9, (-0.985046, -0.076604), ((1.108087, -0.003615), (-0.003218, 0.902465)))
    patch = torch.tensor(PATCH, dtype=torch.float64)
    assert torch.nn.functional.cosine_similarity(found, patch, dim=0) >= 0.9999


def _coefficients(figure, order, shift, stretch):
    line = torch.linspace(-7, 7, 141, dtype=torch.float64)
    y, x = torch.meshgrid(line, line, indexing="ij")
    (a, b), (c, d) = stretch
    shown = figure(shift[0] + a * x + b * y, shift[1] + c * x + d * y)
    waves = hermite.functions(line, order) * (line[1] - line[0])
    return hermite.packed(torch.einsum("mx,ny,yx->mn", waves, waves, shown), order)


@pytest.mark.parametrize("dim", range(1, 7))
def test_an_orbit_offers_the_held_out_factors_whose_distance_it_knows(dim):
    names = digit(dim=dim).support_names()
    assert names == (("all",) if dim > 6 else ("all",) + ("small",) * (dim >= 3) + ("middle",) * (dim <= 3))
    for name in names[1:]:
        assert isinstance(digit(dim=dim).support(name).native, PoseBox)


def test_the_way_to_a_smaller_digit_is_as_long_as_its_speed_says():
    """The length of the straight way in λ, summed over pixels; and every pose has the same, also stretched."""
    made = digit(dim=6)
    shape, support = made.native, made.support("small")
    u = poses(5, shape, 4)
    u[:, 2] = 1.2
    steps = torch.linspace(1.12, 1.2, 41, dtype=torch.float64)
    path = shape.point(torch.stack([torch.cat([u[:, :2], s.expand(5, 1), u[:, 3:]], dim=1) for s in steps], dim=1))
    length = torch.linalg.vector_norm(path.diff(dim=1), dim=2).sum(dim=1)
    assert torch.allclose(support.support_distance(made.lift(path[:, -1])), length, rtol=1e-4)


def test_blobs_stand_apart_and_faint_ones_have_the_least_reach():
    places = cells(9, 48)
    assert torch.pdist(places).min() >= 16
    assert torch.pdist(cells(2, 32)).min() == pytest.approx(16 * math.sqrt(2))
    assert free_blobs(count=1, size=16).reach == pytest.approx(1.4 * math.sqrt(math.pi / 3))
    with pytest.raises(AeevalError, match="raise size"):
        free_blobs(count=5)
    with pytest.raises(AeevalError, match="half_width"):
        free_blobs(half_width=3.0)
    with pytest.raises(AeevalError, match="six affine maps"):
        digit(dim=7)


def test_minima_on_a_grid_are_lower_than_their_neighbours_also_round_a_circle():
    values = torch.tensor([[1.0, 2.0, 0.0, 3.0, 0.5, 1.0]])
    assert minima(values, (True,)).tolist() == [[False, False, True, False, True, False]]
    assert minima(values, (False,)).tolist() == [[True, False, True, False, True, False]]
    assert minima(torch.tensor([[0.0, 2.0, 1.0, 0.0]]), (True,)).tolist() == [[True, False, False, False]]
