"""Cubes, balls, bowls, conoids, patches and sheets against closed forms, and what does not exist."""

import math
import re

import pytest
import torch
from scipy import stats

from aeeval.errors import GeometryError, UnknownName
from aeeval.manifolds.beyond import beyond
from aeeval.manifolds.conoid import chord_gap
from aeeval.manifolds.densities import with_density
from aeeval.manifolds.make import make


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


def least_quotient(points, frames, ends):
    """min |y - x|² / (2 dist(y - x, cone at x)) over all pairs (H. Federer, 1959, theorem 4.18).

    The cone at x is spanned by its orthogonal frame (n, d, m), in both directions of row i where ends[:, i] is 0, only
    backwards where it is 1, at an upper end, and only forwards where it is -1.
    """
    frames = torch.nn.functional.normalize(frames, dim=2)
    least = math.inf
    for x, frame, end in zip(points, frames, ends, strict=True):
        offset = points - x
        along = offset @ frame.T
        along = torch.where((end * along) > 0, 0.0, along)
        off = torch.linalg.vector_norm(offset - along @ frame, dim=1)
        quotient = torch.where(off > 1e-9, offset.square().sum(dim=1) / (2 * off), math.inf)
        least = min(least, quotient.min().item())
    return least


def grid_of(shape, sizes):
    """A grid of the chart, its points, frames, and which of its rows lie at an end."""
    share = torch.cartesian_prod(*(torch.linspace(0, 1, size, dtype=torch.float64) for size in sizes))
    ends = (share == 1).double() - (share == 0).double()
    u = shape.low + (shape.high - shape.low) * share
    return shape.point(u), shape.first(u), ends


@pytest.mark.parametrize(
    ("name", "params", "sizes"),
    [
        ("helicoid", {}, (61, 31)),
        ("helicoid", {"turns": 0.7, "half_width": 4.0}, (41, 41)),
        ("helicoid", {"turns": 2.0, "half_width": 0.6, "radius": 2.0}, (121, 9)),
        ("saddle", {}, (41, 41)),
        ("saddle", {"half_length": 4.0, "half_width": 2.0}, (81, 21)),
        ("saddle", {"half_length": 0.5, "half_width": 4.0, "radius": 0.8}, (15, 81)),
        ("hyperbolic-patch", {}, (57, 41)),
        ("hyperbolic-patch", {"half_angle": 0.4, "start": 0.1, "stop": 0.6}, (81, 21)),
        ("hyperbolic-patch", {"half_angle": math.pi / 2, "radius": 2.0}, (57, 41)),
    ],
)
def test_reach_of_a_charted_surface_is_the_least_quotient(name, params, sizes):
    """Edges and corners included; from above within what the spacing of the grid, a tenth of the reach, leaves."""
    shape = make(name, **params).native
    least = least_quotient(*grid_of(shape, sizes))
    assert shape.reach <= least * (1 + 1e-9)
    assert least <= 1.05 * shape.reach


def test_the_gap_of_chords_of_a_helicoid_is_that_of_points_and_normals():
    """Over lines at random angles: no point of the line leaves less than `chord_gap`, and one leaves as much."""
    theta, b = torch.rand(2, 200, generator=seeded(20), dtype=torch.float64) * tensor([[9.0], [0.99]])
    s = -b / (1 - b * b).sqrt()
    normal = torch.stack([-s, 0 * s, 1 + 0 * s], dim=1) / torch.hypot(s, 1 + 0 * s)[:, None]
    line = torch.stack([0 * s, theta.cos(), theta.sin()], dim=1)
    offset = torch.stack([theta, -s, 0 * s], dim=1)  # of the axis at q from p
    nearest = (line * (normal - offset)).sum(dim=1)  # |offset + t line - normal|² is least here
    for step in (-0.1, 0.0, 0.1):
        chord = offset + (nearest + step)[:, None] * line
        left = chord.square().sum(dim=1) - 2 * (chord * normal).sum(dim=1)
        assert (left - chord_gap(theta, b) - step**2).abs().max() <= 1e-9 * (1 + s.abs().max())


