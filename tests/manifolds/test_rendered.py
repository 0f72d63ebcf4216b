"""Rendered rows: metrics against differences, the bounds behind the reach, and data sets made of them."""

import math

import pytest
import torch

from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.manifolds.embedded import normalised
from aeeval.manifolds.make import make
from aeeval.manifolds.pictures import Match
from aeeval.manifolds.pulses import pulses
from aeeval.manifolds.rendered import Rendered
from aeeval.manifolds.search import Distance
from aeeval.manifolds.sprite import sprite
from aeeval.numerics.intrinsic_dim import mle

STEP = 1e-5


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def poses(n, shape, seed=0):
    share = torch.rand(n, len(shape.low), generator=seeded(seed), dtype=torch.float64)
    return shape.low + (shape.high - shape.low) * share


def differences(function, u):
    """(n, d, ...) central differences along every axis of u (n, d)."""
    steps = STEP * torch.eye(u.shape[1], dtype=torch.float64)
    return torch.stack([(function(u + step) - function(u - step)) / (2 * STEP) for step in steps], dim=1)


@pytest.mark.parametrize("size", [32, 40])
def test_moves_growth_and_turns_of_a_sprite_are_orthogonal_at_the_speeds_it_states(size):
    """Off by 5e-10 in differences; by 1e-8 of lengths where pixels or copies of the figure show."""
    shape = sprite(size=size).native
    u = poses(20, shape)
    frame = differences(shape.point, u)
    speeds = shape.metric(u).diagonal(dim1=1, dim2=2).sqrt()
    cosines = (frame @ frame.mT) / speeds[:, :, None] / speeds[:, None, :]
    assert (cosines - torch.eye(4)).abs().max() <= 1e-8
    assert (shape.first(u) - frame).abs().max() <= 1e-8


def test_sprites_are_pictures_in_the_unit_interval_of_energy_that_grows_with_their_area():
    shape = sprite().native
    u = poses(200, shape)
    x = shape.point(u)
    assert x.min() >= 0
    assert 0.9 <= x.max() <= 1
    assert torch.allclose(x.square().sum(dim=1), shape.energy * u[:, 2].square(), rtol=1e-9)


def test_a_match_has_the_derivatives_of_its_value():
    shape = sprite().native
    u, rows = poses(5, shape), torch.arange(5)
    match = Match(shape, shape.point(poses(5, shape, 1)))
    view = match.look(rows, u)
    gradient = differences(lambda v: match.look(rows, v).value, u)
    hessian = differences(lambda v: match.look(rows, v).gradient, u)
    assert (view.gradient - gradient).abs().max() <= 1e-7
    assert (match.hessian(view) - hessian).abs().max() <= 1e-6


def test_a_match_is_the_distance_by_all_second_derivatives():
    """`Match` takes products with one picture; the general `Distance` is given every pixel's second derivative."""
    shape = sprite().native
    u, rows = poses(3, shape), torch.arange(3)
    target = shape.point(poses(3, shape, 1))
    match, plain = Match(shape, target).look(rows, u), Distance(shape, target)
    assert (shape.second(u) - differences(shape.first, u)).abs().max() <= 1e-7
    whole = plain.look(rows, u)
    assert (match.gradient - whole.gradient).abs().max() <= 1e-9
    assert (Match(shape, target).hessian(match) - plain.hessian(whole)).abs().max() <= 1e-6


def test_no_pair_of_sprites_comes_under_the_reach():
    """Where pairs are closest: neighbours, and half turns about (.63, -.53) widths, which a search has found the worst.

    Coefficients along the axes count where the box lets that axis go on, here never against the way to y.
    """
    shape = sprite(half_width=4.0).native
    u = torch.zeros(1500, 4, dtype=torch.float64)
    u[:, 2] = 1
    v = u.clone()
    spread = torch.rand(len(v), 4, generator=seeded(3), dtype=torch.float64)
    v[:, :2] += (spread[:, :2] - 0.5) * shape.width * 2
    v[:, 2] += 0.3 * spread[:, 2]
    v[:, 3] = (2 * spread[:, 3] - 1) * math.pi
    v[:500, :2] = shape.width * torch.tensor([0.628, -0.529]) + 0.2 * (spread[:500, :2] - 0.5)
    v[:500, 2:] = torch.stack([1 + 0.02 * spread[:500, 2], math.pi + 0.1 * (spread[:500, 3] - 0.5)], dim=1)
    chord = shape.point(v) - shape.point(u)
    unit = torch.nn.functional.normalize(shape.first(u), dim=2)
    along = (unit @ chord[:, :, None]).squeeze(2)
    way = torch.nn.functional.normalize(v[:, :2], dim=1)
    straight = (along[:, :2] * way).sum(dim=1).clamp_min(0)
    kept = straight.square() + along[:, 2].clamp_min(0).square() + along[:, 3].square()
    quotient = chord.square().sum(dim=1) / (2 * (chord.square().sum(dim=1) - kept).sqrt())
    assert shape.reach <= quotient.min() <= 1.2 * shape.reach


