"""Points beyond a support: every bin full, every distance true, and a bin that cannot be filled named."""

import math

import pytest
import torch

from aeeval.errors import GeometryError
from aeeval.manifolds.beyond import beyond
from aeeval.manifolds.embedded import normalised
from aeeval.manifolds.make import make
from tests.manifolds.instances import TABLE, instance


def seeded(seed):
    return torch.Generator().manual_seed(seed)


NO_GEODESICS = ("warped-", "splats")


def has_beyond(label):
    """Not where the support is everything, nor where distances along it are absent."""
    row = TABLE[label]
    return row.support != "all" and not row.name.startswith(NO_GEODESICS)


@pytest.mark.parametrize("label", [label for label in TABLE if has_beyond(label)])
def test_bins_are_full_and_distances_true(label):
    support = instance(label).support
    farthest = min(support.scale, support.farthest)
    points, distance = beyond(support, 104, farthest, 10, seeded(1))
    assert points.shape == (104, support.manifold.ambient_dim)
    assert support.manifold.distance(points).max() <= 1e-9 * support.scale
    assert (support.support_distance(points) - distance).abs().max() <= 1e-9 * support.scale
    index = torch.ceil(distance / farthest * 10).long() - 1
    assert torch.equal(index, index.sort().values)
    assert torch.bincount(index, minlength=10).tolist() == [11] * 4 + [10] * 6


def test_the_far_end_can_be_reached():
    support = make("plane", dim=4).support("box")
    _, distance = beyond(support, 50, support.farthest, 5, seeded(2))
    assert distance.max() > 0.8 * support.farthest


def test_same_seed_same_points():
    support = normalised(make("graph").support("box"))
    first, second = (beyond(support, 40, 1.0, 4, seeded(3)) for _ in range(2))
    assert first[0].numpy().tobytes() == second[0].numpy().tobytes()
    assert first[1].numpy().tobytes() == second[1].numpy().tobytes()


def test_beyond_the_end_of_the_manifold_is_nothing():
    support = make("sphere").support("cap", angle=3.0)
    with pytest.raises(GeometryError, match="where 𝓜 ends"):
        beyond(support, 10, 1.0, 2, seeded(4))


@pytest.mark.parametrize(
    ("n", "farthest", "bins"), [(0, 0.5, 1), (5, 0.5, 10), (10, 0.0, 2), (10, math.nan, 2), (10, 0.5, 0)]
)
def test_requests_that_make_no_sense_are_refused(n, farthest, bins):
    with pytest.raises(GeometryError, match=r"expected .*; got .*; .*"):
        beyond(make("sphere").support("cap"), n, farthest, bins, seeded(5))


def test_nothing_lies_beyond_the_whole():
    support = make("sphere").support("all")
    with pytest.raises(GeometryError):
        beyond(support, 10, 1.0, 2, seeded(6))
    with pytest.raises(GeometryError, match="choose one of cap"):
        support.propose_beyond(10, 1.0, seeded(6))


def test_a_bin_that_cannot_be_filled_is_named(monkeypatch):
    support = make("sphere").support("cap")
    near = support.propose_beyond
    monkeypatch.setattr(support, "propose_beyond", lambda n, farthest, g: near(n, farthest / 2, g))
    with pytest.raises(GeometryError, match=r"bin 2, distance \(0.5, 0.75\]"):
        beyond(support, 40, 1.0, 4, seeded(7))