def test_no_chord_of_a_helicoid_leaves_the_balls_of_its_reach():
    """The gap is 0 at 0 alone; each bound of its proof where it is used, by values at the ends of monotonic parts."""
    theta, b = torch.linspace(0, 12, 1201).double()[1:, None], torch.linspace(0, 1, 501).double()[:-1]
    assert (chord_gap(theta, b) > 0).all()
    assert chord_gap(tensor(0.01), tensor(0.0)) <= 1e-4 * 2 * math.sin(0.01) ** 2  # no larger ball will do
    sine, slope = (lambda t: math.sin(t)), (lambda t: 2 * t - math.sin(2 * t))
    gap = lambda t: t * t - sine(t) ** 2  # noqa: E731
    root = lambda t: math.sqrt(slope(t) / 2 - sine(t) ** 2)  # noqa: E731
    assert 2 * gap(1.8) * 4 * sine(1.8) ** 2 - slope(1.8) ** 2 > 1
    assert slope(1.8) - 4 * sine(1.8) ** 2 > 0  # P - P' rises from here on
    for start, stop in ((1.8, 2.0), (2.0, 2.28)):
        assert gap(start) - slope(start) + 2 * sine(stop) * root(start) > 0.1
    assert (1 + math.sqrt(5)) / 2 < 1.28**2


def test_reach_of_the_s_curve_is_set_by_its_ends():
    profile = make("s-curve", radius=1.3).native.profile
    s = torch.linspace(0, profile.length, 2001, dtype=torch.float64)
    points = profile.at(s)
    ends = torch.zeros(2001, 1, dtype=torch.float64)
    ends[0], ends[-1] = -1, 1
    least = least_quotient(points, profile.forward(points)[:, None], ends)
    assert profile.reach == pytest.approx(1.3 * (math.sqrt(5) - 1) / 2, rel=1e-15)
    assert profile.reach <= least * (1 + 1e-9) <= 1.001 * profile.reach


@pytest.mark.parametrize(
    ("name", "params", "meridian"),
    [
        ("paraboloid", {"radius": 0.7}, lambda t: (2 * t, 2 * t * t / 0.7, t / t, 2 * t / 0.7)),
        ("hemisphere", {"radius": 1.4}, lambda t: (1.4 * t.sin(), 1.4 * t.cos(), t.cos(), -t.sin())),
    ],
)
def test_reach_of_bowls_and_half_spheres_is_the_least_quotient(name, params, meridian):
    """Turned about the axis: at the rim, where t is greatest, the cone is a half plane."""
    top = 1.0 if name == "paraboloid" else math.pi / 2
    lines = (torch.linspace(low, high, n, dtype=torch.float64) for low, high, n in ((0.01, top, 61), (0, 6, 25)))
    t, angle = torch.cartesian_prod(*lines).T
    across, height, across_speed, height_speed = meridian(t)
    cosine, sine = angle.cos(), angle.sin()
    points = torch.stack([across * cosine, across * sine, height], dim=1)
    forward = torch.stack([across_speed * cosine, across_speed * sine, height_speed], dim=1)
    around = torch.stack([-sine, cosine, torch.zeros_like(sine)], dim=1)
    shape = make(name, **params).native
    assert shape.distance(points).max() <= 1e-14
    ends = torch.stack([(t == top).double(), torch.zeros_like(t)], dim=1)
    least = least_quotient(points, torch.stack([forward, around], dim=1), ends)
    assert shape.reach <= least * (1 + 1e-6) <= 1.01 * shape.reach


@pytest.mark.parametrize(
    ("name", "params", "volume"),
    [
        ("cube", {"dim": 4, "half_width": 1.5}, 81),
        ("gaussian-ball", {"dim": 3, "radius": 2.0}, 4 / 3 * math.pi * 8),
        ("hemisphere", {"dim": 2, "radius": 1.5}, 2 * math.pi * 1.5**2),
        ("hemisphere", {"dim": 3}, math.pi**2),
        ("paraboloid", {"dim": 2, "radius": 0.5}, math.pi / 6 * (17**1.5 - 1)),
        ("paraboloid", {"dim": 1, "rim": 1.0}, math.sqrt(2) + math.asinh(1)),
        ("helicoid", {"half_width": 1.0}, 2 * math.pi * (math.sqrt(2) + math.asinh(1))),
        ("hyperbolic-patch", {"start": 0.5, "stop": 1.0, "half_angle": 0.3}, 0.6 * (math.exp(-0.5) - math.exp(-1))),
        ("s-curve", {"radius": 0.5, "width": 3.0}, 4.5 * math.pi),
        ("holed-roll", {"width": 2.0}, 2 * 89.37327),
    ],
)
def test_volume_is_the_textbook_one(name, params, volume):
    assert make(name, **params).volume == pytest.approx(volume, rel=1e-7)


