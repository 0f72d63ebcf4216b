"""Known answers on sets of several dimensions: what every point should read follows from its own d."""

import pytest
import torch

from aeeval.errors import GeometryError, Skipped
from aeeval.metrics.dimension import dimension_mismatch, excess_dim, kept_dim, round_trip_dim, tangent_error
from aeeval.metrics.extrapolation import along_error, extrapolation_error, pass_through, tube_error
from aeeval.metrics.overfitting import memorised_noise
from aeeval.metrics.reconstruction import fvu, truth_error
from tests import worlds

D = 20
SETS = {
    "line-disc-ball": ("line-disc-ball", "core", {}, 3),
    "spheres": ("disjoint-spheres", "cap", {"dims": (1, 2), "gap": 2.0}, 2),
    "lollipop": ("lollipop", "gap", {}, 2),
}


@pytest.fixture(scope="module", params=SETS)
def mixed(request):
    """A data set with the least dimension e(S) that holds its support."""
    name, support, params, embedding = SETS[request.param]
    return worlds.dataset(name, 1, support=support, noise=0.01, ambient_dim=D, **params), embedding


def one(metric, model, data, **settings):
    (value,) = metric(worlds.evidence(model, data, **settings))
    return value.value


def dims(data):
    """d of the probe points, in float64."""
    evidence = worlds.evidence(worlds.identity(), data)
    return data.manifold.local_dim(evidence.probe_points).double()


def split(data, models):
    """A model that answers as the first, second, ... of the models on the first, second, ... component."""

    def answer(x):
        out = torch.empty_like(x)
        index = data.manifold.component_of(data.manifold.project(x))
        for number, model in enumerate(models):
            out[index == number] = model.reconstruct(x[index == number])
        return out

    return worlds.World(worlds.same, answer)


def test_the_set_is_mixed_and_its_parts_are_all_probed(mixed):
    data, embedding = mixed
    assert len(set(dims(data).tolist())) == len(data.manifold.components) > 1
    assert data.support.embedding_dim == (embedding, embedding)


def test_identity_keeps_d_and_adds_the_rest_at_every_point(mixed):
    """Its code is as long as the rows, so min(k, d) = d; e(S) − d of the D − d directions added are allowed."""
    data, embedding = mixed
    mean = dims(data).mean().item()
    assert one(kept_dim, worlds.identity(), data) == pytest.approx(mean, abs=1e-9)
    assert one(excess_dim, worlds.identity(), data) == pytest.approx(D - mean, abs=1e-9)
    assert one(dimension_mismatch, worlds.identity(), data) == pytest.approx(D - embedding, abs=1e-9)
    assert one(tangent_error, worlds.identity(), data) == pytest.approx(0, abs=1e-9)


def test_constant_keeps_and_adds_nothing(mixed):
    """k = 1, so on every component one direction is missing."""
    data, _ = mixed
    nothing = worlds.constant(torch.zeros(D, dtype=torch.float64))
    assert one(kept_dim, nothing, data) == 0
    assert one(excess_dim, nothing, data) == pytest.approx(0, abs=1e-9)
    assert one(dimension_mismatch, nothing, data) == pytest.approx(1, abs=1e-9)
    assert one(tangent_error, nothing, data) == 1


def test_projector_keeps_d_and_adds_nothing(mixed):
    """On curved components the secant turns by the step over the radius: 5e-5 of a direction, as on one sphere."""
    data, _ = mixed
    pi = worlds.projector(data.manifold)
    assert one(kept_dim, pi, data) == pytest.approx(dims(data).mean().item(), abs=2e-4)
    assert one(excess_dim, pi, data) == pytest.approx(0, abs=1e-9)
    assert one(dimension_mismatch, pi, data) == pytest.approx(0, abs=2e-4)
    assert one(tangent_error, pi, data) == pytest.approx(0, abs=2e-4)
    assert one(round_trip_dim, pi, data) == pytest.approx(dims(data).mean().item(), abs=2e-4)


@pytest.mark.parametrize("name", ["line-disc-ball", "lollipop"])
def test_pca_of_the_span_adds_what_flat_components_lack(name):
    """A projection on the e(S) directions of the span keeps d and adds e(S) − d at every point: no mismatch."""
    kind, support, params, embedding = SETS[name]
    data = worlds.dataset(kind, 2, support=support, ambient_dim=D, **params)
    model, mean = worlds.pca(data.train.clean, embedding), dims(data).mean().item()
    assert one(kept_dim, model, data) == pytest.approx(mean, abs=1e-9)
    assert one(excess_dim, model, data) == pytest.approx(embedding - mean, abs=1e-9)
    assert one(dimension_mismatch, model, data) == pytest.approx(0, abs=1e-9)


