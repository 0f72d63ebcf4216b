"""Networks that keep something of the shape of the data: distances, areas, lengths, tangents."""

import math

import numpy as np
import pytest
import torch
from scipy.cluster.hierarchy import linkage
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import pdist, squareform

from tests.baselines.common import built, fvu, module, normal, sheet, trained, uniform


@pytest.fixture(scope="module")
def rows():
    """Training rows, validation rows, and test rows of a bent sheet in R^6."""
    generator = torch.Generator().manual_seed(0)
    return tuple(sheet(n, generator) for n in (400, 100, 300))


@pytest.fixture(scope="module")
def plain(rows):
    """The same network under squared error alone."""
    return learned("mlp", rows)


def learned(name, rows, steps=300):
    return trained(name, *rows[:2], steps, latent_dim=2, lr=3e-3)


# --- topological ---


def test_the_edges_are_those_at_which_pieces_meet(generator):
    """The deaths of persistent homology of dimension 0 are the heights of single linkage."""
    points = normal(40, 5, generator=generator)
    points[7] = points[3]  # a repeated row
    first, second = module("topological").edges(points)
    lengths = torch.linalg.vector_norm(points[first] - points[second], dim=1).sort().values
    assert lengths.numpy() == pytest.approx(np.sort(linkage(points.numpy(), "single")[:, 2]), abs=1e-12)


def test_the_mismatch_of_topologies_is_that_of_the_edges_of_both_trees(generator):
    """½ Σ (‖x_i − x_j‖ − c ‖z_i − z_j‖)² over the edges of scipy's tree of x, and as much over those of z."""
    model, x, z = built("topological").double(), normal(12, 5, generator=generator), normal(12, 3, generator=generator)
    model.unit.data.fill_(1.7)
    far, near = (squareform(pdist(points.numpy())) for points in (x, z))
    gap = (far - 1.7 * near) ** 2
    expected = sum(gap[tuple(minimum_spanning_tree(length).nonzero())].sum() / 2 for length in (far, near))
    assert model.mismatch(x, z).item() == pytest.approx(expected, rel=1e-9)


def test_a_topological_autoencoder_keeps_the_edges(rows, plain, monkeypatch):
    """The spread of log(length in the code / length in the data) over the edges of the rows; 0 keeps them all.

    With ten times the weight, for few steps: .10, where the plain network has .16.
    """
    monkeypatch.setattr(module("topological"), "LAMBDA", 4.0)
    model, test = learned("topological", rows, steps=200), rows[2]
    first, second = module("topological").edges(test)

    def spread(model):
        z = model.encode(test)
        lengths = [torch.linalg.vector_norm(points[first] - points[second], dim=1) for points in (z, test)]
        return (lengths[0] / lengths[1]).log().std().item()

    assert spread(model) < 0.8 * spread(plain)
    assert fvu(model, test) < 0.02


# --- geometric and isometric ---


def test_log_volume_is_half_the_log_determinant_of_the_metric(generator):
    model, z = built("geometric").double(), normal(5, 3, generator=generator)
    J = torch.func.vmap(torch.func.jacrev(model.decoder))(z)
    expected = 0.5 * torch.logdet(J.mT @ J + module("geometric").LEAST * torch.eye(3))
    torch.testing.assert_close(model.log_volume(z), expected, rtol=1e-8, atol=1e-10)


def test_a_geometric_autoencoder_stretches_areas_alike(rows, plain):
    model, test, volume = learned("geometric", rows), rows[2], module("geometric").Geometric.log_volume
    assert volume(model, model.encode(test)).var() < 0.2 * volume(plain, plain.encode(test)).var()
    assert fvu(model, test) < 0.01


def test_distortion_is_least_for_multiples_of_the_identity(generator):
    distortion = module("isometric").distortion_of
    assert distortion(5 * torch.eye(3).expand(7, 3, 3)).item() == pytest.approx(1 / 3, rel=1e-6)
    A = normal(7, 3, 5, generator=generator)
    assert distortion(A @ A.mT) > 1 / 3
    scaled = torch.eye(3) * torch.tensor([1.0, 2.0])[:, None, None]  # not one factor for all codes
    assert distortion(scaled).item() == pytest.approx(3 * (1 + 4) / 2 / (3 * 1.5) ** 2, rel=1e-6)


def test_an_isometric_autoencoder_is_nearer_to_an_isometry(rows, plain):
    """E[tr G²] / E[tr G]² less its least value ½: .05 for the plain network."""
    model, test = learned("isometric", rows), rows[2]
    distortion, metric = module("isometric").distortion_of, module("isometric").Isometric.metric
    excess, before = (distortion(metric(one, one.encode(test))).item() - 0.5 for one in (model, plain))
    assert excess < 0.4 * before
    assert fvu(model, test) < 0.01


# --- neighbours ---


def test_neighbours_are_the_nearest_others(generator):
    x = normal(30, 4, generator=generator)
    distances = torch.cdist(x, x) + torch.diag(torch.full((30,), torch.inf, dtype=torch.float64))
    expected = distances.sort(dim=1).indices[:, :2]
    assert torch.equal(module("nrae").neighbours(x), expected)
    assert module("nrae").neighbours(x[:2]).tolist() == [[1], [0]]


def test_the_loss_is_that_of_the_taylor_polynomials(generator):
    """Row by row, with derivatives of autograd: x itself with weight 1, its two neighbours with .5."""
    nrae, model, x = module("nrae"), built("nrae", latent_dim=2).double(), normal(6, 20, generator=generator)
    z, total = model.encode(x), 0.0
    for i, near in enumerate(nrae.neighbours(x).tolist()):
        J = torch.func.jacrev(model.decoder)(z[i])
        errors = [(x[j] - model.decoder(z[i]) - J @ (z[j] - z[i])).square().sum() for j in (i, *near)]
        total += errors[0] + nrae.WEIGHT * sum(errors[1:])
    assert model.loss(x).item() == pytest.approx((total / 6 / (1 + nrae.NEIGHBOURS)).item(), rel=1e-10)


def test_a_neighbourhood_reconstructing_autoencoder_wiggles_less(generator):
    """As in the paper: 30 noisy rows of a sine curve, judged on the clean curve. Over 2 seeds .48, .68 of the MLP's."""

    def curve(n, noise):
        t = math.pi * uniform(n, 1, generator=generator)
        return torch.cat([t / 2, torch.sin(t)], dim=1) + noise * normal(n, 2, generator=generator)

    rows, test = curve(30, 0.2), curve(500, 0.0)
    nrae, mlp = (trained(name, rows, rows, 1000, latent_dim=1, lr=5e-3) for name in ("nrae", "mlp"))
    assert fvu(nrae, test) < fvu(mlp, test)
    assert fvu(nrae, rows) > fvu(mlp, rows)  # it follows its noisy rows less
