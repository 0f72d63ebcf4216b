"""Data sets: seeds, noise with its law, held-out points, and files that are not what they should be."""

import numpy as np
import pytest
import torch

import aeeval
from aeeval.datasets.files import read_arrays
from aeeval.datasets.make import make_dataset
from aeeval.datasets.noise import Noise
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.errors import DataError, GeometryError, UnknownName
from tests import worlds

KINDS = ["plane", "sphere", "swiss-roll", "graph"]
SUPPORT = {"plane": "box", "sphere": "cap", "swiss-roll": "box", "graph": "box"}


@pytest.mark.parametrize("kind", KINDS)
def test_tube_noise_keeps_its_closest_point_and_its_size(kind):
    """π(x) = m without a solve; E‖ν‖² = (D − d)σ² while the tube is wide: 4 sd of a mean of 1000 χ²."""
    sigma = 0.01
    data = worlds.dataset(kind, 1, support=SUPPORT[kind], noise=sigma, ambient_dim=8)
    inside = data.manifold.boundary_distance(data.test.clean) > 0.1
    projected = data.manifold.project(data.test.x)[inside]
    torch.testing.assert_close(projected, data.test.clean[inside], rtol=0, atol=1e-7)
    codim = 8 - data.manifold.dim
    squares = (data.test.x - data.test.clean).square().sum(dim=1).mean().item() / sigma**2
    assert squares == pytest.approx(codim, abs=4 * (2 * codim / 1000) ** 0.5)


def test_tube_noise_never_leaves_half_the_reach():
    data = worlds.dataset(noise=0.11, seed=2)
    length = torch.linalg.vector_norm(data.train.x - data.train.clean, dim=1)
    assert length.max() <= data.manifold.reach / 2
    assert length.max() > 0.9 * data.manifold.reach / 2


def test_gaussian_noise_has_its_variance_in_every_direction():
    data = worlds.dataset(noise=0.05, noise_kind="gaussian", seed=3)
    noise = (data.train.x - data.train.clean) / 0.05
    assert noise.var().item() == pytest.approx(1, abs=4 * (2 / 20_000) ** 0.5)


def test_noise_without_room_is_refused_with_the_way_out():
    with pytest.raises(GeometryError, match=r"tube noise of typical length.*lower noise to at most"):
        worlds.dataset(noise=0.4)
    with pytest.raises(GeometryError, match=r"D > d for tube noise"):
        worlds.dataset("plane", support="box", noise=0.1, dim=3, ambient_dim=3)
    with pytest.raises(GeometryError, match=r"a certified closest point for 99.9%"):
        worlds.dataset("graph", support="box", noise=0.3, noise_kind="gaussian", dim=2, ambient_dim=20)
    for sigma in (-1.0, float("nan")):
        with pytest.raises(GeometryError, match=r"finite noise > 0"):
            Noise("tube", sigma)


@pytest.mark.parametrize(
    "spec", [DataSpec(manifold="sphere", noise=0.05, rows=Sizes(50, 10, 50, 0)), DataSpec(dataset="digits")]
)
def test_same_seed_same_rows_other_seed_other_rows(spec):
    first, again, other = (make_dataset(spec, "same", seed) for seed in (0, 0, 1))
    assert torch.equal(first.train.x, again.train.x)
    assert not torch.equal(first.train.x, other.train.x)
    assert not torch.equal(first.train.x[:10], first.test.x[:10])


def test_the_geometry_belongs_to_the_task_and_not_to_the_seed():
    first, second = (worlds.dataset(seed=seed) for seed in (0, 1))
    assert second.manifold.distance(first.train.clean).max() < 1e-12


