"""Splats: derivatives against differences, bounds of lengths along paths, and that no two poses look alike."""

import math

import pytest
import torch

from aeeval.manifolds.base import GEODESICS
from aeeval.manifolds.so3 import matrices
from aeeval.manifolds.splats import splats
from aeeval.manifolds.turn_search import Turning, even_rotations, moved, turn_by
from tests.manifolds.test_rendered import differences, seeded


def turned_by(turn, v):
    return (matrices(turn_by(v)) @ matrices(turn)).flatten(1)


def steps(n, size, seed):
    return size * torch.randn(n, 3, generator=seeded(seed), dtype=torch.float64)


def test_a_body_moves_by_the_chart_and_its_derivatives():
    shape = splats().native
    turn, v = shape.turns.sample(4, seeded(0)), steps(4, 0.4, 1)
    place, change, bend = moved(shape.turned(turn), v)
    assert (place - shape.turned(turned_by(turn, v))).abs().max() <= 1e-12
    assert (change - differences(lambda w: moved(shape.turned(turn), w)[0], v)).abs().max() <= 1e-8
    assert (bend - differences(lambda w: moved(shape.turned(turn), w)[1], v)).abs().max() <= 1e-7


def test_a_match_has_the_derivatives_of_its_value():
    shape = splats().native
    turn, v, rows = shape.turns.sample(4, seeded(0)), steps(4, 0.3, 1), torch.arange(4)
    match = Turning(shape, shape.point(shape.turns.sample(4, seeded(2))), turn)
    view = match.look(rows, v)
    assert (view.gradient - differences(lambda w: match.look(rows, w).value, v)).abs().max() <= 1e-6
    assert (match.hessian(view) - differences(lambda w: match.look(rows, w).gradient, v)).abs().max() <= 1e-5


def test_frames_are_turns_by_radians_and_turns_in_the_picture_change_no_area():
    shape = splats().native
    turn = shape.turns.sample(5, seeded(3))
    frame = differences(lambda v: shape.point(turned_by(turn, v / 2)), torch.zeros(5, 3, dtype=torch.float64))
    assert (shape.first(turn) - frame).abs().max() <= 1e-8
    angle = torch.full((5,), 1.1, dtype=torch.float64)
    upright = torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64).expand(5, 3)
    about = (matrices(shape.turns.about(upright, angle)) @ matrices(turn)).flatten(1)
    assert torch.allclose(shape.area_element(about), shape.area_element(turn), rtol=1e-5)


def test_no_two_poses_look_alike():
    """Poses come back from their pictures, and pairs far apart keep a distance: also sides that face each other."""
    shape = splats().native
    turn = shape.turns.sample(40, seeded(4))
    assert (shape.chart(shape.point(turn).float().double()) - turn).abs().max() <= 1e-5
    least, most = shape.stretch
    values = torch.linalg.svdvals(shape.first(turn))
    assert least <= values.min() <= values.max() <= most
    behind = (torch.diag(torch.tensor([-1.0, 1.0, -1.0]).double()) @ matrices(turn)).flatten(1)
    mirrored = shape.point(behind).unflatten(1, (32, 32)).flip(2).flatten(1)
    assert torch.linalg.vector_norm(mirrored - shape.point(turn), dim=1).min() >= 2 * shape.reach


def test_no_pair_of_poses_comes_under_the_reach():
    """Pairs at all angles, and neighbours, among them the closest that a search has found."""
    shape = splats().native
    turn = shape.turns.sample(300, seeded(5))
    other = torch.cat([turned_by(turn[:150], steps(150, 0.03, 6)), shape.turns.sample(150, seeded(7))])
    chord = shape.point(other) - shape.point(turn)
    frame = torch.linalg.qr(shape.first(turn).mT).Q
    along = (chord[:, None] @ frame).squeeze(1).square().sum(dim=1)
    square = chord.square().sum(dim=1)
    quotient = square / (2 * (square - along).sqrt())
    assert shape.reach <= quotient.min() <= 8 * shape.reach


def test_lengths_of_paths_lie_between_the_bounds_and_geodesics_are_absent():
    """The straight turn to the cap is a path: no shorter than the lower bound, no longer than the upper."""
    made = splats()
    shape, cap = made.native, made.support("cap")
    assert GEODESICS in made.absent
    axis = torch.nn.functional.normalize(steps(6, 1.0, 8), dim=1)
    angle = torch.linspace(1.5, 2.6, 41, dtype=torch.float64)
    path = torch.stack([shape.point(shape.turns.about(axis, t.expand(6))) for t in angle], dim=1)
    length = torch.linalg.vector_norm(path.diff(dim=1), dim=2).sum(dim=1)
    low, high = cap.distance_bounds(made.lift(path[:, -1]))
    assert (low <= length).all()
    assert (length <= high * 1.001).all()


def test_rotations_of_the_grid_are_even():
    """The farthest rotation from a grid of 2048 is 20 degrees off; of a random grid it would be 30."""
    grid, asked = even_rotations(2048), splats().native.turns.sample(2000, seeded(9))
    cosine = ((asked @ grid.T).amax(dim=1) - 1) / 2
    assert math.degrees(cosine.min().arccos()) <= 20


@pytest.mark.parametrize("angle", [1.0, 2.5])
def test_the_cap_has_the_share_of_the_volume_that_samples_give(angle):
    shape = splats().native
    share = math.exp(shape.support("cap", angle=angle).log_volume - shape.log_volume)
    turn = shape.turns.sample(1500, seeded(10))
    weight = shape.area_element(turn)
    inside = (shape.turns.angle(turn) <= angle).double()
    found = (weight @ inside / weight.sum()).item()
    error = ((weight * (inside - found)).square().sum().sqrt() / weight.sum()).item()
    assert abs(found - share) <= 4 * error
