"""Unions: room between components, weights, and laws that hold for each component on its own."""

import dataclasses
import math

import pytest
import torch
from scipy import stats

from aeeval.errors import GeometryError, Skipped
from aeeval.manifolds.base import GEODESICS
from aeeval.manifolds.embedded import Embedded, normalised
from aeeval.manifolds.mixed import line_disc_ball, lollipop
from aeeval.manifolds.moons import two_moons
from aeeval.manifolds.solid import Solid
from aeeval.manifolds.sphere_sets import disjoint_spheres, nested_spheres
from aeeval.manifolds.union import Union
from aeeval.manifolds.warps import warped_sphere
from tests.manifolds import laws
from tests.manifolds.instances import instance
from tests.manifolds.test_laws import changed

APART = {
    "nested": lambda: nested_spheres(ambient_dim=5, seed=1),
    "nested-1": lambda: nested_spheres(dim=1, count=1, inner_radius=0.5),
    "nested-7": lambda: nested_spheres(dim=3, count=7, inner_radius=0.1),
    "disjoint": lambda: disjoint_spheres(dims=[1, 2, 4], gap=0.3, seed=2),
    "moons": lambda: two_moons(ambient_dim=4, seed=3),
    "mixed": lambda: line_disc_ball(ambient_dim=6, gap=0.4, seed=4),
}


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def nearest_pair(first, second, seed):
    """A shortest segment between two sets, by projecting to and fro from many starts; by chance no shorter one."""
    x = first.sample(60, seeded(seed))
    for _ in range(200):
        before, x = x, first.project(second.project(x))
        if laws.norm(x - before).max() <= 1e-10:
            break
    distance = second.distance(x)
    best = distance.argmin()
    return x[best], second.project(x[best : best + 1])[0], distance[best].item()


@pytest.mark.parametrize("label", APART)
def test_the_reach_is_half_the_least_distance_of_two_components_where_that_is_less(label):
    manifold = APART[label]()
    pairs = [(a, b) for n, a in enumerate(manifold.components) for b in manifold.components[:n]]
    found = [nearest_pair(a, b, 10) for a, b in pairs]
    gap = min(distance for _, _, distance in found)
    assert manifold.native.gap * manifold.factor == pytest.approx(gap, abs=1e-6)
    assert manifold.reach == pytest.approx(min(gap / 2, *(c.reach for c in manifold.components)), abs=1e-6)
    assert manifold.reach_is_exact
    p, q, _ = min(found, key=lambda pair: pair[2])
    middle = ((p + q) / 2)[None]
    assert manifold.distance(middle).item() == pytest.approx(gap / 2, abs=1e-6)
    assert not manifold.certified(middle, manifold.project(middle)).any()  # two points of 𝓜 are as near


@pytest.mark.parametrize("make", [*APART.values(), lambda: lollipop(ambient_dim=5, seed=5)])
def test_within_the_local_reach_closest_points_are_certified(make):
    """Everywhere in the ball, not only along normals."""
    manifold = make()
    m = manifold.sample(500, seeded(11))
    step = laws.unit(laws.gaussian(m, 12)) * manifold.local_reach(m).clamp(max=1.0)[:, None]
    x = m + 0.999 * step
    assert manifold.certified(x, manifold.project(x)).all()


def test_a_lollipop_has_no_reach_at_its_joint_and_half_the_way_to_it_elsewhere():
    manifold = lollipop(ambient_dim=3, seed=6)
    stick = torch.tensor([[1.5, 0.0], [2.5, 0.0]], dtype=torch.float64)
    disc = torch.tensor([[0.0, 0.0], [0.0, -1.0], [0.9, 0.0]], dtype=torch.float64)
    assert (manifold.reach, manifold.reach_is_exact) == (0.0, True)
    assert manifold.local_reach(manifold.lift(stick)).tolist() == pytest.approx([0.25, 0.75], abs=1e-12)
    away = [0.5, math.sqrt(2) / 2, 0.05]
    assert manifold.local_reach(manifold.lift(disc)).tolist() == pytest.approx(away, abs=1e-12)
    assert manifold.component_of(manifold.lift(torch.cat([disc, stick]))).tolist() == [0, 0, 0, 1, 1]
    # Beside the joint, on the curve |y| = a + a²/2 over 1 + a, disc and stick are as near.
    a = torch.tensor([1e-3, 1e-2], dtype=torch.float64)
    x = manifold.lift(torch.stack([1 + a, a + a * a / 2], dim=1))
    assert not manifold.certified(x, manifold.project(x)).any()


def test_components_know_their_dimension_and_answer_for_themselves():
    manifold = line_disc_ball(ambient_dim=7, seed=7)
    assert [c.dim for c in manifold.components] == [1, 2, 3]
    assert (manifold.dim, manifold.volume) == (3, pytest.approx(4 * math.pi / 3))
    m = manifold.sample(300, seeded(13))
    seen = torch.zeros(300)
    for component, rows in manifold.by_component(m):
        seen[rows] += 1
        assert component.distance(m[rows]).max() <= 1e-12
        assert component.tangent(m[rows]).shape == (len(rows), component.dim, 7)
        assert (manifold.local_dim(m)[rows] == component.dim).all()
    assert (seen == 1).all()