def test_flat_ones_have_no_bottleneck_and_a_cube_no_normal():
    assert make("cube").reach == make("gaussian-ball").reach == math.inf
    cube = make("cube", dim=3)
    assert cube.ambient_dim == 3
    assert cube.normal(cube.sample(4, seeded(0))).shape == (4, 0, 3)
    assert make("gaussian-ball").ambient_dim == 3


def test_the_corner_of_a_cube_by_hand():
    support = make("cube", dim=2, half_width=1.0, seed=4).support("corner", side=0.5)
    m = support.manifold.lift(tensor([[-1.0, -1.0], [-0.6, -0.5], [0.0, -0.9], [0.0, 0.7], [1.0, 1.0]]))
    assert support.support_distance(m).tolist() == pytest.approx([0, 0, 0.5, 1.3, 1.5 * math.sqrt(2)], abs=1e-14)
    assert support.farthest == pytest.approx(1.5 * math.sqrt(2))
    assert support.volume == pytest.approx(0.25)
    assert support.embedding_dim == (2, 2)


@pytest.mark.parametrize("dim", [1, 2, 7])
def test_a_gaussian_ball_has_the_truncated_chi_square_law(dim):
    support = make("gaussian-ball", dim=dim, spread=0.5, seed=2).support("ball", radius=1.2)
    law = stats.chi2(dim)
    top = (1.2 / 0.5) ** 2
    x = support.sample(5000, seeded(3))
    square = (torch.linalg.vector_norm(x - support.centroid, dim=1) / 0.5).square()
    assert stats.kstest((law.cdf(square.numpy()) / law.cdf(top)), "uniform").pvalue > 1e-4  # false alarm 1e-4
    expected = -square / 2 - dim / 2 * math.log(2 * math.pi * 0.25) - law.logcdf(top)
    assert (support.log_prob(x) - expected).abs().max() <= 1e-9
    variance = 0.25 * dim * stats.chi2(dim + 2).cdf(top) / law.cdf(top)
    assert support.scale == pytest.approx(math.sqrt(variance), rel=1e-9)


def test_a_gaussian_ball_is_dense_over_four_decades_and_takes_no_second_density():
    support = make("gaussian-ball").support("all")
    rim = support.manifold.lift(tensor([[0.0, 0.0], [0.0, math.sqrt(2) + 3]]))
    drop = support.log_prob(rim).diff().item() / math.log(10)
    assert drop == pytest.approx(-((math.sqrt(2) + 3) ** 2) / 2 / math.log(10))
    assert drop < -4
    with pytest.raises(GeometryError, match="one density a support"):
        with_density(support, "exponential")


def test_a_half_sphere_below_its_rim():
    """Closest to the rim, straight out; on the axis below there is no one closest point, nor at the centre."""
    manifold = make("hemisphere", radius=2.0, seed=1)
    x = manifold.lift(tensor([[3.0, 0.0, -4.0], [0.0, 0.5, -0.1], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, -1.0]]))
    expected = manifold.lift(tensor([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]]))
    assert (manifold.project(x)[:3] - expected).abs().max() <= 1e-14
    assert manifold.distance(x).tolist() == pytest.approx([math.sqrt(17), math.hypot(1.5, 0.1), 1, 2, math.sqrt(5)])
    assert manifold.certified(x, manifold.project(x)).tolist() == [True, True, True, False, False]
    assert manifold.boundary_distance(expected).tolist() == pytest.approx([0, 0, math.pi])


