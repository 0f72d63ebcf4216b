"""Helix, spiral and trefoil: lengths, strands that pass each other, the knot, and closest points by brute force."""

import math
import re

import pytest
import torch
from scipy import integrate

from aeeval.errors import GeometryError
from aeeval.manifolds.helix import Coil, helix
from aeeval.manifolds.make import make
from aeeval.manifolds.narrow import reach_bound
from aeeval.manifolds.plane_spiral import spiral
from aeeval.manifolds.roll import swiss_roll
from aeeval.manifolds.sweep import closest
from aeeval.manifolds.trefoil import Trefoil, greatest_curvature, least_reach, trefoil


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def norm(vectors):
    return torch.linalg.vector_norm(vectors, dim=-1)


def least_quotient(points, forward, open_ends):
    """Federer's quotient over all pairs of points of a curve; at an end the tangent cone is a half line."""
    offset = points[None] - points[:, None]
    along = torch.einsum("ijk,ik->ij", offset, forward)
    if open_ends:
        along[0], along[-1] = along[0].clamp_min(0), along[-1].clamp_max(0)
    off = norm(offset - along[..., None] * forward[:, None])
    return torch.where(off > 1e-7, norm(offset) ** 2 / (2 * off), math.inf).min().item()


def least_quotient_of(path, n, open_ends):
    points = path.at(torch.linspace(0, path.length, n, dtype=torch.float64))
    return least_quotient(points, path.forward(points), open_ends)


def test_the_helix_by_closed_forms():
    support = helix(ambient_dim=7, radius=2.0, pitch=1.5, turns=2.0).support("arc", lo=0.25, hi=0.75)
    speed = math.hypot(2.0, 1.5 / (2 * math.pi))
    assert support.manifold.volume == pytest.approx(4 * math.pi * speed, rel=1e-13)
    assert support.volume == pytest.approx(2 * math.pi * speed, rel=1e-10)
    # One whole turn: its mean is on the axis.
    assert support.scale == pytest.approx(math.sqrt(2.0**2 + 1.5**2 / 12), rel=1e-9)
    assert support.farthest == pytest.approx(math.pi * speed, rel=1e-12)
    assert (support.embedding_dim, support.manifold.embedding_dim) == ((1, 1), (1, 1))


@pytest.mark.parametrize("turns", [0.4, 0.8, 0.95, 1.3, 3.0])
@pytest.mark.parametrize("pitch", [0.2, 1.0, 3.0, 9.0])
def test_reach_of_the_helix_is_the_least_quotient(turns, pitch):
    """Tight and wide ones, and short ones whose ends pass each other before the next turn does."""
    path = Coil(1.0, pitch, turns)
    least = least_quotient_of(path, 1201, open_ends=True)
    assert path.reach <= least * (1 + 1e-7)
    assert least <= path.reach * (1 + 5e-3)  # the grid's spacing, squared, over that of the tightest strands


def test_the_spiral_is_the_profile_of_the_roll():
    curve, roll = spiral(), swiss_roll()
    assert curve.volume == pytest.approx(roll.volume / 21, rel=1e-13)
    assert curve.reach == roll.reach
    m = curve.sample(100, seeded(1))
    flat = curve.native.path.at(torch.tensor([0.0, curve.native.length], dtype=torch.float64))
    assert norm(flat).tolist() == pytest.approx([1.5 * math.pi, 4.5 * math.pi], rel=1e-12)
    assert curve.distance(m).max() <= 1e-10


def test_the_knot_by_quadrature():
    expected, _ = integrate.quad(
        lambda t: math.sqrt(17 + 8 * math.cos(3 * t) + 9 * math.cos(3 * t) ** 2),
        0,
        2 * math.pi,
        epsabs=1e-12,
        limit=200,
    )
    assert trefoil(radius=0.5).volume == pytest.approx(expected / 2, rel=1e-13)
    part, _ = integrate.quad(lambda t: math.sqrt(17 + 8 * math.cos(3 * t) + 9 * math.cos(3 * t) ** 2), 0, 1.234)
    path = Trefoil(1.0)
    t = torch.tensor([1.234], dtype=torch.float64)
    assert path.arc_length(t).item() == pytest.approx(part, rel=1e-13)
    s = torch.linspace(-path.length, path.length, 301, dtype=torch.float64)
    assert (path.arc_length(path.parameter(s)) - s).abs().max() <= 1e-12