def test_a_manifold_that_is_no_union_is_its_own_component():
    manifold = two_moons().components[0]
    m = manifold.sample(5, seeded(14))
    assert manifold.components == (manifold,)
    assert [(c, rows.tolist()) for c, rows in manifold.by_component(m)] == [(manifold, [0, 1, 2, 3, 4])]
    assert manifold.local_reach(m).tolist() == [1.0] * 5


def test_frames_of_several_sizes_are_not_one_tensor():
    manifold = lollipop(ambient_dim=4)
    m = manifold.sample(5, seeded(15))
    for frames in (manifold.tangent, manifold.normal):
        with pytest.raises(GeometryError, match="by_component"):
            frames(m)
    assert "frames of one size" in manifold.absent
    with pytest.raises(Skipped, match="each of its `components`"):
        manifold.mesh()


@pytest.mark.parametrize(
    ("manifold", "weights"),
    [
        (nested_spheres(count=3), [1 / 2, 1 / 6, 1 / 6, 1 / 6]),
        (disjoint_spheres(dims=[1, 2, 3]), [1 / 3] * 3),
        (two_moons(), [1 / 2, 1 / 2]),
        (lollipop(), [2 / 3, 1 / 3]),
        (line_disc_ball(), [1 / 3] * 3),
    ],
)
def test_components_are_drawn_by_the_stated_weights(manifold, weights):
    counts = torch.bincount(manifold.component_of(manifold.sample(6000, seeded(16))), minlength=len(weights))
    assert stats.chisquare(counts.numpy(), [6000 * w for w in weights]).pvalue > 1e-4


def test_a_density_is_the_weight_over_the_volume_of_the_component_in_any_unit():
    raw = lollipop(ambient_dim=5, seed=8).support("all")
    for support, unit in ((raw, 1.0), (normalised(raw), 1 / raw.scale)):
        x = support.sample(200, seeded(17))
        disc = support.manifold.component_of(x) == 0
        expected = torch.tensor([1 / 3 / (2 * unit), 2 / 3 / (math.pi * unit**2)], dtype=torch.float64)[disc.long()]
        torch.testing.assert_close(support.log_prob(x).exp(), expected, rtol=1e-12, atol=0)


def test_a_support_takes_from_each_component_what_it_holds_of_it():
    """The core has the share of the length, area, volume: .6, .36, .216."""
    support = line_disc_ball().support("core", share=0.6)
    shares = torch.tensor([0.6, 0.36, 0.216], dtype=torch.float64)
    torch.testing.assert_close(support.native.weights, shares / shares.sum())
    assert support.volume == pytest.approx(0.216 * 4 * math.pi / 3)
    assert support.embedding_dim == (3, 3)


@pytest.mark.parametrize(
    ("support", "whole", "piece"),
    [
        (nested_spheres(dim=2).support("cap"), (3, 3), (2, 2)),
        (disjoint_spheres(dims=[1, 3]).support("cap"), (4, 4), (3, 3)),
        (two_moons().support("gap"), (1, 1), (1, 1)),
        (lollipop().support("gap"), (2, 2), (2, 2)),
    ],
)
def test_least_euclidean_dimension_is_that_of_the_worst_component(support, whole, piece):
    assert support.manifold.embedding_dim == whole
    assert support.embedding_dim == piece


def test_distances_run_along_the_component():
    moons = two_moons(ambient_dim=3, seed=9)
    angle = torch.tensor([0.0, 0.3, -1.2], dtype=torch.float64)
    upper = torch.stack([angle.sin(), angle.cos()], dim=1)
    lower = torch.tensor([1.0, 0.5], dtype=torch.float64) - upper
    m = moons.lift(torch.cat([upper, lower]))
    gap, band = moons.support("gap", angle=0.5), moons.support("band", angle=1.0)
    assert gap.support_distance(m).tolist() == pytest.approx([0.5, 0.2, 0.0] * 2, abs=1e-12)
    assert band.support_distance(m).tolist() == pytest.approx([0.0, 0.0, 0.2] * 2, abs=1e-12)
    stick = lollipop().support("gap", width=0.6)
    m = stick.manifold.lift(torch.tensor([[1.2, 0], [1.7, 0], [2.0, 0], [2.2, 0], [0.3, 0.4]], dtype=torch.float64))
    assert stick.support_distance(m).tolist() == pytest.approx([0, 0, 0.3, 0.1, 0], abs=1e-12)


@pytest.mark.parametrize(
    ("make", "params"),
    [
        (nested_spheres, {"count": 0}),
        (nested_spheres, {"inner_radius": 0.6}),
        (nested_spheres, {"count": 30}),
        (disjoint_spheres, {"dims": [2]}),
        (disjoint_spheres, {"dims": 2}),
        (disjoint_spheres, {"dims": [2, 0]}),
        (disjoint_spheres, {"gap": 0.0}),
        (two_moons, {"ambient_dim": 1}),
        (lollipop, {"length": -1.0}),
        (line_disc_ball, {"radius": math.inf}),
    ],
)
def test_unions_that_do_not_exist_are_refused(make, params):
    with pytest.raises(GeometryError, match=r"expected .*; got .*; .*"):
        make(**params)


