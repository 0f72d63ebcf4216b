"""Known answers on the unit sphere S² in R²⁰, scale 1, centroid 0; tolerances about 4 standard deviations."""

import pytest
import torch

from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec
from aeeval.errors import Skipped
from aeeval.metrics.dimension import (
    decoder_rank,
    dimension_mismatch,
    excess_dim,
    kept_dim,
    latent_dim,
    round_trip_dim,
    spectrum_count,
    tangent_error,
)
from aeeval.numerics.secants import bounded_rank
from aeeval.probes import FULL_FRAME, image_jacobians
from tests import worlds


@pytest.fixture(scope="module", params=[0, 1])
def sphere(request):
    return worlds.dataset(seed=request.param, noise=0.05)


def one(metric, evidence):
    (value,) = metric(evidence)
    return value.value


def on(model, data, **settings):
    return worlds.evidence(model, data, **settings)


@pytest.mark.parametrize(("k", "kept", "tolerance"), [(1, 2 / 3, 0.08), (2, 4 / 3, 0.08), (3, 2, 1e-3), (8, 2, 1e-3)])
def test_pca_keeps_the_share_of_tangents_in_its_span(sphere, k, kept, tolerance):
    model = worlds.pca(sphere.train.clean, k)
    assert one(kept_dim, on(model, sphere)) == pytest.approx(kept, abs=tolerance)


@pytest.mark.parametrize("k", [1, 2, 3, 8])
def test_pca_adds_the_rest_of_its_rank(sphere, k):
    """For a projection of rank k, tr J_r = k: what is not kept along 𝓜 is added off it.

    The rows are noisy for k = 8, so that the further axes point off the sphere's span at random.
    """
    model = worlds.pca(sphere.train.x, k)
    expected, tolerance = {1: (1 / 3, 0.10), 2: (2 / 3, 0.13), 3: (1.0, 0.18), 8: (6.0, 0.36)}[k]
    assert one(excess_dim, on(model, sphere)) == pytest.approx(expected, abs=tolerance)


def test_closed_forms_of_kept_and_excess(sphere):
    pi, half = worlds.projector(sphere.manifold), worlds.projector(sphere.manifold, 0.9)
    nothing = worlds.constant(torch.ones(20, dtype=torch.float64))
    assert one(kept_dim, on(pi, sphere)) == pytest.approx(2 / (1 + 0.01**2) ** 0.5, abs=1e-9)
    assert one(kept_dim, on(half, sphere)) == pytest.approx(1.8, abs=1e-3)
    assert one(kept_dim, on(nothing, sphere)) == 0
    assert one(excess_dim, on(worlds.identity(), sphere)) == pytest.approx(18, abs=1e-9)
    assert one(excess_dim, on(pi, sphere)) == pytest.approx(0, abs=1e-9)
    assert one(excess_dim, on(half, sphere)) == pytest.approx(0, abs=1e-9)
    assert one(excess_dim, on(nothing, sphere)) == 0


def test_a_constant_has_no_curvature_bias():
    """Leak read off noisy rows is −d/2 for a constant on every unit sphere; odd differences cancel it."""
    data = worlds.dataset(dim=5, ambient_dim=20)
    assert one(excess_dim, on(worlds.constant(torch.zeros(20, dtype=torch.float64)), data)) == pytest.approx(
        0, abs=1e-9
    )


def test_a_thick_projector_adds_its_extra_directions(sphere):
    """5 within a few hundredths: the normal frame turns by the step between m and m ± sν."""
    assert one(excess_dim, on(worlds.thick_projector(sphere.manifold, 5), sphere)) == pytest.approx(5, abs=0.05)


def test_trace_form_in_many_dimensions():
    """One random normal a point: identity exact, PCA₃ 1 ± 4 standard errors, the constant 0."""
    data = worlds.dataset(dim=2, ambient_dim=FULL_FRAME + 20)
    evidence = on(worlds.pca(data.train.clean, 3), data)
    (value,) = excess_dim(evidence)
    assert value.value == pytest.approx(1, abs=4 * value.stderr)
    assert 0 < value.stderr < 0.1
    assert one(excess_dim, on(worlds.identity(), data)) == pytest.approx(FULL_FRAME + 18, abs=1e-6)


@pytest.mark.parametrize("k", [1, 2, 3, 8])
def test_round_trip_dim_is_the_rank_of_every_projection(sphere, k):
    rows = sphere.train.x
    for factor in (1.0, 2.0, -1.0):
        read = one(round_trip_dim, on(worlds.pca(rows, k, factor), sphere, counts=worlds.Counts(probe_rows=64)))
        assert read == pytest.approx(k, abs=1e-6)