def test_closest_points_of_a_bowl_solve_a_cubic():
    """s³/2 + (1 - h) s = ρ for radius 1; and on the axis above 1 all around is alike."""
    manifold = make("paraboloid", rim=1.5)
    shape = manifold.native
    x = 3 * torch.randn(2000, 3, generator=seeded(5), dtype=torch.float64)
    x[:4] = tensor([[0, 0, 0.5], [0, 0, 1.0], [0, 0, 1.5], [1e-9, 0, 1.0]])
    s = shape.off_axis(shape.project(x))
    off, height = shape.off_axis(x), x[:, -1]
    slope = s**3 / 2 + (1 - height) * s - off
    inside = s < 1.5 - 1e-12
    assert (slope[inside].abs() <= 1e-13 * (1 + off[inside] + s[inside] * height[inside].abs())).all()
    assert (slope[~inside] <= 1e-12).all()
    assert s[:3].tolist() == pytest.approx([0, 0, 1], abs=1e-15)
    assert shape.certified(x[:4], shape.project(x[:4])).tolist() == [True, True, False, True]


def test_distances_on_a_bowl_run_along_meridians():
    support = make("paraboloid", dim=3, radius=2.0, rim=3.0).support("cap", share=0.4)
    shape = support.manifold.native
    s = tensor([0.0, 1.0, 2.0, 3.0])
    direction = torch.nn.functional.normalize(torch.randn(4, 3, generator=seeded(6), dtype=torch.float64), dim=1)
    m = support.manifold.lift(shape.at(s, direction))
    t = torch.linspace(0, 1, 20001, dtype=torch.float64)[:, None] * s
    length = torch.trapezoid((1 + (t / 2).square()).sqrt(), t, dim=0)
    expected = (length - 0.4 * length[-1]).clamp_min(0)
    assert (support.support_distance(m) - expected).abs().max() <= 1e-8  # of the trapezoids
    assert support.farthest == pytest.approx(0.6 * length[-1].item(), rel=1e-8)


def test_the_pseudosphere_has_the_curvature_it_says():
    """Gauss's equation K = det II / det I, from the chart's derivatives alone."""
    shape = make("hyperbolic-patch", radius=1.7).native
    share = torch.rand(200, 2, generator=seeded(7), dtype=torch.float64)
    u = shape.low + (shape.high - shape.low) * share
    frame, normal = shape.first(u), shape.normal(shape.point(u))[:, 0]
    second = torch.einsum("nijm,nm->nij", shape.second(u), normal)
    curvature = torch.linalg.det(second) / torch.linalg.det(frame @ frame.mT)
    assert (curvature + 1 / 1.7**2).abs().max() <= 1e-10


@pytest.mark.parametrize("name", ["helicoid", "saddle", "hyperbolic-patch"])
def test_derivatives_of_charts_are_those_of_their_points(name):
    shape = make(name, radius=1.3).native
    share = 0.1 + 0.8 * torch.rand(100, 2, generator=seeded(8), dtype=torch.float64)
    u, size = shape.low + (shape.high - shape.low) * share, 1e-5
    for axis, step in enumerate(size * torch.eye(2, dtype=torch.float64)):
        first = (shape.point(u + step) - shape.point(u - step)) / (2 * size)
        second = (shape.first(u + step) - shape.first(u - step)) / (2 * size)
        assert (first - shape.first(u)[:, axis]).abs().max() <= 1e-8  # size² times third derivatives, rounding/size
        assert (second - shape.second(u)[:, axis]).abs().max() <= 1e-8


def test_the_window_of_a_holed_roll_is_as_far_as_its_nearest_edge():
    support = make("holed-roll", width=10.0, seed=3).support("holed", along=0.2, across=0.5)
    roll = support.manifold.native
    along, across = tensor([0.5, 0.41, 0.5, 0.39, 0.0]), tensor([0.5, 0.5, 0.7, 0.5, 1.0])
    m = support.manifold.lift(roll.at(along, across))
    expected = [2.5, 0.01 * roll.length, 0.5, 0, 0]
    assert support.support_distance(m).tolist() == pytest.approx(expected, abs=1e-9)
    assert support.farthest == 2.5
    assert support.volume == pytest.approx(0.9 * support.manifold.volume, rel=1e-12)
    points, distance = beyond(support, 500, 2.5, 5, seeded(9))
    assert (distance > 0).all()
    assert (support.support_distance(points) <= 2.5).all()