@pytest.mark.parametrize(
    ("manifold", "name", "params"),
    [
        (lollipop(), "gap", {"width": 2.0}),
        (line_disc_ball(), "core", {"share": 1.5}),
        (two_moons(), "gap", {"angle": 1.6}),
        (two_moons(), "band", {"angle": 2.0}),
        (nested_spheres(), "cap", {"angle": 4.0}),
    ],
)
def test_supports_that_do_not_exist_are_refused(manifold, name, params):
    with pytest.raises(GeometryError, match=r"expected .*; got .*; .*"):
        manifold.support(name, **params)


def joint_ignored(i):
    return changed(i, {"local_reach": lambda m: 3 * i.manifold.local_reach(m)})


def volumes_for_weights(i):
    """Draws that forget the weights: as many from every component."""
    components = i.manifold.components
    return changed(i, {"sample": lambda n, g: torch.cat([c.sample(n // len(components), g) for c in components])})


def dimension_of_the_largest(i):
    return changed(i, {"local_dim": lambda m: torch.full((len(m),), i.manifold.dim)})


def one_unit_for_all_dimensions(i):
    """log_prob scaled with the power of the largest dimension everywhere."""
    extra = math.log(i.manifold.factor)
    return changed(i, {"log_prob": lambda m: i.manifold.log_prob(m) - (3 - i.manifold.local_dim(m)) * extra})


@pytest.mark.parametrize(
    ("law", "label", "change"),
    [
        (laws.tube_projects_back, "lollipop-12-in-2", joint_ignored),
        (laws.sampler_has_the_exact_law, "lollipop-12-in-8", volumes_for_weights),
        (laws.sampler_follows_the_area, "nested-2-in-9", volumes_for_weights),
        (laws.tangents_are_displacements, "mixed-123-in-10", dimension_of_the_largest),
        (laws.densities_integrate_to_one, "mixed-123-in-10/normalised", one_unit_for_all_dimensions),
    ],
)
def test_laws_see_what_is_wrong_with_a_union(law, label, change):
    right = instance(label)
    law(right)
    with pytest.raises(AssertionError):
        law(change(right))


def test_a_certificate_asks_the_other_components_too():
    right = instance("moons-1-in-2")
    own = lambda x, m: torch.stack([c.certified(x, m) for c in right.manifold.components]).any(dim=0)  # noqa: E731
    wrong = dataclasses.replace(changed(right, {"certified": own}))
    middle = torch.tensor([[0.0, 0.7]], dtype=torch.float64)  # .3 from the upper moon, .2 from an end of the lower one
    x, upper = right.manifold.lift(middle), right.manifold.lift(torch.tensor([[0.0, 1.0]], dtype=torch.float64))
    assert wrong.manifold.certified(x, upper).all()
    assert not right.manifold.certified(x, upper).any()


def test_a_distance_that_is_not_proven_proves_nothing():
    """A component that is never sure of its closest points leaves no certificate for the others either."""
    apart = torch.tensor([0.0, 3.0], dtype=torch.float64)
    axes, doubtful = torch.eye(2, dtype=torch.float64), Solid(2, 1.0)
    doubtful.certified = lambda x, m: torch.zeros(len(x), dtype=torch.bool)
    x = torch.tensor([[1.1, 0.0]], dtype=torch.float64)
    for other, proven in ((Solid(2, 1.0), True), (doubtful, False)):
        union = Union([Embedded(Solid(2, 1.0), axes, 0 * apart), Embedded(other, axes, apart)], [1.0, 1.0], gap=1.0)
        assert union.certified(x, union.project(x)).tolist() == [proven]


def test_a_union_with_a_warp_has_bounds_of_distances_only():
    """On the disc the distance is known, and both bounds are it."""
    warp, axes = warped_sphere(dim=1, ambient_dim=3).native, torch.eye(3, dtype=torch.float64)
    components = [Embedded(warp, axes, 0 * axes[0]), Embedded(Solid(2, 1.0), axes[:, :2], 9 * axes[0])]
    union = Union(components, [1.0, 1.0], gap=7.0)
    union.name = "warp and disc"
    support = union.over("piece", [components[0].support("cap", angle=1.0), components[1].support("shell", outer=0.5)])
    rim = warp.above(torch.tensor([[0.0, -1.0]], dtype=torch.float64))
    m = torch.cat([rim, 9 * axes[:1] + 0.8 * axes[1:2]])
    assert GEODESICS in union.absent
    low, high = support.distance_bounds(m)
    assert low.tolist() == pytest.approx([math.pi - 1, 0.3], abs=1e-12)
    assert high.tolist() == pytest.approx([(math.pi - 1) * warp.stretch, 0.3], abs=1e-12)
