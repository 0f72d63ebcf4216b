"""Known answers of extrapolation, along the manifold and off it."""

import math

import pytest
import torch

from aeeval.errors import Skipped
from aeeval.metrics.extrapolation import along_error, extrapolation_error, extrapolation_reach, pass_through, tube_error
from tests import worlds


@pytest.fixture(scope="module")
def cap():
    return worlds.dataset(support="cap", seed=2)


@pytest.fixture(scope="module")
def sphere():
    return worlds.dataset(seed=2)


def values(metric, model, data):
    return metric(worlds.evidence(model, data))


def test_the_truth_extrapolates_and_the_mean_reads_one(cap):
    assert values(extrapolation_error, worlds.projector(cap.manifold), cap)[0].value == pytest.approx(0, abs=1e-9)
    mean = worlds.constant(cap.train.x.mean(dim=0))
    assert values(extrapolation_error, mean, cap)[0].value == pytest.approx(1, abs=1e-12)


def test_pca_on_a_plane_extrapolates_exactly():
    data = worlds.dataset("plane", 1, support="box", dim=3, ambient_dim=20)
    assert values(extrapolation_error, worlds.pca(data.train.x, 3), data)[0].value == pytest.approx(0, abs=1e-9)


def test_along_error_of_a_constant_is_the_distance_to_it(cap):
    """From the pole to polar angle θ the chord is 2 R sin(θ/2), so the curve is known; 100 points a bin."""
    centre, radius = cap.manifold.shift, cap.manifold.reach
    pole = centre - radius * centre / torch.linalg.vector_norm(centre)  # the centroid of the cap is the origin
    for value in values(along_error, worlds.constant(pole), cap):
        angle = 1.0 + value.axes["bin"] / radius
        assert value.value == pytest.approx(2 * radius * math.sin(angle / 2), rel=0.01)


def test_reach_is_censored_for_the_truth_and_zero_for_a_poor_fit(cap):
    (truth,) = values(extrapolation_reach, worlds.projector(cap.manifold), cap)
    assert truth.value == pytest.approx(1.0)
    assert "censored" in truth.reason
    (poor,) = values(extrapolation_reach, worlds.constant(cap.train.x.mean(dim=0)), cap)
    assert (poor.value, poor.reason) == (0.0, None)


def test_reach_of_a_model_with_known_error_growth(cap):
    """r(x) = x + s(x) u with s the support distance, u fixed: the error is the distance; it crosses .1 at .1.

    The root mean square over the bin (0, .1] is .058, not .05, which moves the crossing to .094 ± .003.
    """
    u = torch.eye(20, dtype=torch.float64)[0]

    def answer(x):
        return x + cap.support.support_distance(cap.manifold.project(x))[:, None] * u

    (value,) = values(extrapolation_reach, worlds.World(answer, worlds.same), cap)
    assert value.value == pytest.approx(0.094, abs=0.012)


def test_nothing_to_extrapolate_where_the_support_is_everything(sphere):
    with pytest.raises(Skipped, match="larger than the support"):
        extrapolation_error(worlds.evidence(worlds.identity(), sphere))


def test_tube_error_is_delta_for_the_identity_and_zero_for_the_projector(sphere):
    for value in values(tube_error, worlds.identity(), sphere):
        assert value.value == pytest.approx(value.axes["delta"], abs=1e-12)
        assert value.null == value.axes["delta"]
    for value in values(tube_error, worlds.projector(sphere.manifold), sphere):
        assert value.value == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("k", [3, 8])
def test_pass_through_of_pca_is_the_share_of_normals_in_its_span(k):
    """√((k − 2)/18): a random normal of S² in R²⁰ has k − 2 of 18 normal directions in the span."""
    data = worlds.dataset(seed=4, noise=0.05)
    got = values(pass_through, worlds.pca(data.train.x, k), data)
    for value in got:
        assert value.value == pytest.approx(((k - 2) / 18) ** 0.5, abs=0.03)


def test_pass_through_of_identity_and_projector(sphere):
    assert all(v.value == pytest.approx(1) for v in values(pass_through, worlds.identity(), sphere))
    assert all(
        v.value == pytest.approx(0, abs=1e-9) for v in values(pass_through, worlds.projector(sphere.manifold), sphere)
    )


def test_deltas_beyond_half_the_reach_are_skipped_with_the_reason():
    data = worlds.dataset("swiss-roll", 0, support="box", ambient_dim=5)
    by_delta = {value.axes["delta"]: value for value in values(tube_error, worlds.identity(), data)}
    limit = data.manifold.reach / 2
    for delta, value in by_delta.items():
        assert (value.value is None) == (delta > limit)
    assert "half the reach" in by_delta[0.25].reason
