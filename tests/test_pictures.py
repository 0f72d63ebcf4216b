"""What a run keeps for its pictures: M over 𝓜 in three coordinates, rows, samples, codes and layers, in 200 kB."""

import io
import math

import numpy as np
import pytest
import torch
from torch import nn

from aeeval.manifolds.make import make
from aeeval.numerics.axes import View
from aeeval.pictures import picture, trust
from aeeval.pictures.trust import log_density, threshold
from aeeval.pictures.truth import truth
from aeeval.submissions.build import build_model
from aeeval.submissions.layers import layer_arrays, layers
from aeeval.submissions.load import load
from aeeval.submissions.objects import from_object
from tests import worlds

KNOWN = [
    ("line-disc-ball", [1, 2, 3]),
    ("lollipop", [2, 1]),
    ("nested-spheres", [2] * 5),
    ("sphere", [2]),
    ("so3", [3]),
]


def everything(dim):
    """A view that loses nothing."""
    return View(torch.zeros(dim, dtype=torch.float64), torch.eye(dim, dtype=torch.float64), 1.0)


@pytest.mark.parametrize(("name", "dims"), KNOWN)
def test_the_truth_is_every_component_of_the_manifold(name, dims):
    """A curve is a line of points, a surface a sheet of them, anything else a heap; all lie on their component."""
    made = make(name)
    parts = truth(made.support("all"), everything(made.ambient_dim), 2.0)
    assert parts["dim"] == made.dim
    for number, (component, dim) in enumerate(zip(made.components, dims, strict=True)):
        part = parts[f"manifold_{number}"]
        assert (component.dim, part.ndim) == (dim, {1: 2, 2: 3, 3: 2}[dim])
        assert parts[f"manifold_{number}_distance"].shape == part.shape[:-1]
        rows = 2.0 * part.reshape(-1, made.ambient_dim)
        assert len(rows) >= 24
        assert component.distance(rows).max() <= 1e-9


def test_distances_in_a_picture_are_those_of_the_support():
    support = make("sphere", dim=2, ambient_dim=3).support("cap")
    parts = truth(support, everything(3), 2.0)
    rows = 2.0 * parts["manifold_0"].reshape(-1, 3)
    assert torch.allclose(2.0 * parts["manifold_0_distance"].reshape(-1), support.support_distance(rows), atol=1e-9)


@pytest.mark.parametrize(("name", "ambient_dim"), [("line-disc-ball", 3), ("nested-spheres", 50), ("sphere", 200)])
def test_a_picture_holds_the_truth_and_stays_small(name, ambient_dim):
    dataset = worlds.dataset(name, ambient_dim=ambient_dim)
    parts = picture(worlds.evidence(worlds.pca(dataset.train.x, 2), dataset))
    components = len(dataset.support.manifold.components)
    assert sum(key.endswith("_distance") and key.startswith("manifold_") for key in parts) == components
    file = io.BytesIO()
    np.savez_compressed(file, **parts)
    assert file.tell() <= 200_000


@pytest.fixture(scope="module")
def cap():
    """The cap of a sphere in R^20, seen by PCA with three axes: the span of the sphere, so nothing is lost."""
    dataset = worlds.dataset("sphere", ambient_dim=20, support="cap")
    evidence = worlds.evidence(worlds.pca(dataset.train.x, 2), dataset)
    return evidence, picture(evidence)


def test_rows_and_answers_keep_their_lengths_in_a_view_that_loses_nothing(cap):
    evidence, parts = cap
    assert parts["share"] == pytest.approx(1, abs=1e-6)
    scale, rows = evidence.scale, len(parts["x"])
    clean = evidence.dataset.train.clean[:rows]
    apart = torch.cdist(clean[:40], clean[:40]) / scale
    assert np.allclose(np.linalg.norm(parts["truth"][:40, None] - parts["truth"][None, :40], axis=2), apart, atol=1e-5)
    errors = torch.linalg.vector_norm(evidence.train_trips.all - evidence.dataset.train.x, dim=1)[:rows] / scale
    assert np.allclose(parts["error"], errors, atol=1e-6)
    assert (np.diff(parts["beyond_distance"]) >= 0).all()
    beyond = np.linalg.norm(parts["beyond"] - parts["beyond_hat"], axis=1)
    assert (beyond <= parts["beyond_error"] + 1e-5).all()  # a view never makes an error larger


