"""Closest points beyond the reach: where two minima are as good as equal, no descent from anywhere ends lower."""

import functools
import math

import pytest
import torch

from aeeval.manifolds.downhill import closest
from aeeval.manifolds.graph import graph
from aeeval.manifolds.landmarks import Landmarks, spread_points
from aeeval.manifolds.sphere import Sphere
from aeeval.manifolds.warps import warped_roll, warped_sphere

SHAPES = {
    "graph": lambda: graph().native,
    "graph in R^50": lambda: graph(ambient_dim=50).native,
    "curve": lambda: graph(dim=1, ambient_dim=5, frequency=8.0).native,
    "graph over a cube": lambda: graph(dim=3, ambient_dim=12).native,
    "warped sphere": lambda: warped_sphere().native,
    "warped roll": lambda: warped_roll(amplitude=8.0).native,
}


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@functools.cache
def of(name):
    return SHAPES[name]()


def far(shape, n, away, seed):
    """(n, D) points with Gaussian noise of `away` scales on them."""
    m = shape.sample(n, seeded(seed))
    noise = torch.randn(m.shape, generator=seeded(seed + 1), dtype=torch.float64)
    return m + away * shape.support().scale * noise / math.sqrt(shape.ambient_dim)


def chart(shape, x):
    return shape.chart(shape.project(x))


def between_two_minima(shape, away, n=2000):
    """(k, D), (2, k, m): where the closest point jumps on the way from a point to one beside it, and both its ends."""
    low = far(shape, n, away, 1)
    high = low + 0.02 * far(shape, n, away, 3)
    ends = torch.stack([chart(shape, low), chart(shape, high)])
    jumps = torch.linalg.vector_norm(ends[1] - ends[0], dim=1) > 0.1 * shape.unit
    low, high, ends = low[jumps], high[jumps], ends[:, jumps]
    for _ in range(8):
        middle = (low + high) / 2
        u = chart(shape, middle)
        nearer = (u - ends[0]).norm(dim=1) <= (u - ends[1]).norm(dim=1)
        low, high = torch.where(nearer[:, None], middle, low), torch.where(nearer[:, None], high, middle)
        ends = torch.where(torch.stack([nearer, ~nearer])[:, :, None], u, ends)
    return torch.cat([low, high]), torch.cat([ends, ends], dim=1)


@pytest.mark.parametrize("away", [2.0, 5.0])
@pytest.mark.parametrize("name", SHAPES)
def test_no_descent_ends_lower_than_the_closest_point(name, away):
    """From 40 points all over 𝓜, and from both of two minima that differ by less than 1 % of the scale."""
    shape = of(name)
    x, ends = between_two_minima(shape, away)
    x, ends = x[:150], ends[:, :150]
    assert len(x) >= 10
    everywhere = shape.chart(shape.sample(40, seeded(5))).expand(len(x), -1, -1)
    starts = torch.cat([ends.transpose(0, 1), everywhere], dim=1)
    rows = x.repeat_interleave(starts.shape[1], dim=0)
    found = shape.descended(rows, starts.flatten(0, 1))
    least = shape.value(rows, found).reshape(len(x), -1).amin(dim=1)
    ours = shape.value(x, chart(shape, x))
    assert ((2 * ours).sqrt() - (2 * least).sqrt()).max() <= 1e-9 * shape.unit


@pytest.mark.parametrize("name", SHAPES)
def test_no_closest_point_is_lower_than_its_landmark_by_more_than_the_slack(name):
    shape = of(name)
    x = far(shape, 1000, 3.0, 6)
    u = chart(shape, x)
    landmark = shape.landmarks.chart[torch.cdist(u, shape.landmarks.chart).argmin(dim=1)]
    drop = shape.value(x, landmark) - shape.value(x, u)
    assert (drop <= shape.slack(x) * (1 + 1e-9)).all()
    assert (drop / shape.slack(x)).max() > 0.05  # the bound is of use


def test_what_is_not_the_closest_for_certain_is_not_certified():
    """Also where the answer is right: the certificate is a proof that it is, and reaches as far as the reach."""
    for name in SHAPES:
        shape = of(name)
        x = far(shape, 200, 3.0, 8)
        m = shape.project(x)
        away = torch.linalg.vector_norm(x - m, dim=1)
        assert not shape.certified(x, m)[away >= shape.reach].any()


class Wells:
    """Landmarks 0, 1, 2 on a line. From 0 the way leads to -0.2 of value 0.1, from the others to 1.2 of value 0.5."""

    landmarks = Landmarks(*2 * [torch.arange(3, dtype=torch.float64)[:, None]], 0.5, 1.0, torch.zeros(3))

    def __init__(self, flat):
        self.is_flat = flat

    def descended(self, x, u):
        return torch.where(u < 0.5, -0.2, 1.2).double()

    def value(self, x, u):
        return torch.where(u[:, 0] < 0.5, 0.1, 0.5).double()

    def proven(self, x, u):
        return torch.zeros(len(u), dtype=torch.bool)

    def slack(self, x):
        return torch.full((len(x),), 9.0, dtype=torch.float64)

    def flat(self, x, u):
        return torch.full((len(u),), self.is_flat)


