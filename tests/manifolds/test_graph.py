"""Graphs of sines: the bound behind their reach, quadrature, and geodesics against shortest paths on a grid."""

import math

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from aeeval.errors import GeometryError
from aeeval.manifolds import newton
from aeeval.manifolds.embedded import normalised
from aeeval.manifolds.geodesic import distance_to_box
from aeeval.manifolds.graph import graph
from aeeval.manifolds.quadrature import integrate
from aeeval.manifolds.sines import Sines, spread_directions


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def cube(n, dim, half_width, seed):
    return half_width * (2 * torch.rand(n, dim, generator=seeded(seed), dtype=torch.float64) - 1)


@pytest.mark.parametrize(("count", "dim"), [(1, 2), (3, 5), (4, 4), (18, 2), (45, 5)])
@pytest.mark.parametrize("seed", [0, 1])
def test_directions_are_unit_and_as_even_as_they_can_be(count, dim, seed):
    rows = spread_directions(count, dim, seed)
    assert torch.allclose(torch.linalg.vector_norm(rows, dim=1), torch.ones(count, dtype=torch.float64), atol=1e-12)
    assert torch.linalg.matrix_norm(rows, 2).item() == pytest.approx(math.sqrt(max(1, count / dim)), rel=1e-6)
    assert not torch.equal(rows, spread_directions(count, dim, seed + 2))


def test_one_dimension_has_sines_of_different_frequency():
    lengths = spread_directions(4, 1, 0).abs().squeeze(1)
    assert lengths.tolist() == [1.0, 0.875, 0.75, 0.625]


@pytest.mark.parametrize(("dim", "ambient_dim"), [(1, 3), (2, 20), (5, 12)])
def test_heights_bend_no_faster_than_stated(dim, ambient_dim):
    """|h(z') - h(z) - Dh(z)(z' - z)| <= H |z' - z|²/2; at random pairs, and along the direction of most bending."""
    sines = graph(dim=dim, ambient_dim=ambient_dim).native.sines
    z, step = cube(20_000, dim, 2.0, 1), cube(20_000, dim, 0.3, 2)
    linear = sines.height(z) + sines.slope(z) * (step @ sines.weights.T)
    bent = torch.linalg.vector_norm(sines.height(z + step) - linear, dim=1)
    ratio = bent / (step.square().sum(dim=1) / 2)
    assert ratio.max() <= sines.bend
    assert ratio.max() >= sines.bend / 3  # the bound is of use


def test_reach_does_not_depend_on_the_seed():
    for seed in range(3):
        assert graph(ambient_dim=20, seed=seed).reach == pytest.approx(math.sqrt(2) / (0.44 * 9), rel=1e-6)


def test_default_is_curved_for_pca_and_roomy_for_noise():
    support = normalised(graph(dim=2, ambient_dim=20).support("box"))
    x = support.sample(20_000, seeded(3))
    variance = torch.linalg.eigvalsh(x.T @ x / len(x)).flip(0)
    # n = 20 000 and shares near .06: a standard error of about .001
    assert variance[2:].sum() / variance.sum() >= 0.05
    assert support.manifold.reach >= 0.4


def test_box_as_large_as_the_graph_is_the_graph():
    manifold = graph()
    box, whole = manifold.support("box", half_width=2.0), manifold.support("all")
    assert (box.log_volume, box.scale, box.farthest) == (whole.log_volume, whole.scale, 0)


def test_quadrature_of_a_gaussian_is_that_of_the_error_function():
    def bell(z):
        return torch.exp(-z.square().sum(dim=1, keepdim=True))

    side = math.sqrt(math.pi) * math.erf(1.5)
    for dim in (1, 3):
        exact = integrate(bell, dim, 1.5)
        assert exact.values.item() == pytest.approx(side**dim, rel=1e-12)
        assert exact.relative_error <= 1e-9
    rough = integrate(bell, 6, 1.5)
    assert 0 < rough.relative_error < 1e-3
    assert rough.values.item() == pytest.approx(side**6, rel=6 * rough.relative_error)  # t with 7 degrees: 5e-4


