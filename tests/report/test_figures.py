"""Pictures of a model: every kind is drawn from arrays and records alone, and says what is missing."""

from dataclasses import replace

import numpy as np
import pytest

from aeeval.errors import AeevalError, Skipped, UnknownName, UsageError
from aeeval.report.figures import FIGURES
from aeeval.report.figures.find import find
from aeeval.report.figures.implementation import Block, blocks, count
from aeeval.report.figures.space import _finer, _rolled_along, box, three
from aeeval.report.figures.subject import Subject
from aeeval.store import Store
from tests.report.conftest import make

pytest.importorskip("matplotlib")
RNG = np.random.default_rng(0)


def sphere(count=20):
    u, v = np.meshgrid(np.linspace(0, np.pi, count), np.linspace(0, 2 * np.pi, count), indexing="ij")
    return np.stack([np.sin(u) * np.cos(v), np.sin(u) * np.sin(v), np.cos(u)], axis=-1)


def roll(count=20):
    t, h = np.meshgrid(np.linspace(1, 7, count), np.linspace(0, 3, count), indexing="ij")
    return np.stack([t * np.cos(t), h, t * np.sin(t)], axis=-1)


def arrays(**more):
    rows = sphere().reshape(-1, 3)[RNG.choice(400, 60)]
    grid = np.stack(np.meshgrid(np.linspace(-2, 2, 12), np.linspace(-2, 2, 12), indexing="ij"), axis=-1)
    return {
        "x": 1.1 * rows,
        "x_hat": rows,
        "truth": rows,
        "error": np.full(60, 0.1),
        "share": np.array(0.8),
        "mesh": np.concatenate([grid, 0.2 * grid[..., :1] ** 2], axis=-1),
        "mesh_codes": grid,
        "mesh_trust": np.exp(-(grid**2).sum(axis=-1)),
        "codes": RNG.normal(size=(60, 2)),
        "codes_prior": RNG.normal(size=(60, 2)),
        "samples_prior": 1.3 * rows,
        "samples_gmm10": rows,
        "spectra": np.array([1.0, 0.4]),
        "dim": np.array(2),
        "embedding_dim": np.array(3),
        "manifold_0": sphere(),
        "manifold_0_distance": np.abs(sphere()[..., 2]),
        "beyond": rows,
        "beyond_hat": 0.8 * rows,
        "beyond_distance": np.linspace(0.01, 1, 60),
        "beyond_error": np.full(60, 0.2),
        "encoder_layers": np.array([["Linear", "128", "2688"], ["ReLU", "128", "0"], ["Linear", "2", "258"]]),
        "decoder_layers": np.array([["Linear", "20", "60"]]),
        "parameters": np.array(3010),
        **more,
    }


def records():
    along = [make("along_error", 0.1 * b, seed=s, axes={"bin": 0.1 * b}) for b in (1, 2, 3) for s in (0, 1, 2)]
    pca = [make("along_error", 0.5, submission="pca", axes={"bin": 0.1 * b}) for b in (1, 2, 3)]
    counts = [make("spectrum_count", 2.0, axes={"eps": eps}) for eps in (0.01, 0.1)]
    kept = [make(name, value) for name, value in (("kept_dim", 1.9), ("excess_dim", 0.1))]
    sampling = [
        make("sliced_wasserstein", 0.1, axes={"sampler": name}, null=0.02, seed=seed)
        for name in ("prior", "gmm10")
        for seed in (0, 1)
    ]
    return [*along, *pca, *counts, *kept, *sampling, make("extrapolation_reach", 0.15)]


def subject(**more):
    return Subject("mlp", "sphere", 2, arrays(**more), records())


def look(store, *what):
    return find(store.root, store.read()[0], *what)


PICTURES = {
    "image": np.zeros((5, 1, 8, 8), np.uint8),
    "image_hat": np.full((5, 1, 8, 8), 255, np.uint8),
    "image_samples": np.zeros((4, 3, 8, 8), np.uint8),
    "walk": np.zeros((2, 5, 1, 8, 8), np.uint8),
    "walk_at": np.linspace(-4, 4, 5),
    "walk_trust": np.ones((2, 5)),
}