def test_a_sheet_whose_curvature_jumps_can_still_be_graded():
    """The S-curve is smooth only on either side of its middle, where quadrature must be cut."""
    support = with_density(make("s-curve").support("box", lo=0.3, hi=0.9), "exponential", {"decades": 2.0})
    x = support.sample(20_000, seeded(10))
    spread = torch.linalg.vector_norm(x - support.centroid, dim=1)
    assert torch.linalg.vector_norm(x.mean(dim=0) - support.centroid) <= 5 * support.scale / math.sqrt(len(x))
    assert spread.square().mean().sqrt().item() == pytest.approx(support.scale, rel=0.03)  # sd of the mean .006


@pytest.mark.parametrize(
    ("name", "params", "expected"),
    [
        ("cube", {"dim": 0}, "dim an integer >= 1"),
        ("cube", {"dim": 3, "ambient_dim": 2}, "ambient_dim >= 3"),
        ("cube", {"half_width": -1.0}, "half_width > 0"),
        ("gaussian-ball", {"dim": True, "radius": 1.0}, "dim an integer >= 1"),
        ("gaussian-ball", {"spread": 0.0}, "spread > 0"),
        ("gaussian-ball", {"radius": math.nan}, "radius a finite number"),
        ("hemisphere", {"radius": math.inf}, "radius a finite number"),
        ("hemisphere", {"ambient_dim": 2}, "ambient_dim >= 3"),
        ("paraboloid", {"rim": 0}, "rim > 0"),
        ("paraboloid", {"dim": 4, "ambient_dim": 4}, "ambient_dim >= 5"),
        ("saddle", {"half_length": -2}, "half_length > 0"),
        ("saddle", {"ambient_dim": 2}, "ambient_dim >= 3"),
        ("helicoid", {"turns": 0}, "turns > 0"),
        ("helicoid", {"radius": math.nan}, "radius a finite number"),
        ("hyperbolic-patch", {"start": 0.0}, "start > 0"),
        ("hyperbolic-patch", {"start": 2.0}, "start < stop"),
        ("hyperbolic-patch", {"half_angle": 2.0}, "half_angle in"),
        ("s-curve", {"width": "wide"}, "width a finite number"),
        ("holed-roll", {"ambient_dim": 2}, "ambient_dim >= 3"),
    ],
)
def test_values_without_a_manifold_are_refused_with_a_way_out(name, params, expected):
    with pytest.raises(GeometryError, match=re.escape(expected)) as caught:
        make(name, **params)
    assert re.fullmatch(r"expected .+; got .+; .+", str(caught.value))


@pytest.mark.parametrize(
    ("name", "support", "params", "error", "said"),
    [
        ("cube", "corner", {"side": 5.0}, GeometryError, "side in"),
        ("cube", "corner", {"side": 0.0}, GeometryError, "side > 0"),
        ("gaussian-ball", "ball", {"radius": 9.0}, GeometryError, "radius in"),
        ("gaussian-ball", "bal", {}, UnknownName, "did you mean ball"),
        ("hemisphere", "cap", {"angle": math.pi / 2}, GeometryError, "angle < π/2"),
        ("hemisphere", "cap", {"angle": 2.0}, GeometryError, "angle in"),
        ("paraboloid", "cap", {"share": 1.5}, GeometryError, "share in"),
        ("helicoid", "band", {"half_width": 3.0}, GeometryError, "half_width in"),
        ("saddle", "band", {"half_width": 0.0}, GeometryError, "half_width > 0"),
        ("hyperbolic-patch", "band", {"lo": 0.7, "hi": 0.2}, GeometryError, "lo < hi"),
        ("s-curve", "box", {"lo": -0.1}, GeometryError, "lo in [0, 1]"),
        ("holed-roll", "holed", {"across": 1.0}, GeometryError, "across < 1"),
        ("holed-roll", "holed", {"along": 0.0}, GeometryError, "along > 0"),
    ],
)
def test_supports_that_do_not_exist_are_refused(name, support, params, error, said):
    with pytest.raises(error, match=re.escape(said)):
        make(name).support(support, **params)