def test_symmetries_of_the_knot():
    """A third of a turn, and a half turn that reverses it: what its reach is computed with."""
    path, s = Trefoil(1.0), torch.linspace(0, 5, 50, dtype=torch.float64)
    third = torch.tensor(2 * math.pi / 3, dtype=torch.float64)
    flat = torch.stack([torch.stack([third.cos(), third.sin()]), torch.stack([-third.sin(), third.cos()])])
    turn = torch.block_diag(flat, torch.eye(1, dtype=torch.float64))
    back = torch.diag(torch.tensor([-1.0, 1.0, -1.0], dtype=torch.float64))
    moved = path.at(s + path.length / 3)
    assert min((moved - path.at(s) @ matrix).abs().max().item() for matrix in (turn, turn.T)) <= 1e-12
    assert (path.at(-s) - path.at(s) @ back).abs().max() <= 1e-12


def test_reach_of_the_knot_is_certified_and_tight():
    least = least_quotient_of(Trefoil(1.0), 1800, open_ends=False)
    assert 0.99 * least <= least_reach() <= least
    assert trefoil(radius=2.0).reach == 2 * least_reach()


def test_curvature_of_the_knot_is_that_of_its_secants():
    path = Trefoil(1.0)
    s = torch.linspace(0, path.length, 4001, dtype=torch.float64)
    step = 1e-3
    bend = norm(path.at(s + step) - 2 * path.at(s) + path.at(s - step)) / step**2
    assert bend.max().item() == pytest.approx(greatest_curvature(), rel=1e-4)
    t = 2 * math.pi * torch.rand(20_000, generator=seeded(8), dtype=torch.float64)
    ends = (path.foot(t, t + h)[1] for h in (-1e-6, 0.0, 1e-6))
    before, velocity, after = ends
    turning = norm(torch.linalg.cross(velocity, (after - before) / 2e-6)) / norm(velocity) ** 3
    assert (1 - 1e-6) * greatest_curvature() <= turning.max().item() <= (1 + 1e-9) * greatest_curvature()


def test_it_is_a_knot():
    """Seen from above it crosses itself three times, over and under in turn: no diagram of a loose loop does that."""
    path, n = Trefoil(1.0), 900
    p = path.at(path.length / n * (torch.arange(n, dtype=torch.float64) + 0.5))
    step = p.roll(-1, 0) - p
    start = (p[None] - p[:, None])[..., :2]

    def cross(a, b):
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]

    across = cross(step[:, None, :2], step[None, :, :2])
    mine, other = cross(start, step[None, :, :2]) / across, cross(start, step[:, None, :2]) / across
    hit = (mine >= 0) & (mine < 1) & (other >= 0) & (other < 1)
    i, j = hit.fill_diagonal_(False).nonzero(as_tuple=True)
    keep = (i - j).abs() > 1
    i, j = i[keep], j[keep]
    assert len(i) == 6  # each crossing once from either strand
    above = p[i, 2] > p[j, 2]
    order = i.argsort()
    assert above[order].tolist() in ([True, False] * 3, [False, True] * 3)


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_distances_along_the_knot_go_the_shorter_way(share):
    support = trefoil(ambient_dim=5).support("arc", share=share)
    path = support.native.manifold.path
    s = path.length * torch.tensor([0.0, 0.1, 0.4, 0.5, 0.6, 0.95], dtype=torch.float64)
    expected = [max(0.0, min(part, 1 - part) - share / 2) * path.length for part in (0, 0.1, 0.4, 0.5, 0.6, 0.95)]
    assert support.support_distance(support.manifold.lift(path.at(s))).tolist() == pytest.approx(expected, abs=1e-9)
    assert support.volume == pytest.approx(share * path.length, rel=1e-10)
    assert support.farthest == pytest.approx((1 - share) / 2 * path.length, rel=1e-12)
    assert (support.embedding_dim, support.manifold.embedding_dim) == ((1, 1), (2, 2))