@pytest.mark.parametrize("kind", FIGURES)
def test_every_kind_is_drawn_and_titled_after_its_model(kind, tmp_path):
    figure = FIGURES.get(kind)(subject(**PICTURES))
    assert "mlp on sphere, k = 2" in figure.get_suptitle()
    figure.savefig(tmp_path / "picture.svg", dpi=30)
    assert "<svg" in (tmp_path / "picture.svg").read_text()[:2000]


def test_a_decoder_without_any_slope_has_a_spectrum_too():
    figure = FIGURES.get("spectrum")(subject(spectra=np.zeros(2)))
    assert figure.axes[0].get_ylim() == (0, 1)


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("latent", {"codes"}),
        ("samples", {"samples_prior", "samples_gmm10"}),
        ("spectrum", {"spectra"}),
        ("images", set(PICTURES)),
        ("representation", {"x"}),
    ],
)
def test_what_is_missing_is_told(name, without):
    whole = subject(**PICTURES)
    less = replace(whole, arrays={key: value for key, value in whole.arrays.items() if key not in without})
    with pytest.raises(Skipped, match="no "):
        FIGURES.get(name)(less)


def test_where_a_number_was_skipped_its_reason_is_told():
    reason = "needs known distances"
    lost = make("along_error", None, status="skipped", reason=reason)
    with pytest.raises(Skipped, match=reason):
        FIGURES.get("extrapolation")(replace(subject(), records=[lost]))


@pytest.mark.parametrize("k", [1, 2])
def test_models_without_a_manifold_or_with_a_curve_are_drawn_too(k):
    bare = {key: value for key, value in arrays().items() if not key.startswith(("manifold", "beyond"))}
    if k == 1:
        line = np.linspace(-1, 1, 30)[:, None]
        bare |= {"mesh": line @ np.ones((1, 2)), "mesh_codes": line, "mesh_trust": np.ones(30), "codes": line[:20]}
        bare |= {"codes_prior": line, **{name: bare[name][:, :2] for name in ("x", "x_hat", "truth")}}
        bare |= {name: bare[name][:, :2] for name in ("samples_prior", "samples_gmm10")}
    one = Subject("mlp", "digits", k, bare, records())
    for kind in ("representation", "latent", "samples"):
        assert FIGURES.get(kind)(one).get_suptitle().startswith("mlp on digits")


def test_the_surface_fades_with_trust():
    """The opacity of M in the picture is that of its trust, and nothing is drawn where there is none."""
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    figure = FIGURES.get("representation")(subject())
    sheets = [one for one in figure.axes[0].collections if isinstance(one, Poly3DCollection)]
    opacity = sheets[-1]._facecolor3d[:, 3]  # painted after the true manifold
    assert opacity.max() == pytest.approx(0.8, abs=0.03)
    assert opacity.min() < 0.03
    kept, cells = len(opacity), 33 * 33
    assert kept < cells  # exp(-8) at the corners is nothing to see


def test_segments_run_from_rows_to_their_answers():
    from mpl_toolkits.mplot3d.art3d import Line3DCollection

    one = subject()
    lines = [one for one in FIGURES.get("representation")(one).axes[0].collections if isinstance(one, Line3DCollection)]
    ends = np.array(lines[-1]._segments3d)
    assert np.allclose(ends[:, 0], one.arrays["x"])
    assert np.allclose(ends[:, 1], one.arrays["x_hat"])


@pytest.mark.parametrize("mesh", [np.full((12, 12, 3), 1e6), np.full((12, 3), 1e6)])
def test_what_is_all_out_of_sight_is_not_drawn(mesh):
    """A model whose surface, and all that it makes of points beyond the support, lies far from everything else."""
    far = arrays(mesh=mesh, mesh_trust=np.ones(mesh.shape[:-1]), beyond_hat=np.full((60, 3), 1e6))
    before = len(FIGURES.get("representation")(subject()).axes[1].collections)
    assert len(FIGURES.get("representation")(subject(**far)).axes[1].collections) < before


def test_a_finer_mesh_goes_through_the_corners():
    mesh = sphere(12)
    finer = _finer(mesh)
    assert np.allclose(finer[::3, ::3], mesh, atol=1e-9)
    assert np.abs(np.linalg.norm(finer, axis=-1) - 1).max() < 5e-3


