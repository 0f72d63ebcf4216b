"""Densities against closed forms, their own quadrature and the laws of manifolds; wrong ones are shown to fail."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats

from aeeval.errors import GeometryError, UnknownName
from aeeval.manifolds import DENSITIES
from aeeval.manifolds.densities import with_density
from aeeval.manifolds.embedded import normalised
from aeeval.manifolds.make import make
from aeeval.manifolds.sphere import Cap
from tests.manifolds import laws

N = 10_000
START, END = 1.5 * math.pi, 4.5 * math.pi


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def cap(dim=2, angle=1.0, **density):
    return with_density(make("sphere", dim=dim, ambient_dim=dim + 4, radius=1.5).support("cap", angle=angle), **density)


def along(support, m):
    """A coordinate of points in natural units: polar angle, length of the spiral from t = 0, or z_0."""
    native, y = support.manifold.native, support.manifold.coordinates(m)
    if native.name == "sphere":
        return torch.acos((y[:, -1] / native.radius).clamp(-1, 1))
    if native.name == "swiss-roll":
        t = torch.linalg.vector_norm(y[:, :2], dim=1)
        return (t * (1 + t * t).sqrt() + torch.asinh(t)) / 2
    return y[:, 0]


def sphere_law(dim, angle, log_weight):
    """Distribution function of the polar angle under weight · sin^(d-1), by scipy's adaptive rule."""
    points = np.linspace(0, angle, 101)

    def density(t):
        return math.exp(log_weight(t)) * math.sin(t) ** (dim - 1)

    steps = [integrate.quad(density, a, b)[0] for a, b in itertools.pairwise(points)]
    return points, np.concatenate([[0.0], np.cumsum(steps)]) / np.sum(steps)


@pytest.mark.parametrize(
    ("dim", "angle", "density", "params", "log_weight"),
    [
        (1, 2.0, "vmf", {"kappa": 3.0}, lambda t: 3 * math.cos(t)),
        (2, 1.0, "vmf", {}, lambda t: 10 * math.cos(t)),
        (6, 2.5, "vmf", {"kappa": 20.0}, lambda t: 20 * math.cos(t)),
        (2, 1.2, "exponential", {}, lambda t: -3 * math.log(10) * t / 1.2),
        (5, 1.2, "exponential", {"decades": 5.0}, lambda t: -5 * math.log(10) * t / 1.2),
    ],
)
def test_the_polar_angle_has_its_exact_law(dim, angle, density, params, log_weight):
    support = cap(dim, angle, name=density, params=params)
    points, shares = sphere_law(dim, angle, log_weight)
    theta = along(support, support.sample(N, seeded(dim)))
    assert stats.kstest(np.interp(theta, points, shares), "uniform").pvalue > laws.ALARM
    wrong, _ = sphere_law(dim, angle, lambda t: 0.85 * log_weight(t)), None
    assert stats.kstest(np.interp(theta, *wrong), "uniform").pvalue < laws.ALARM


def test_the_vmf_density_of_the_textbook():
    """C = κ / (4π sinh κ) on the unit 2-sphere; the mean resultant length is coth κ - 1/κ."""
    kappa = 4.0
    support = with_density(make("sphere", seed=3).support("all"), "vmf", {"kappa": kappa})
    m = support.sample(100, seeded(0))
    cosine = support.manifold.coordinates(m)[:, -1]
    expected = kappa * cosine + math.log(kappa / (4 * math.pi * math.sinh(kappa)))
    assert (support.log_prob(m) - expected).abs().max() <= 1e-12
    length = 1 / math.tanh(kappa) - 1 / kappa
    assert torch.linalg.vector_norm(support.centroid).item() == pytest.approx(length, rel=1e-12)
    assert support.scale == pytest.approx(math.sqrt(1 - length**2), rel=1e-11)