@pytest.mark.parametrize(("flat", "answer"), [(False, 1.2), (True, -0.2)])
def test_beside_flat_minima_all_landmarks_are_tried(flat, answer):
    """Of x = 0.9 the nearest landmark is 1, lower than both its neighbours: what is beyond 0 it does not tell."""
    x = torch.tensor([[0.9]], dtype=torch.float64)
    assert closest(Wells(flat), x, x, torch.tensor([False])).item() == pytest.approx(answer)


@pytest.mark.parametrize("name", ["graph", "graph in R^50", "warped sphere"])
def test_minima_are_flat_towards_the_centre_of_curvature(name):
    """The least second derivative along 𝓜 at m + tν is 1 - tκ, κ the greatest curvature along the normal ν."""
    shape = of(name)
    m = shape.sample(200, seeded(11))
    inside = shape.boundary_distance(m) > 0.1 * shape.unit
    m, height = m[inside], 1e-4
    tangent, normal = shape.tangent(m), shape.normal(m)[:, 0]
    steps = torch.stack([tangent[:, 0], tangent[:, 1], (tangent[:, 0] + tangent[:, 1]) / math.sqrt(2)], dim=1)
    ends = torch.stack([shape.project((m[:, None] + s * height * steps).flatten(0, 1)) for s in (1, -1)])
    off = ((ends.mean(dim=0).unflatten(0, (-1, 3)) - m[:, None]) * normal[:, None]).sum(dim=2)
    first, second, mixed = (2 * off / height**2).unbind(dim=1)
    bent = torch.linalg.eigvalsh(
        torch.stack([first, mixed - (first + second) / 2, second], dim=1)[:, [0, 1, 1, 2]].unflatten(1, (2, 2))
    )
    curved = bent[:, 1] > 0.5 * bent[:, 1].max()
    for share, flat in ((0.2, False), (0.99, True)):
        x = m + (share / bent[:, 1:]) * normal
        assert (shape.flat(x, shape.chart(m)) == flat)[curved].all()


def test_starts_are_the_low_landmarks_that_are_lower_than_their_neighbours():
    """A line of landmarks 0 ... 10 in R, and x = 3.2: the nearest is 3; with no end to the slack, still only 3."""
    line = torch.arange(11, dtype=torch.float64)[:, None]
    plain = Landmarks(line, line, 0.5, 1.0, torch.zeros(11))
    x = torch.tensor([[3.2], [12.0]], dtype=torch.float64)
    rows, marks = plain.starts(x, torch.full((2,), 1e9, dtype=torch.float64))
    assert (rows.tolist(), marks.tolist()) == ([0, 1], [3, 10])
    ends = Landmarks(line, line, 0.5, 1.0, torch.tensor([1.0] + 9 * [0.0] + [2.0]))
    rows, marks = ends.starts(x, torch.full((2,), 1e9, dtype=torch.float64))
    assert (rows.tolist(), marks.tolist()) == ([0, 0, 0, 1, 1, 1], [3, 0, 10, 10, 9, 0])
    rows, marks = ends.starts(x, torch.zeros(2, dtype=torch.float64))
    assert (rows.tolist(), marks.tolist()) == ([0, 1], [3, 10])


def test_nodes_of_a_grid_are_compared_along_its_axes_and_faces_within_themselves():
    """Two minima across a diagonal have a node between them that is lower than one; across it nothing is compared."""
    landmarks = of("graph").landmarks
    steps = landmarks.chart[landmarks.neighbours] - landmarks.chart[:, None]
    assert ((steps.abs() > 1e-9).sum(dim=2) <= 1).all()
    held = landmarks.chart.abs() == 2.0
    assert (held[landmarks.neighbours] == held[:, None]).all()


def test_nothing_is_nearer_than_the_least_distance():
    shape = of("graph")
    for away in (0.3, 3.0):
        x = far(shape, 500, away, 12)
        z = shape.chart(x)
        least = shape.sines.least_distance(z - z.clamp(-2.0, 2.0), x[:, 2:])
        distance = shape.distance(x)
        assert (least <= distance * (1 + 1e-12)).all()
        assert (distance - least).max() <= 4 * shape.support().scale  # heights and places of the foot, not more
    assert (least > 2 * shape.reach).double().mean() > 0.9


def test_starts_of_points_that_are_very_far_are_found_too():
    shape = graph().native
    x = 1e200 * torch.randn(20, 6, generator=seeded(9), dtype=torch.float64)
    rows, _ = shape.landmarks.starts(x, shape.slack(x))
    assert rows.unique().tolist() == list(range(20))


def test_spread_points_leave_no_gap():
    """1024 caps that cover the sphere have a radius of √(4/1024) at least; well spread ones, of less than twice it."""
    points, gap = spread_points(Sphere(2, 1.0))
    others = Sphere(2, 1.0).sample(5000, seeded(10))
    widest = torch.cdist(others, points).amin(dim=1).max()
    assert 0.0625 <= widest <= 0.125
    assert widest <= 1.4 * gap
