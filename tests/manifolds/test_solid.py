"""Balls, shells and arcs against closed forms."""

import math

import pytest
import torch
from scipy import stats

from aeeval.errors import GeometryError, Skipped
from aeeval.manifolds.arc import Arc
from aeeval.manifolds.solid import Solid


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("dim", "volume"), [(1, 2), (2, math.pi), (3, 4 * math.pi / 3), (4, math.pi**2 / 2)])
def test_volume_of_balls_and_shells(dim, volume):
    ball = Solid(dim, 0.8)
    assert ball.volume == pytest.approx(volume * 0.8**dim, rel=1e-12)
    shell = ball.support("shell", inner=0.3, outer=0.7)
    assert shell.volume == pytest.approx(volume * (0.7**dim - 0.3**dim), rel=1e-12)
    assert (shell.farthest, shell.embedding_dim) == (0.3, (dim, dim))


@pytest.mark.parametrize("dim", [1, 2, 5])
@pytest.mark.parametrize("inner", [0.0, 0.5])
def test_shells_are_drawn_uniformly_and_have_their_scale(dim, inner):
    """|x|^d is uniform in [inner^d, outer^d]; false alarm 1e-4. The mean of |x|² within 4 sd of 20 000 draws."""
    shell = Solid(dim, 1.0).support("shell", inner=inner, outer=0.9)
    x = shell.sample(20_000, seeded(1))
    radius = torch.linalg.vector_norm(x, dim=1)
    share = (radius**dim - inner**dim) / (0.9**dim - inner**dim)
    assert stats.kstest(share.numpy(), "uniform").pvalue > 1e-4
    squares = radius.square()
    assert abs(squares.mean() - shell.scale**2) <= 4 * squares.std() / math.sqrt(20_000)


def test_distances_to_a_shell_run_along_rays():
    shell = Solid(2, 2.0).support("shell", inner=0.5, outer=1.0)
    m = torch.tensor([[0.0, 0.0], [0.0, 0.4], [0.6, 0.0], [-1.0, 0.0], [1.2, 1.6]], dtype=torch.float64)
    assert shell.support_distance(m).tolist() == pytest.approx([0.5, 0.1, 0, 0, 1.0], abs=1e-12)
    beyond = shell.propose_beyond(1000, 0.3, seeded(2))
    distance = shell.support_distance(beyond)
    assert (distance > 0).all()
    assert distance.max() <= 0.3 + 1e-12
    inside = torch.linalg.vector_norm(beyond, dim=1) < 0.5
    assert 0.4 < inside.double().mean() < 0.6  # both sides have a length of .3: 6 sd of 1000 tosses


def test_the_closest_point_of_a_ball_is_radial():
    ball = Solid(3, 2.0)
    x = torch.tensor([[0.0, 0.0, 5.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]], dtype=torch.float64)
    assert ball.project(x).tolist() == [[0.0, 0.0, 2.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    with pytest.raises(Skipped, match="d <= 2"):
        ball.mesh()


@pytest.mark.parametrize("opening", [0.4, math.pi / 2])
def test_arcs(opening):
    """Length 2 α R, centroid R sin α / α on the axis, scale √(R² - height²)."""
    arc = Arc(opening, 1.5)
    whole = arc.support("all")
    assert arc.volume == pytest.approx(3 * opening, rel=1e-12)
    assert whole.centroid.tolist() == pytest.approx([0, 1.5 * math.sin(opening) / opening], rel=1e-12)
    assert whole.scale == pytest.approx(1.5 * math.sqrt(1 - (math.sin(opening) / opening) ** 2), rel=1e-9)
    x = torch.tensor([[0.0, 3.0], [3.0, -3.0], [-0.1, 0.001], [0.0, -1.0]], dtype=torch.float64)
    end = [1.5 * math.sin(opening), 1.5 * math.cos(opening)]
    p = arc.project(x)
    assert p[0].tolist() == pytest.approx([0, 1.5])
    assert p[1].tolist() == pytest.approx(end)
    assert p[2].tolist() == pytest.approx([-end[0], end[1]], abs=0.02)
    assert arc.certified(x, p).tolist() == [True, True, True, False]


def test_an_arc_reads_its_radius_as_federer_quotient_and_no_less():
    """Also from its ends, whose tangent cone is a half-line: points of the arc lie on its side of the end."""
    arc = Arc(math.pi / 2, 0.6)
    m, y = arc.mesh(60), arc.sample(500, seeded(3))
    offset = y[None, :] - m[:, None]
    along = (offset @ arc.tangent(m).mT).squeeze(2)
    along[0], along[-1] = along[0].clamp_min(0), along[-1].clamp_max(0)  # the cones at the ends
    off = (offset.square().sum(dim=2) - along.square()).clamp_min(1e-24).sqrt()
    quotient = offset.square().sum(dim=2) / (2 * off)
    far = offset.norm(dim=2) > 1e-2
    assert quotient[far].min() == pytest.approx(0.6, rel=1e-9)
    assert arc.reach == 0.6


@pytest.mark.parametrize("params", [{"inner": 1.0}, {"inner": -0.1}, {"outer": 1.2}, {"outer": 0.0}])
def test_shells_and_bands_that_do_not_exist_are_refused(params):
    for shape, name in ((Solid(2, 1.0), "shell"), (Arc(1.0, 1.0), "band")):
        with pytest.raises(GeometryError, match=r"expected .*; got .*; .*"):
            shape.support(name, **params)