def test_the_mesh_of_a_linear_decoder_is_the_plane_of_its_codes(cap):
    """M of PCA is flat: its mesh is an affine map of its codes, at least half their range beyond them on every side."""
    _, parts = cap
    codes, mesh = parts["mesh_codes"].reshape(-1, 2).astype(float), parts["mesh"].reshape(-1, 3).astype(float)
    design = np.column_stack([codes, np.ones(len(codes))])
    solution, *_ = np.linalg.lstsq(design, mesh, rcond=None)
    assert np.abs(design @ solution - mesh).max() < 1e-4
    inner = parts["codes"]
    room = np.ptp(inner, axis=0) / 2
    assert (codes.min(axis=0) <= inner.min(axis=0) - 0.95 * room).all()
    assert (codes.max(axis=0) >= inner.max(axis=0) + 0.95 * room).all()


def test_trust_is_high_at_codes_and_gone_far_from_them(cap):
    _, parts = cap
    # A tenth of all 1,000 training codes lie lonelier; of the 300 that are kept, that share has sd .0145.
    assert (parts["code_trust"] >= 0.5).mean() == pytest.approx(0.9, abs=4 * 0.0145)
    edge = np.concatenate([parts["mesh_trust"][0], parts["mesh_trust"][-1]])
    assert edge.max() < 0.05
    steps = np.abs(np.diff(parts["mesh_trust"], axis=0)).max()
    assert steps < 0.35  # no sharp edge


def test_the_density_of_codes_is_that_of_kernels():
    """Against scipy's kernel density, with the same bandwidth rule, up to a constant."""
    from scipy.stats import gaussian_kde

    drawn = torch.Generator().manual_seed(3)
    codes = torch.randn(300, 2, generator=drawn, dtype=torch.float64) @ torch.tensor([[2.0, 1.0], [0.0, 0.5]]).double()
    at = torch.randn(50, 2, generator=drawn, dtype=torch.float64)
    ours, theirs = log_density(codes, at), gaussian_kde(codes.numpy().T, "scott").logpdf(at.numpy().T)
    gap = ours.numpy() - theirs
    assert np.ptp(gap) < 1e-9
    idle = torch.cat([codes, torch.zeros(300, 3, dtype=torch.float64)], dim=1)
    assert torch.isfinite(log_density(idle, idle)).all()


def test_trust_is_a_half_at_the_threshold():
    values = torch.arange(101, dtype=torch.float64)
    assert threshold(values) == pytest.approx(10)
    assert trust(torch.tensor([10.0, 10 + math.log(9)]), 10.0).tolist() == pytest.approx([0.5, 0.9])


def test_images_of_a_picture_are_the_rows():
    from aeeval.datasets.make import make_dataset
    from aeeval.datasets.spec import DataSpec, Sizes

    dataset = make_dataset(DataSpec(dataset="digits", rows=Sizes(400, 50, 100, 0)), "digits", 0)
    evidence = worlds.evidence(worlds.pca(dataset.train.x, 5), dataset)
    parts = picture(evidence)
    assert parts["image"].dtype == np.uint8
    assert np.allclose(parts["image"].reshape(len(parts["image"]), -1) / 255, dataset.test.clean[:16], atol=0.5 / 255)
    walk, at = parts["walk"] / 255, parts["walk_at"]
    assert walk.shape == (2, len(at), 1, 8, 8)
    middle = len(at) // 2
    assert at[middle] == pytest.approx(0, abs=1e-9)
    assert np.allclose(walk[0, middle], dataset.train.x.mean(dim=0).reshape(1, 8, 8).clamp(0, 1), atol=0.6 / 255)
    assert parts["walk_trust"][0, 0] < 0.05


def test_layers_are_told_in_the_order_of_a_row():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.f = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 2))
            self.g = nn.Linear(2, 6)
            self.shift = nn.Parameter(torch.zeros(6))

        def encode(self, x):
            return self.f(x)

        def decode(self, z):
            return self.g(z) + self.shift

    submission = from_object(Net(), own_data=True)
    model = build_model(submission, (6,), None, 0, "cpu")
    told = layer_arrays(layers(model, torch.zeros(3, 6, dtype=torch.float64)))
    assert told["encoder_layers"].tolist() == [["Linear", "4", "28"], ["Tanh", "4", "0"], ["Linear", "2", "10"]]
    assert told["decoder_layers"].tolist() == [["Linear", "6", "18"]]
    assert told["parameters"] == 28 + 10 + 18 + 6
    assert not any(module._forward_hooks for module in model.adapted.raw.modules())
    lies = {"encoder": [["x" * 999, 3, 4], ["y", "2", -1], "no", [1]], "decoder": 7, "parameters": True}
    assert layer_arrays(lies)["encoder_layers"].tolist() == [["x" * 60, "3", "4"]]
    assert list(layer_arrays(lies)) == ["encoder_layers"]
    assert layer_arrays(None) == {}
    pca = build_model(load("pca"), (6,), 2, 0, "cpu")
    assert layers(pca, torch.zeros(3, 6, dtype=torch.float64)) == {}