def test_a_surplus_on_one_component_does_not_hide_a_deficit_on_another():
    """Identity on the line reads D − e(S) = 17, the constant on the disc min(k, d) = 2; averages would cancel them."""
    data = worlds.dataset("line-disc-ball", 3, support="core", ambient_dim=D)
    pi, nothing = worlds.projector(data.manifold), worlds.constant(torch.zeros(D, dtype=torch.float64))
    model = split(data, [worlds.identity(), nothing, pi])
    index = data.manifold.component_of(worlds.evidence(model, data).probe_points)
    line, disc = ((index == number).double().mean().item() for number in (0, 1))
    assert one(dimension_mismatch, model, data) == pytest.approx(17 * line + 2 * disc, abs=1e-6)


def test_probe_points_are_four_steps_from_other_components():
    data = worlds.dataset("lollipop", 4, ambient_dim=D)
    evidence = worlds.evidence(worlds.identity(), data)
    assert evidence.step == pytest.approx(0.01)
    points = evidence.probe_points
    index = data.manifold.component_of(points)
    for number, component in enumerate(data.manifold.components):
        assert component.distance(points[index != number]).min() > 4 * evidence.step
    everywhere = data.manifold.local_reach(data.test.clean)
    assert everywhere.min() < 2 * evidence.step, "no row was near the joint: nothing was put to the test"


def test_tube_noise_keeps_its_closest_point_on_every_component(mixed):
    data, _ = mixed
    torch.testing.assert_close(data.manifold.project(data.train.x), data.train.clean, rtol=0, atol=1e-9)
    length = torch.linalg.vector_norm(data.train.x - data.train.clean, dim=1)
    assert (length <= data.manifold.local_reach(data.train.clean) / 2).all()


def test_tube_noise_has_the_size_of_each_component():
    """E‖ν‖² = (D − d)σ² while the tube is wide; 4 sd of the mean of n χ²."""
    data = worlds.dataset("line-disc-ball", 5, noise=0.01, ambient_dim=D)
    squares = ((data.train.x - data.train.clean) / 0.01).square().sum(dim=1)
    for component, rows in data.manifold.by_component(data.train.clean):
        codim = D - component.dim
        assert squares[rows].mean().item() == pytest.approx(codim, abs=4 * (2 * codim / len(rows)) ** 0.5)


def test_noise_with_no_room_on_one_component_is_refused():
    """In R³ the ball fills the space; beside the joint of a lollipop there is little room, but most rows have some."""
    with pytest.raises(GeometryError, match=r"D > d for tube noise"):
        worlds.dataset("line-disc-ball", noise=0.01, ambient_dim=3)
    with pytest.raises(GeometryError, match=r"typical length.*lower noise to at most"):
        worlds.dataset("lollipop", noise=0.2, ambient_dim=D)


def test_reconstruction_and_overfitting_read_what_they_read_elsewhere(mixed):
    """fvu of π is 0; the identity's truth error is the length of the noise; π has memorised nothing."""
    data, _ = mixed
    pi = worlds.projector(data.manifold)
    assert one(fvu, pi, data) == pytest.approx(0, abs=1e-18)
    length = (data.test.x - data.test.clean).square().sum(dim=1).mean().sqrt().item()
    assert one(truth_error, worlds.identity(), data) == pytest.approx(length, abs=1e-12)
    assert one(truth_error, pi, data) == pytest.approx(0, abs=1e-9)
    assert one(memorised_noise, pi, data) == pytest.approx(0, abs=1e-9)


def test_off_the_set_identity_reads_delta_and_projector_nothing(mixed):
    data, _ = mixed
    measured = 0
    for value in tube_error(worlds.evidence(worlds.identity(), data)):
        if value.value is not None:
            measured += 1
            assert value.value == pytest.approx(value.axes["delta"], abs=1e-12)
    for value in pass_through(worlds.evidence(worlds.projector(data.manifold), data)):
        assert value.value is None or value.value == pytest.approx(0, abs=1e-9)
    assert measured >= 2


def test_along_the_set_the_truth_reads_zero_and_the_mean_one(mixed):
    data, _ = mixed
    assert one(extrapolation_error, worlds.projector(data.manifold), data) == pytest.approx(0, abs=1e-9)
    assert one(extrapolation_error, worlds.constant(data.train.x.mean(dim=0)), data) == pytest.approx(1, abs=1e-12)
    assert len(list(along_error(worlds.evidence(worlds.identity(), data)))) == 10


def test_where_distances_are_not_known_extrapolation_along_is_skipped():
    data = worlds.dataset("warped-sphere", support="cap", dim=2, ambient_dim=8)
    assert data.beyond is None
    with pytest.raises(Skipped, match="known distances"):
        extrapolation_error(worlds.evidence(worlds.identity(), data))