def test_a_roll_is_looked_at_along_its_axis():
    along = _rolled_along({"manifold_0": roll()})
    assert np.abs(along[1]) == pytest.approx(1, abs=1e-9)
    assert _rolled_along({"manifold_0": sphere()}) is None
    flat = np.zeros((5, 5, 3))
    flat[..., :2] = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), axis=-1)
    assert _rolled_along({"manifold_0": flat}) is None


def test_the_box_holds_the_manifold_and_not_what_flies_away():
    around = box(arrays())
    assert around.holds(sphere()).all()
    assert not around.holds(np.array([5.0, 0, 0]))
    assert three(np.ones((4, 2))).tolist() == [[1, 1, 0]] * 4


def test_layers_without_parameters_join_the_one_before():
    told = np.array(
        [["Conv2d", "8×4×4", "80"], ["ReLU", "8×4×4", "0"], ["Flatten", "128", "0"], ["Linear", "2", "258"]]
    )
    assert blocks(told) == [Block("Conv2d + ReLU", "128", 80), Block("Linear", "2", 258)]
    assert Block("Conv2d", "8×4×4", 1).size == 128
    many = blocks(np.array([["Linear", "4", "20"]] * 30))
    assert [block.name for block in many].count("22 more") == 1
    assert sum(block.parameters for block in many) == 600
    assert [count(n) for n in (12, 1234, 12_345_678)] == ["12", "1.23k", "12.3M"]


def test_a_picture_is_found_by_the_names_of_its_cell(tmp_path):
    store = Store(tmp_path)
    cell = [make("fvu", 0.1), make("fvu", 0.2, latent_dim=3)]
    for number, record in enumerate(cell):
        store.write_cell(str(number) * 64, [record])
        store.write_picture(str(number) * 64, {"x": np.full((2, 3), number)})
    store.write_cell("9" * 64, [make("fvu", 0.7, submission="pca")])
    assert look(store, "mlp", "sphere").arrays["x"][0, 0] == 0
    found = look(store, "mlp", "sphere", 3)
    assert (found.latent_dim, found.arrays["x"][0, 0]) == (3, 1)
    assert found.values("fvu") == [0.2]
    assert found.values("fvu", "pca") == []
    assert look(store, "mlp", "sphere").values("fvu", "pca") == [0.7]
    with pytest.raises(UnknownName, match="did you mean mlp"):
        look(store, "mpl", "sphere")
    with pytest.raises(UsageError, match="pictures at k = 2, 3"):
        look(store, "mlp", "sphere", 5)
    with pytest.raises(UsageError, match="failed or was not run"):
        look(store, "pca", "sphere")


def test_a_torn_picture_is_told(tmp_path):
    store = Store(tmp_path)
    store.write_cell("0" * 64, [make("fvu", 0.1)])
    store.write_picture("0" * 64, {"x": np.ones((2, 3))})
    path = tmp_path / "pictures" / f"{'0' * 64}.npz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(AeevalError, match="arrays of a picture"):
        look(store, "mlp", "sphere")


def test_arrays_that_would_run_code_are_refused(tmp_path):
    store = Store(tmp_path)
    store.write_cell("0" * 64, [make("fvu", 0.1)])
    (tmp_path / "pictures").mkdir()
    np.savez(tmp_path / "pictures" / f"{'0' * 64}.npz", x=np.array([{"any": "object"}], dtype=object))
    with pytest.raises(AeevalError, match="arrays of a picture"):
        look(store, "mlp", "sphere")


def panels(without):
    left = {name: array for name, array in arrays().items() if not name.startswith(without)}
    figure = FIGURES.get("representation")(Subject("mlp", "sphere", 2, left, records()))
    return [axes.get_title() for axes in figure.axes if axes.name == "3d"]


def test_a_representation_shows_only_what_there_is():
    """A closed manifold has nothing beyond its support, and a constant model no samples."""
    assert len(panels("nothing")) == 3
    assert not any("beyond" in title for title in panels("beyond"))
    assert panels(("beyond", "samples")) == ["what it learned from the training rows"]