@pytest.mark.parametrize("dim", [1, 3, 8, 100])
def test_the_vmf_on_whole_spheres_is_normalised_by_bessel_functions(dim):
    """log C = (ν log κ - (ν + 1) log 2π - log I_ν(κ)), ν = (d + 1)/2 - 1, and the length is I_{ν+1} / I_ν."""
    kappa, nu = 30.0, (dim + 1) / 2 - 1
    support = with_density(make("sphere", dim=dim).support("all"), "vmf", {"kappa": kappa})
    log_bessel = math.log(special.ive(nu, kappa)) + kappa
    expected = nu * math.log(kappa) - (nu + 1) * math.log(2 * math.pi) - log_bessel
    m = support.sample(50, seeded(1))
    got = support.log_prob(m) - kappa * support.manifold.coordinates(m)[:, -1]
    assert got.tolist() == pytest.approx([expected] * 50, abs=1e-9)
    ratio = special.ive(nu + 1, kappa) / special.ive(nu, kappa)
    assert torch.linalg.vector_norm(support.centroid).item() == pytest.approx(ratio, rel=1e-10)


@pytest.mark.parametrize(
    ("name", "params", "support_name"),
    [("plane", {"dim": 3}, "box"), ("plane", {"dim": 1}, "all"), ("swiss-roll", {}, "box"), ("swiss-roll", {}, "all")],
)
def test_where_slices_are_alike_the_law_is_the_exponential_one(name, params, support_name):
    support = with_density(make(name, **params).support(support_name), "exponential", {"decades": 4.0})
    uniform = make(name, **params).support(support_name)
    edge = along(uniform, uniform.sample(100_000, seeded(2)))
    low, high = edge.min(), edge.max()  # of 100,000: nearer to the ends than 2e-4 of the length
    share = (along(support, support.sample(N, seeded(3))) - low) / (high - low)
    rate = 4 * math.log(10)
    uniformised = torch.expm1(-rate * share) / math.expm1(-rate)
    assert stats.kstest(uniformised.numpy(), "uniform").pvalue > laws.ALARM
    wrong = torch.expm1(-0.9 * rate * share) / math.expm1(-0.9 * rate)
    assert stats.kstest(wrong.numpy(), "uniform").pvalue < laws.ALARM


def cells(support, weight, count=8):
    """Chi-square of samples in count² cells of the chart against the area there, times a weight of z_0."""
    manifold, b = support.manifold, support.native.uniform.half_width
    edges = np.linspace(-b, b, count + 1)
    z = torch.from_numpy(np.linspace(-b, b, 16 * count, endpoint=False) + b / (16 * count))
    fine = torch.cartesian_prod(z, z)
    slope = manifold.native.sines.slope(fine)[:, :, None] * manifold.native.sines.weights
    area = torch.linalg.det(torch.eye(2) + slope.mT @ slope).sqrt() * weight(fine[:, 0])
    expected = area.reshape(count, 16, count, 16).sum(dim=(1, 3)).flatten().numpy()
    drawn = manifold.coordinates(support.sample(N, seeded(4)))[:, :2].numpy()
    found = np.histogram2d(*drawn.T, bins=[edges, edges])[0].flatten()
    return stats.chisquare(found, N * expected / expected.sum()).pvalue


def test_a_graph_is_thinned_to_the_weighted_area():
    support = with_density(make("graph", ambient_dim=8).support("box"), "exponential", {"decades": 1.0})
    rate = math.log(10) / 2
    assert cells(support, lambda t: torch.exp(-rate * t)) > laws.ALARM
    assert cells(support, lambda t: torch.exp(-1.3 * rate * t)) < laws.ALARM


def nodes(low, high, count=60):
    """Gauss-Legendre nodes and weights of an interval."""
    x, w = (torch.from_numpy(a) for a in np.polynomial.legendre.leggauss(count))
    return low + (high - low) * (x + 1) / 2, w * (high - low) / 2


def polar(shape, u, v):
    """Points of the unit 2-sphere at polar angle u and azimuth v, and the area element there."""
    return torch.stack([u.sin() * v.cos(), u.sin() * v.sin(), u.cos()], dim=1), u.sin()


def rolled(shape, u, v):
    return torch.stack([u * u.cos(), u * u.sin(), v], dim=1), (1 + u * u).sqrt()


def wavy(shape, u, v):
    z = torch.stack([u, v], dim=1)
    slope = shape.sines.slope(z)[:, :, None] * shape.sines.weights
    return shape.above(z), torch.linalg.det(torch.eye(2) + slope.mT @ slope).sqrt()