def test_stated_errors_of_sobol_points_are_standard_errors():
    """Error / stated error over 20 bells is Student's t with 7 degrees of freedom: RMS 1.18; correlated, so wide."""
    ratios = []
    for centre in cube(20, 6, 0.8, 12):
        side = math.sqrt(math.pi) / 2 * (torch.erf(1.5 - centre) + torch.erf(1.5 + centre))
        found = integrate(lambda z, c=centre: torch.exp(-(z - c).square().sum(dim=1, keepdim=True)), 6, 1.5)
        ratios.append((found.values.item() / side.prod().item() - 1) / found.relative_error)
    assert 0.8 < torch.tensor(ratios).square().mean().sqrt() < 2.4


def test_volume_that_is_not_exact_says_so():
    assert graph(dim=2).absent == {}
    assert "Sobol" in graph(dim=5, ambient_dim=8).absent["exact volume"]


def test_certificates_end_at_the_reach():
    manifold = graph(ambient_dim=12)
    m = manifold.sample(50, seeded(9))
    normal = manifold.normal(m)[:, 0]
    for share in (0.99, 1.01):
        assert manifold.certified(m + share * manifold.reach * normal, m).all() == (share < 1)


@pytest.mark.parametrize(("amplitude", "frequency"), [(0.44, 3.0), (2.0, 5.0)])
def test_every_descent_ends_lower_at_a_critical_point(amplitude, frequency):
    """From starts and for targets all over the place, where plain Newton steps would climb to saddles."""
    shape = graph(dim=3, ambient_dim=8, amplitude=amplitude, frequency=frequency).native
    start, target = cube(2000, 3, 2.0, 10), 2 * torch.randn(2000, 8, generator=seeded(11), dtype=torch.float64)
    before = newton.look(shape.sines, target, start)
    after = newton.look(shape.sines, target, newton.nearest(shape.sines, 2.0, target, start))
    assert (after.value <= before.value).all()
    assert newton.residual(after, 2.0).max() <= 1e-9


def test_points_next_to_the_graph_settle_in_few_steps(monkeypatch):
    """Newton doubles the digits: 1e-5, 1e-10, done. Steps below rounding must not look like a failure to descend."""
    shape = graph(ambient_dim=20).native
    m = shape.sample(500, seeded(14))
    x = m + 1e-5 * torch.randn(m.shape, generator=seeded(15), dtype=torch.float64)
    looks = []
    look = newton.look
    monkeypatch.setattr(newton, "look", lambda *arguments: looks.append(1) or look(*arguments))
    newton.nearest(shape.sines, 2.0, x, shape.chart(x))
    assert len(looks) <= 6


def test_far_points_get_a_near_answer_without_a_certificate():
    manifold = graph(dim=5, ambient_dim=12)
    x = 100 * torch.randn(50, 12, generator=seeded(4), dtype=torch.float64)
    m = manifold.project(x)
    assert manifold.distance(m).max() <= 1e-10
    dense = torch.cdist(x, manifold.sample(20_000, seeded(5))).amin(dim=1)
    assert (manifold.distance(x) <= dense + 0.01 * dense).all()
    assert not manifold.certified(x, m).any()


def straight(sines, z, end, nodes=32):
    """Length of the path above the segment from z to `end`, by Gauss-Legendre."""
    t, weights = (torch.from_numpy(a) for a in np.polynomial.legendre.leggauss(nodes))
    step = end - z
    path = z[:, None] + (t[:, None] + 1) / 2 * step[:, None]
    rise = sines.slope(path) * (step @ sines.weights.T)[:, None]
    return (step.square().sum(dim=1)[:, None] + rise.square().sum(dim=2)).sqrt() @ weights / 2


@pytest.mark.parametrize("amplitude", [0.44, 1.0])
@pytest.mark.parametrize(("dim", "ambient_dim"), [(1, 4), (2, 3), (2, 20), (5, 12)])
def test_geodesics_lie_between_the_shadow_and_the_straight_path(dim, ambient_dim, amplitude):
    sines = graph(dim=dim, ambient_dim=ambient_dim, amplitude=amplitude).native.sines
    z = cube(300, dim, 2.0, 6)
    end = z.clamp(-1, 1)
    distance = distance_to_box(sines, 1.0, 2.0, z)
    shadow = torch.linalg.vector_norm(z - end, dim=1)
    assert (distance >= shadow * (1 - 1e-12)).all()
    assert (distance <= straight(sines, z, end) * (1 + 1e-6)).all()
    assert ((distance == 0) == (shadow == 0)).all()


