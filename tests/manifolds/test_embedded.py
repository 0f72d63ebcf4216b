"""Rigid motion and scaling: what moves, what grows with which power, and what is refused at the door."""

import math

import pytest
import torch

from aeeval.errors import GeometryError
from aeeval.manifolds.embedded import normalised
from aeeval.manifolds.graph import graph
from aeeval.manifolds.sphere import sphere
from tests.manifolds.instances import TABLE, instance


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("label", TABLE)
def test_normalised_has_centroid_0_and_scale_1_and_is_the_same_shape(label):
    raw, moved = instance(label).support, instance(f"{label}/normalised").support
    unit = raw.scale
    assert torch.linalg.vector_norm(moved.centroid) <= 1e-12
    assert moved.scale == pytest.approx(1.0, rel=1e-12)
    assert moved.manifold.reach == pytest.approx(raw.manifold.reach / unit)
    assert moved.farthest == pytest.approx(raw.farthest / unit)
    assert moved.log_volume == pytest.approx(raw.log_volume - raw.manifold.dim * math.log(unit), abs=1e-12)
    x = raw.sample(40, seeded(1)) + 0.1 * unit
    y = (x - raw.centroid) / unit
    assert torch.allclose(moved.sample(40, seeded(1)) * unit + raw.centroid, x - 0.1 * unit, atol=1e-11 * unit)
    assert torch.allclose(moved.manifold.distance(y) * unit, raw.manifold.distance(x), atol=1e-10 * unit)


def test_normalising_again_changes_nothing():
    once = normalised(sphere(ambient_dim=5, radius=3.0).support("cap"))
    twice = normalised(once)
    assert torch.allclose(once.sample(20, seeded(2)), twice.sample(20, seeded(2)), atol=1e-14)


def test_a_manifold_moved_for_one_support_can_be_normalised_for_another():
    raw = graph(ambient_dim=5)
    cap = sphere(ambient_dim=5, radius=3.0)
    for manifold, name in ((raw, "box"), (cap, "cap")):
        direct = normalised(manifold.support("all"))
        detour = normalised(normalised(manifold.support(name)).manifold.support("all"))
        assert torch.allclose(direct.sample(20, seeded(6)), detour.sample(20, seeded(6)), atol=1e-13)


def test_a_point_out_of_the_span_is_never_certified():
    manifold = sphere(dim=2, ambient_dim=5)
    m = manifold.sample(10, seeded(7))
    off = m + 0.1 * manifold.complement[0]
    assert manifold.certified(off, m).all()
    assert not manifold.certified(off, off).any()


def test_a_shape_that_was_never_placed_can_be_normalised():
    native = sphere(radius=3.0).native.support("cap")
    x = normalised(native).sample(20_000, seeded(3))
    assert torch.linalg.vector_norm(x.mean(dim=0)) <= 5 / math.sqrt(len(x))


def test_the_frame_is_a_rotation_that_depends_on_the_seed():
    first, second = graph(ambient_dim=8, seed=0), graph(ambient_dim=8, seed=1)
    for manifold in (first, second):
        full = torch.cat([manifold.frame, manifold.complement.T], dim=1)
        assert torch.allclose(full.T @ full, torch.eye(8, dtype=torch.float64), atol=1e-14)
    assert not torch.allclose(first.frame, second.frame, atol=0.1)


def test_no_axis_is_privileged():
    """Sphere in R^20: no coordinate is dropped, none carries a whole direction."""
    weight = sphere(dim=2, ambient_dim=20).frame.square().sum(dim=1)
    assert weight.min() > 1e-4
    assert weight.max() < 0.9


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_answers_are_float64_whatever_comes_in(dtype):
    support = graph().support("box")
    x = support.sample(5, seeded(4)).to(dtype)
    for answer in (support.manifold.project(x), support.manifold.tangent(x), support.support_distance(x)):
        assert answer.dtype == torch.float64


def test_no_rows_give_no_answers():
    support = graph().support("box")
    empty = torch.empty(0, 6)
    assert support.manifold.project(empty).shape == (0, 6)
    assert support.manifold.tangent(empty).shape == (0, 2, 6)
    assert support.support_distance(empty).shape == (0,)


@pytest.mark.parametrize(
    "bad", [torch.zeros(3, 5), torch.zeros(6), torch.full((2, 6), math.nan), -torch.ones(1, 6) / 0]
)
def test_rows_that_are_no_points_are_refused(bad):
    support = graph(ambient_dim=6).support("box")
    manifold = support.manifold
    asked = [manifold.project, manifold.distance, manifold.tangent, manifold.normal, manifold.log_prob]
    for oracle in [*asked, manifold.boundary_distance, support.log_prob, support.support_distance]:
        with pytest.raises(GeometryError, match=r"expected .*; got .*; .*"):
            oracle(bad)


@pytest.mark.parametrize("n", [0, -1, 2.0, True])
def test_numbers_of_points_are_positive_integers(n):
    support = sphere().support("cap")
    for draw in (support.sample, support.manifold.sample, lambda n, g: support.propose_beyond(n, 1.0, g)):
        with pytest.raises(GeometryError, match="n an integer >= 1"):
            draw(n, seeded(5))


def test_a_shape_that_raises_its_version_raises_that_of_its_data(monkeypatch):
    from aeeval.manifolds.sphere import Sphere
    from tests import worlds

    before = worlds.dataset()
    monkeypatch.setattr(Sphere, "version", 7)
    after = worlds.dataset()
    assert (before.version, after.version) == (1, 7)
    assert before.sha256 != after.sha256