def test_the_reach_of_pulses_is_that_of_near_frequencies_of_the_quietest():
    """Federer's quotient tends to c A₀/√3 along f at A₀, where only growth counts along A; none is less."""
    shape = pulses().native
    u = torch.tensor([[0.5, 0.3, 0.25]], dtype=torch.float64)
    x, frame = shape.above(u), differences(shape.above, u)
    unit = torch.nn.functional.normalize(frame, dim=2)[0]
    quotients = []
    for gap in (1e-3, 1e-2, 5e-2):
        chord = (shape.above(u + torch.tensor([[0.0, 0.0, gap]])) - x)[0]
        kept = (unit @ chord).square()[1:].sum() + (unit[0] @ chord).clamp_min(0).square()
        quotients.append((chord @ chord / (2 * (chord @ chord - kept).sqrt())).item())
    assert min(quotients) >= shape.reach * (1 - 1e-4)
    assert quotients[0] == pytest.approx(shape.reach, rel=1e-3)


def test_pulses_are_a_cone_over_a_strip():
    shape = pulses().native
    u = torch.tensor([[0.5, 0.3, 0.2], [0.9, -2.0, 0.31]], dtype=torch.float64)
    frame = differences(shape.above, u)
    speeds = shape.size * torch.stack([torch.ones(2), u[:, 0], u[:, 0] * shape.turn], dim=1)
    cosines = (frame @ frame.mT) / speeds[:, :, None] / speeds[:, None, :]
    assert (cosines - torch.eye(3)).abs().max() <= 1e-6  # differences along f lose (2π t)² 1e-10


def test_a_loud_pulse_goes_straight_and_a_quiet_one_round_the_apex():
    """Unrolled: A sin ψ where the foot is loud enough, else the tangent to the least amplitude, then along it."""
    shape = pulses().native
    angle = shape.turn * 0.05
    straight, bent = torch.tensor([[1.0, 0.0, 0.25], [0.5, 0.0, 0.25]], dtype=torch.float64)
    near = shape.distance_to(straight[None], 0.25 - 0.2 / shape.turn).item()
    assert near == pytest.approx(shape.size * math.sin(0.2), rel=1e-9)
    assert shape.distance_to(bent[None], 0.2).item() == pytest.approx(shape.size * 0.5 * angle, rel=1e-9)


def test_frames_that_are_kept_are_those_of_the_rows_asked_about():
    made = sprite()
    x = made.sample(3, seeded(0))
    kept = made.tangent(x)
    assert torch.equal(made.tangent(x.clone()), kept)
    assert torch.equal(made.tangent(x.flip(0)), sprite().tangent(x.flip(0)))
    x[0] = x[1]
    assert torch.equal(made.tangent(x), sprite().tangent(x))


def test_a_rendered_shape_moves_without_a_rotation():
    made = sprite()
    moved = normalised(made.support("middle"))
    x = made.support("middle").sample(3, seeded(0))
    assert isinstance(moved.manifold, Rendered)
    expected = (x - made.support("middle").centroid) / made.support("middle").scale
    assert torch.allclose(moved.sample(3, seeded(0)), expected, atol=1e-12)
    assert moved.scale == pytest.approx(1)


def test_soft_edges_are_what_gives_pictures_of_four_factors_four_dimensions():
    """Twenty neighbours of 1000 sprites: 4.07, standard error .03; cut at a grey level, as hard edges are, 7.8."""
    soft = sprite().sample(1000, seeded(0))
    found = []
    for x in (soft, (soft > 0.3).double()):
        radii = torch.cdist(x, x).topk(22, dim=1, largest=False).values[:, 1:]
        found.append(mle(radii, 20).value)
    assert found[0] == pytest.approx(4, abs=0.35)
    assert found[1] >= 6.5


def test_data_sets_of_pictures_stay_pictures():
    spec = DataSpec(manifold="sprite", support="small", rows=Sizes(20, 5, 5, 30))
    data = make_dataset(spec, "figures", 0)
    assert data.shape == (1, 32, 32)
    assert data.scale == data.support.scale > 1
    assert 0 <= data.train.x.min() < data.train.x.max() <= 1
    assert data.beyond.distance.max() <= data.beyond.edges[-1] <= data.scale
    signals = make_dataset(DataSpec(manifold="pulses", support="low", rows=Sizes(20, 5, 5, 30)), "signals", 0)
    assert signals.shape == (64,)
    assert signals.scale == 1
    assert make("pulses").row_shape == (64,)