@pytest.mark.parametrize("ambient_dim", [3, 20])
def test_more_polynomials_shorten_no_path_by_more_than_stated(ambient_dim):
    sines = graph(dim=2, ambient_dim=ambient_dim).native.sines
    z = cube(200, 2, 2.0, 7)
    ours, finest = distance_to_box(sines, 1.0, 2.0, z), distance_to_box(sines, 1.0, 2.0, z, orders=((65, 128),))
    assert (ours - finest).abs().max() <= 1e-8
    assert (finest <= ours * (1 + 1e-9)).all()


@pytest.mark.parametrize("ambient_dim", [3, 20])
def test_no_path_on_a_grid_is_shorter(ambient_dim):
    """Dijkstra's path lengths are lengths of real paths; 64 directions leave them about 0.5 % too long."""
    sines = graph(dim=2, ambient_dim=ambient_dim, seed=2).native.sines
    z, grid_distance = grid_distances(sines, side=81, reach=5)
    ours = distance_to_box(sines, 1.0, 2.0, z)
    far = grid_distance > 0.2
    assert (ours <= grid_distance * (1 + 1e-6) + 1e-12).all()
    assert (ours[far] >= grid_distance[far] * 0.97).all()


def grid_distances(sines, side, reach):
    """All nodes of a grid on [-2, 2]², and their shortest-path distance to those in [-1, 1]²."""
    axis = torch.linspace(-2, 2, side, dtype=torch.float64)
    z = torch.cartesian_prod(axis, axis)
    index = torch.arange(side * side).reshape(side, side)
    edges = []
    for a in range(-reach, reach + 1):
        for b in range(reach + 1):
            if math.gcd(a, b) == 1:
                start = index[max(0, -a) : side - max(0, a), : side - b].reshape(-1)
                end = index[max(0, a) : side + min(0, a), b:].reshape(-1)
                edges.append((start, end, straight(sines, z[start], z[end], nodes=6)))
    start, end, length = (np.concatenate(part) for part in zip(*edges, strict=True))
    inside = (z.abs().amax(dim=1) <= 1 + 1e-12).nonzero().squeeze(1).numpy()
    network = csr_matrix((length, (start, end)), shape=(side * side, side * side))
    return z, torch.from_numpy(dijkstra(network, directed=False, indices=inside, min_only=True))


def test_points_a_rounding_outside_the_box_settle():
    sines = graph(dim=2, ambient_dim=20).native.sines
    z = torch.tensor([[1.0, 0.3]], dtype=torch.float64) + torch.tensor([[1e-16], [3e-16], [1e-12], [1e-9]])
    distance = distance_to_box(sines, 1.0, 2.0, z)
    assert (distance <= 2 * (z[:, 0] - 1) + 1e-15).all()


def test_paths_that_leave_the_manifold_are_refused():
    sines = graph().native.sines
    with pytest.raises(GeometryError, match="one that leaves it"):
        distance_to_box(sines, 1.0, 1.5, torch.tensor([[1.9, 0.0]], dtype=torch.float64))


def test_a_hopeless_surface_is_refused():
    wild = Sines(spread_directions(3, 2, 0), amplitude=5.0, frequency=40.0)
    with pytest.raises(GeometryError, match="geodesics solved"):
        distance_to_box(wild, 1.0, 2.0, cube(20, 2, 2.0, 8))


def test_paths_that_the_polynomials_cannot_follow_are_refused():
    steep = Sines(spread_directions(1, 2, 0), amplitude=2.0, frequency=3.0)
    with pytest.raises(GeometryError, match="even speed"):
        distance_to_box(steep, 1.0, 2.0, cube(100, 2, 2.0, 13), orders=((13, 24),))