@pytest.mark.parametrize(
    ("name", "support_name", "density", "chart", "first", "second"),
    [
        ("sphere", "cap", "vmf", polar, (0, 1), (0, 2 * math.pi)),
        ("sphere", "cap", "exponential", polar, (0, 1), (0, 2 * math.pi)),
        ("swiss-roll", "all", "exponential", rolled, (START, END), (0, 21)),
        ("graph", "box", "exponential", wavy, (-1, 1), (-1, 1)),
    ],
)
def test_log_prob_is_normalised_by_quadrature(name, support_name, density, chart, first, second):
    support = with_density(make(name).support(support_name), density)
    (u, du), (v, dv) = nodes(*first), nodes(*second)
    m, area = chart(support.manifold.native, *torch.cartesian_prod(u, v).T)
    weight = torch.cartesian_prod(du, dv).prod(dim=1)
    assert (weight * area) @ support.log_prob(support.manifold.lift(m)).exp() == pytest.approx(1.0, abs=1e-9)


def test_units_and_motion_change_nothing():
    small, large = (cap(angle=1.0, name="vmf", params={"kappa": 7.0}) for _ in range(2))
    unit = normalised(large)
    assert unit.density == "vmf"
    assert unit.scale == pytest.approx(1, rel=1e-12)
    m = small.sample(50, seeded(13))
    moved = (m - large.centroid) / large.scale
    expected = small.log_prob(m) + 2 * math.log(large.scale)
    assert (unit.log_prob(moved) - expected).abs().max() <= 1e-9
    assert torch.allclose(unit.sample(50, seeded(13)), moved, atol=1e-12)


def test_uniform_is_the_support_itself():
    support = make("sphere").support("cap")
    again = with_density(support)
    assert again.density == "uniform"
    assert torch.equal(again.sample(20, seeded(3)), support.sample(20, seeded(3)))
    assert again.scale == support.scale


def test_every_density_is_listed_and_named_in_errors():
    assert set(DENSITIES) == {"uniform", "exponential", "vmf", "gap"}
    support = make("sphere").support("cap")
    with pytest.raises(UnknownName, match="did you mean exponential"):
        with_density(support, "exponental")
    with pytest.raises(UnknownName, match=r"parameter of density 'vmf' 'kapa'; did you mean kappa"):
        with_density(support, "vmf", {"kapa": 1})
    with pytest.raises(UnknownName, match="known: none"):
        with_density(support, "uniform", {"rate": 1})


@pytest.mark.parametrize(
    ("name", "density", "params", "reason"),
    [
        ("plane", "vmf", {}, r"a polar angle, which spheres and their caps have; got support 'box' of plane"),
        ("graph", "gap", {}, r"distances to a part are known; got support 'box' of graph with its coordinate of"),
        ("plane", "exponential", {"decades": 0.0}, "decades > 0"),
        ("plane", "exponential", {"decades": math.nan}, "decades a finite number"),
        ("plane", "gap", {"lo": 0.6, "hi": 0.4}, "0 < lo < hi < 1"),
        ("plane", "gap", {"lo": 0.0, "hi": 0.4}, "0 < lo < hi < 1"),
    ],
)
def test_what_is_no_density_is_refused_with_the_way_out(name, density, params, reason):
    with pytest.raises(GeometryError, match=reason) as error:
        with_density(make(name).support("box"), density, params)
    assert len(str(error.value).split("; ")) == 3


def test_a_support_without_a_coordinate_says_so(monkeypatch):
    monkeypatch.delattr(Cap, "coordinate")
    with pytest.raises(GeometryError, match=r"support with a coordinate; got support 'cap' of sphere, which has none"):
        cap(name="exponential")


def test_one_density_a_support():
    with pytest.raises(GeometryError, match=r"one density a support; got one more on top of vmf"):
        with_density(cap(name="vmf"), "exponential")


def test_a_density_that_quadrature_cannot_hold_to_nine_digits_is_refused():
    with pytest.raises(GeometryError, match="integrated to a relative error of 1e-09"):
        with_density(make("graph", dim=6, ambient_dim=12).support("box"), "exponential")
