"""Scenes against the manifold they show: same shape, true distances, an eye on the side of the support."""

import math

import numpy as np
import pytest
import torch

from aeeval.manifolds.densities import with_density
from aeeval.manifolds.make import make
from aeeval.report.manifold_scene import AZIMUTH, ELEVATION, FROM_ABOVE, OBLIQUE, POINTS, scene


def shown(name, support="all", **params):
    made = make(name, **params)
    return made, scene(made, made.support(support))


@pytest.mark.parametrize(
    ("name", "params", "support", "axes"),
    [
        ("sphere", {"dim": 1}, "cap", 1),
        ("sphere", {"dim": 2, "ambient_dim": 20}, "cap", 2),
        ("swiss-roll", {"ambient_dim": 7}, "box", 2),
        ("plane", {"dim": 2}, "box", 2),
    ],
)
def test_up_to_three_axes_are_drawn_as_they_are(name, params, support, axes):
    """The picture is congruent to the mesh in R^D: all pairs of points are as far apart."""
    made, seen = shown(name, support, **params)
    (piece,) = seen.pieces
    assert piece.joined
    assert seen.projection == ""
    assert piece.points.shape[:-1] == piece.distance.shape
    assert piece.distance.ndim == axes
    mesh = made.mesh(piece.points.shape[0]).reshape(-1, made.ambient_dim)[::37]
    drawn = torch.from_numpy(seen.rows)[::37]
    assert (torch.cdist(mesh, mesh) - torch.cdist(drawn, drawn)).abs().max() <= 1e-6  # cdist squares and subtracts
    expected = made.support(support).support_distance(mesh)
    assert (expected - torch.from_numpy(piece.distance.reshape(-1)[::37])).abs().max() <= 1e-12


def test_more_than_three_axes_become_the_principal_ones():
    made, seen = shown("graph", "box", ambient_dim=9)
    mesh = made.mesh(seen.pieces[0].points.shape[0]).reshape(-1, 9).numpy()
    spread = np.linalg.svd(mesh - mesh.mean(axis=0), compute_uv=False) ** 2
    drawn = seen.rows
    assert (drawn**2).sum(axis=0).tolist() == pytest.approx(spread[:3].tolist(), rel=1e-9)
    assert seen.projection == f"principal 3 of 9 axes, {spread[:3].sum() / spread.sum():.0%} of the variance"


def test_more_than_two_dimensions_are_points():
    _, seen = shown("sphere", "cap", dim=4)
    (piece,) = seen.pieces
    assert not piece.joined
    assert piece.points.shape == (POINTS, 3)
    assert (np.unique(piece.distance) > 0).sum() > 100


def test_a_union_is_drawn_component_by_component():
    """The line as a line, the disc as a surface, the ball as points; each where it is, and none hidden by another."""
    made, seen = shown("line-disc-ball", "gap")
    assert [(piece.joined, piece.distance.ndim) for piece in seen.pieces] == [(True, 1), (True, 2), (False, 1)]
    for piece, component in zip(seen.pieces, made.components, strict=True):
        rows = made.lift(torch.from_numpy(piece.points.reshape(-1, 3)))
        assert component.distance(rows).max() <= 1e-9
        expected = made.support("gap").support_distance(rows).numpy()
        assert np.abs(expected - piece.distance.reshape(-1)).max() <= 1e-9
    assert seen.farthest == max(piece.distance.max() for piece in seen.pieces) > 0
    assert not any(piece.veil for piece in seen.pieces)


def test_a_sphere_around_others_is_seen_through():
    made, seen = shown("nested-spheres", "cap")
    radii = [component.reach for component in made.components]
    assert [piece.veil for piece in seen.pieces] == [radius == max(radii) for radius in radii]
    assert sum(piece.veil for piece in seen.pieces) == 1


@pytest.mark.parametrize(
    ("name", "params", "flat"), [("plane", {}, True), ("plane", {"dim": 1}, True), ("sphere", {}, False)]
)
def test_two_axes_are_enough_for_what_is_flat(name, params, flat):
    assert shown(name, **params)[1].flat == flat


def test_the_eye_is_beside_the_support_or_the_hole_in_it():
    made = make("swiss-roll")
    seen = scene(made, made.support("box", lo=0.45, hi=0.55))
    middle = seen.rows[seen.pieces[0].distance.flatten() == 0].mean(axis=0) - seen.rows.mean(axis=0)
    assert seen.azimuth == pytest.approx(math.degrees(math.atan2(middle[1], middle[0])) - OBLIQUE, abs=1e-6)
    _, holed = shown("holed-roll", "holed")
    middle = holed.rows[holed.pieces[0].distance.flatten() > 0].mean(axis=0) - holed.rows.mean(axis=0)
    assert holed.azimuth == pytest.approx(math.degrees(math.atan2(middle[1], middle[0])) - OBLIQUE, abs=1e-6)
    assert shown("sphere", "cap")[1].azimuth == AZIMUTH  # the pole is on the vertical axis


def test_what_lies_is_seen_from_further_above():
    assert shown("torus", "band")[1].elevation == FROM_ABOVE
    assert shown("sphere", "cap")[1].elevation == ELEVATION


def test_a_gap_is_held_out():
    made = make("swiss-roll")
    seen = scene(made, with_density(made.support("all"), "gap"))
    assert 0.15 < (seen.pieces[0].distance > 0).mean() < 0.25
