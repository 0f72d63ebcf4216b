"""Axes of charts and of products as coordinates, against closed forms."""

import dataclasses
import math

import pytest
import torch

from aeeval.errors import GeometryError
from aeeval.manifolds.chart_axis import Chart, ChartAxis, UnitAxis, distance_to_range
from aeeval.manifolds.densities import with_density
from aeeval.manifolds.products import cylinder, sphere_x_sphere
from tests.manifolds import laws


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def cone(axis=0):
    """{(r cos φ, r sin φ, r) : 1 <= r <= 2, |φ| <= 1}, area element √2 r."""

    def above(z):
        r, turn = z.unbind(dim=-1)
        return torch.stack([r * turn.cos(), r * turn.sin(), r], dim=-1)

    def below(m):
        return torch.stack([m[:, 2], torch.atan2(m[:, 1], m[:, 0])], dim=1)

    corners = torch.tensor([[1.0, -1.0], [2.0, 1.0]], dtype=torch.float64)
    return ChartAxis(Chart(below, above, lambda z: math.sqrt(2) * z[:, 0], 2 * math.sqrt(2), corners), axis)


def test_uniform_moments_of_a_cone():
    moments = cone().uniform_moments()
    assert moments.log_mass == pytest.approx(math.log(3 * math.sqrt(2)), abs=1e-12)
    height = 14 / 9  # ∫ r² dr / ∫ r dr
    assert moments.centroid.tolist() == pytest.approx([height * math.sin(1), 0, height], abs=1e-11)
    square = 2 * 2.5 - (height * math.sin(1)) ** 2 - height**2  # |x|² = 2 r², ∫ r³ dr / ∫ r dr = 5/2
    assert moments.scale == pytest.approx(math.sqrt(square), rel=1e-11)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_weight_in_other_units_moves_the_mass_alone(axis):
    interval = (((1.0, 2.0)), ((-1.0, 1.0)))[axis]
    moments = [cone(axis).moments(lambda t, up=up: up - 2 * t, (interval,)) for up in (0.0, 300.0)]
    assert moments[1].log_mass - moments[0].log_mass == pytest.approx(300, abs=1e-9)
    assert torch.allclose(moments[0].centroid, moments[1].centroid, atol=1e-12)


def test_a_weight_along_either_axis_has_its_closed_form():
    along_r = cone(0).moments(lambda t: -t.log(), ((1.0, 2.0),))  # cancels the area element
    assert along_r.log_mass == pytest.approx(math.log(2 * math.sqrt(2)), abs=1e-11)
    assert along_r.centroid[2].item() == pytest.approx(1.5, rel=1e-11)
    along_turn = cone(1).moments(lambda t: t, ((-1.0, 1.0),))
    assert along_turn.log_mass == pytest.approx(math.log(1.5 * math.sqrt(2) * 2 * math.sinh(1)), abs=1e-11)


def test_an_area_that_cannot_be_integrated_is_not_blamed_on_the_density():
    chart = cone().chart
    torn = dataclasses.replace(chart, area_element=lambda z: (1e4 * z[:, 0]).sin().abs(), greatest=1.0)
    with pytest.raises(GeometryError, match=r"area times density integrated .* in \[1, 2\].*a shape that bends less"):
        ChartAxis(torn).uniform_moments()


def test_parts_add_up():
    parts = cone().moments(torch.zeros_like, ((1.0, 1.2), (1.7, 2.0)))
    area = (1.2**2 - 1 + 4 - 1.7**2) / math.sqrt(2) * 2
    assert parts.log_mass == pytest.approx(math.log(area), abs=1e-11)


def test_distance_along_an_axis_that_closes_is_the_short_way_round():
    t = torch.tensor([0.0, 1.0, 1.5, 2.0, 3.0, 5.0, 6.0, -1.0], dtype=torch.float64)
    assert distance_to_range(t, 1.0, 2.0).tolist() == [1, 0, 0, 0, 1, 3, 4, 2]
    assert distance_to_range(t, 1.0, 2.0, period=6.0).tolist() == [1, 0, 0, 0, 1, 2, 1, 2]
    axis = UnitAxis(cone().chart, 0, (2, 2))
    m = axis.chart.above(torch.tensor([[1.2, 0.3], [1.9, 0.0]], dtype=torch.float64))
    assert axis.distance(m, 1.5, 1.8).tolist() == pytest.approx([0.3, 0.1], abs=1e-12)


@pytest.mark.parametrize("support", ["all", "band", "patch"])
@pytest.mark.parametrize("density", ["exponential", "vmf", "gap"])
@pytest.mark.parametrize("made", [cylinder(ambient_dim=5), sphere_x_sphere()], ids=lambda made: made.name)
def test_the_first_factor_of_a_product_is_graded_and_the_others_are_not(made, density, support):
    uniform = made.support(support)
    graded = with_density(uniform, density)
    x, y = uniform.sample(6000, seeded(1)), graded.sample(6000, seeded(2))
    assert laws.within_errors((graded.log_prob(x) + uniform.log_volume).exp(), 1.0)
    assert laws.within_errors((y - graded.centroid).square().sum(dim=1), graded.scale**2)
    assert torch.linalg.vector_norm(y.mean(dim=0) - graded.centroid) <= 6 * graded.scale / 6000**0.5
    assert graded.support_distance(y).max() <= 1e-9
    assert made.distance(y).max() <= 1e-12


def test_distance_to_a_gap_in_a_product_adds_as_squares():
    """Half an angle into the gap of the circle, and 0.4 above the band."""
    made = cylinder(half_width=2.0)
    support = with_density(made.support("band", half_width=1.0), "gap", {"lo": 0.4, "hi": 0.6})
    turn = math.pi / 2
    m = made.lift(torch.tensor([[math.sin(turn), math.cos(turn), 1.4]], dtype=torch.float64))
    assert support.support_distance(m).item() == pytest.approx(math.hypot(0.1 * math.pi, 0.4), rel=1e-12)