@pytest.mark.parametrize("kind", KINDS)
def test_points_beyond_are_on_the_manifold_outside_the_support_in_full_bins(kind):
    data = worlds.dataset(kind, 0, support=SUPPORT[kind], ambient_dim=8)
    beyond = data.beyond
    assert data.manifold.distance(beyond.x).max() < 1e-9
    torch.testing.assert_close(data.support.support_distance(beyond.x), beyond.distance, rtol=0, atol=1e-6)
    assert beyond.distance.min() > 0
    assert torch.bincount(beyond.bin_index()).tolist() == [100] * 10
    edges = beyond.edges
    torch.testing.assert_close(edges.diff(), edges[-1].expand(10) / 10)


def test_unit_of_length_is_the_scale_of_the_support():
    """n = 1000: the mean square of a bounded row has relative sd under 5 %; the mean lies within 4/√1000 of 0."""
    for kind in KINDS:
        rows = worlds.dataset(kind, 0, support=SUPPORT[kind], ambient_dim=8).train.clean
        assert rows.square().sum(dim=1).mean().item() == pytest.approx(1, abs=0.2)
        assert torch.linalg.vector_norm(rows.mean(dim=0)) < 4 / 1000**0.5


def test_digits_are_split_without_overlap():
    data = aeeval.dataset("digits", seed=4)
    assert data.shape == (1, 8, 8)
    assert (len(data.train), len(data.val), len(data.test)) == (1000, 200, 597)
    assert data.train.x.min() == 0
    assert data.train.x.max() == 1
    from sklearn.datasets import load_digits

    everything = torch.cat([part.x for part in (data.train, data.val, data.test)])
    raw = torch.from_numpy(load_digits().data / 16.0)
    assert torch.equal(everything.sum(dim=0).round(decimals=6), raw.sum(dim=0).round(decimals=6))


def test_every_manifold_is_a_data_set_and_unknown_names_are_not():
    assert aeeval.dataset("sphere", dim=2, ambient_dim=5).ambient_dim == 5
    with pytest.raises(UnknownName, match=r"did you mean digits"):
        aeeval.dataset("digitss")
    with pytest.raises(UnknownName, match=r"parameter of sphere"):
        aeeval.dataset("sphere", dimm=2)


def rows(n, dim=3):
    return np.random.default_rng(n).normal(size=(n, dim))


def test_files_with_splits_or_one_array(tmp_path):
    np.savez(tmp_path / "two.npz", train=rows(30), test=rows(20))
    np.save(tmp_path / "one.npy", rows(50))
    two = make_dataset(DataSpec(path=str(tmp_path / "two.npz")), "two", 0)
    assert (len(two.train), len(two.val), len(two.test), two.train_known) == (27, 3, 20, True)
    np.testing.assert_array_equal(two.test.x.numpy(), rows(20))
    one = make_dataset(DataSpec(path=str(tmp_path / "one.npy")), "one", 0)
    assert (len(one.train), len(one.val), len(one.test), one.train_known) == (30, 5, 15, False)


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"train": rows(9), "tests": rows(9)}, "arrays `train` and `test`"),
        ({"train": rows(9), "test": rows(9, 4)}, "one row shape"),
        ({"train": rows(9), "test": np.full((3, 3), np.nan)}, "NaN or infinity in 3 rows of test"),
        ({"train": rows(9), "test": np.zeros(5)}, "at least 2 rows"),
    ],
)
def test_files_that_are_not_data(tmp_path, arrays, reason):
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(DataError, match=reason):
        read_arrays(tmp_path / "bad.npz")


def test_files_that_are_no_files(tmp_path):
    with pytest.raises(DataError, match=r"which does not exist"):
        read_arrays(tmp_path / "none.npz")
    np.save(tmp_path / "objects.npy", np.array([{}, {}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"without pickled objects"):
        read_arrays(tmp_path / "objects.npy")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(DataError, match=r"readable \.npy or \.npz"):
        read_arrays(tmp_path / "text.npz")
    np.savez(tmp_path / "flat.npz", train=np.ones((9, 2)), test=np.ones((9, 2)))
    with pytest.raises(DataError, match=r"training rows that vary"):
        make_dataset(DataSpec(path=str(tmp_path / "flat.npz")), "flat", 0)