@pytest.mark.parametrize("path", [Coil(1.0, 1.0, 3.0), Coil(0.5, 4.0, 0.3), Coil(1.0, 0.1, 6.0), Trefoil(1.0)])
def test_closest_points_against_brute_force(path):
    """Points near and far, on the axis and beyond the ends."""
    end = 2 * math.pi if path.closed else path.end
    x = 2 * torch.randn(400, 3, generator=seeded(2), dtype=torch.float64)
    x = torch.cat([x, 20 * x[:50], torch.tensor([[0, 0, z] for z in (-5.0, 0.0, 0.5, 7.0)], dtype=torch.float64)])
    fine = torch.linspace(0, end, 6001, dtype=torch.float64)
    brute = torch.cdist(x, path.foot(x, fine)[0]).amin(dim=1)
    t = closest(path, x)
    ours = norm(x - path.foot(x, t)[0])
    assert (ours - brute).max() <= 1e-9
    assert (brute - ours).max() <= path.speed * end / 6000
    if not path.closed:
        assert t.min() >= 0
        assert t.max() <= end


def smallest_distance_from_the_left_centre(n, longest, seed):
    """Over random plane curves of three arcs of curvature <= 1, from 0 along the first axis: of their ends from i."""
    share = torch.rand(2, 3, n, generator=seeded(seed), dtype=torch.float64)
    bends, lengths = (2 * share[0] - 1) * 1.4, longest * share[1] / share[1].sum(dim=0)
    position, heading = torch.zeros(n, dtype=torch.complex128), torch.zeros(n, dtype=torch.float64)
    for bend, length in zip(bends.clamp(-1, 1), lengths, strict=True):
        middle = torch.sinc(bend * length / (2 * math.pi)) * length  # the chord of an arc
        position = position + torch.polar(middle, heading + bend * length / 2)
        heading = heading + bend * length
    return (position - 1j).abs().min().item()


def test_paths_no_longer_than_half_a_circle_stay_out_of_touching_balls():
    """What the bound of the reach rests on; somewhat longer ones come in by turning away first."""
    for longest in (0.5, 2.0, 3.0, math.pi):
        assert smallest_distance_from_the_left_centre(100_000, longest, seed=3) >= 1 - 1e-12
    assert smallest_distance_from_the_left_centre(100_000, 4.5, seed=3) < 0.95


def test_bound_of_the_reach_of_a_circle_and_of_two_near_strands():
    s = torch.linspace(0, 2 * math.pi, 201, dtype=torch.float64)[:-1]
    path = (s[:, None] - s).abs()
    path = torch.minimum(path, 2 * math.pi - path)
    circle = 2 * (path / 2).sin()
    none = torch.zeros_like(path)
    assert reach_bound(1.0, circle, path, none) == pytest.approx(1.0)
    assert reach_bound(1.0, circle, path, none + 0.1) == pytest.approx((2 * math.cos(0.05) - 0.1) / 2, abs=1e-3)
    pinched = torch.where(path > 3, 0.5, circle)
    assert reach_bound(1.2, pinched, path, none) == pytest.approx(0.25)
    assert reach_bound(1.0, pinched, path, none) == 1.0  # no such set bends so little
    assert reach_bound(4.0, circle[:1, :2], path[:1, :2], none[:1, :2]) == 0.25  # all pairs are near along the set


@pytest.mark.parametrize(
    ("name", "params", "support", "said"),
    [
        ("helix", {"pitch": 0.0}, {}, "pitch > 0"),
        ("helix", {"turns": math.nan}, {}, "turns a finite number"),
        ("helix", {"ambient_dim": 2}, {}, "ambient_dim >= 3"),
        ("helix", {}, {"lo": 0.6, "hi": 0.6}, "lo < hi"),
        ("spiral", {"ambient_dim": 1}, {}, "ambient_dim >= 2"),
        ("spiral", {}, {"hi": 1.1}, "hi in [0, 1]"),
        ("trefoil", {"radius": -2.0}, {}, "radius > 0"),
        ("trefoil", {}, {"share": 1.0}, "share < 1"),
        ("trefoil", {}, {"share": 0.0}, "share > 0"),
    ],
)
def test_what_does_not_exist_is_refused(name, params, support, said):
    with pytest.raises(GeometryError, match=re.escape(said)) as caught:
        make(name, **params).support("arc", **support)
    assert re.fullmatch(r"expected .+; got .+; .+", str(caught.value))