def many_columns(dim, generator):
    rows = torch.randn(60, dim, generator=generator, dtype=torch.float64)
    return make_dataset(DataSpec(arrays={"train": rows[:30], "test": rows[30:]}), "wide", 0)


def test_round_trip_dim_of_pictures_takes_as_many_points_as_it_may(generator):
    """The rank of PCA in 600 columns, within 16,384 round trips: 13 points, each in a block of its own.

    The 30 training rows are asked for the length of the codes.
    """
    data, asked = many_columns(600, generator), []
    model = worlds.pca(data.train.x, 5)

    def encode(x):
        asked.append(len(x))
        return model.encode(x)

    (value,) = round_trip_dim(on(worlds.World(encode, model.decode), data, counts=worlds.Counts(probe_rows=30)))
    assert value.value == pytest.approx(5, abs=1e-6)
    assert sorted(set(asked)) == [13, 27, 2 * 600]
    assert asked.count(2 * 600) == 13


def test_round_trip_dim_does_not_count_rounding(generator):
    """A rank of 5 whose answers are rounded to 1/16384: over 495 other directions the differences read over .05."""
    data = many_columns(500, generator)
    model = worlds.pca(data.train.x, 5)
    coarse = worlds.World(model.encode, lambda z: (model.decode(z) * 2**14).round() / 2**14)
    evidence = on(coarse, data, counts=worlds.Counts(probe_rows=4))
    assert one(round_trip_dim, evidence) == pytest.approx(5, abs=1e-3)
    assert torch.cat([bounded_rank(block) for block in image_jacobians(evidence)]).mean() > 5.05


def test_round_trip_dim_is_skipped_where_a_point_takes_too_many_round_trips(generator):
    data = many_columns(1025, generator)
    with pytest.raises(Skipped, match="takes 2050 forward passes a point; not done for D > 1024"):
        round_trip_dim(on(worlds.identity(), data))


def test_round_trip_dim_of_an_oblique_projection(sphere, generator):
    """A (BᵀA)⁻¹ Bᵀ projects on 3 directions along others: all three singular values are ≥ 1."""
    a, b = (torch.randn(20, 3, generator=generator, dtype=torch.float64) for _ in range(2))
    model = worlds.linear(a @ torch.linalg.inv(b.T @ a) @ b.T)
    assert one(round_trip_dim, on(model, sphere, counts=worlds.Counts(probe_rows=16))) == pytest.approx(3, abs=1e-6)


def test_mismatch_adds_deficit_and_surplus(sphere):
    """e(S²) = 3 allows one direction more than d; k = 2 for the constant, whose code has length 1, so min(k, d) = 1."""
    pi, nothing = worlds.projector(sphere.manifold), worlds.constant(torch.zeros(20, dtype=torch.float64))
    assert one(dimension_mismatch, on(pi, sphere)) == pytest.approx(0, abs=1e-3)
    assert one(dimension_mismatch, on(worlds.identity(), sphere)) == pytest.approx(17, abs=1e-3)
    assert one(dimension_mismatch, on(nothing, sphere)) == pytest.approx(1, abs=1e-9)
    assert one(dimension_mismatch, on(worlds.pca(sphere.train.clean, 2), sphere)) == pytest.approx(2 / 3, abs=0.08)


def test_tangent_error_of_the_projector_and_of_the_constant(sphere):
    assert one(tangent_error, on(worlds.projector(sphere.manifold), sphere)) == pytest.approx(5e-5, abs=1e-5)
    assert one(tangent_error, on(worlds.constant(torch.zeros(20, dtype=torch.float64)), sphere)) == 1
    assert one(tangent_error, on(worlds.identity(), sphere)) == pytest.approx(0, abs=1e-9)


def test_decoder_rank_reads_k_whatever_the_data(sphere):
    for k in (1, 2, 3, 8):
        evidence = on(worlds.pca(sphere.train.x, k), sphere, counts=worlds.Counts(probe_rows=16))
        assert one(decoder_rank, evidence) == k
        assert one(latent_dim, evidence) == k
    assert one(decoder_rank, on(worlds.constant(sphere.train.x[0]), sphere)) == 0


def test_spectrum_count_counts_principal_deviations_above_epsilon(sphere):
    """For PCA the spectrum is the deviations along its axes: 1/√3 for the sphere's three, near σ for the others."""
    evidence = on(worlds.pca(sphere.train.x, 8), sphere, counts=worlds.Counts(probe_rows=16))
    counts = {value.axes["eps"]: value.value for value in spectrum_count(evidence)}
    assert counts[0.1] == 3  # marked: 2σ
    assert counts[0.01] == 8
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
