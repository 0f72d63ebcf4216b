"""Pictures in packs: short, and what is drawn from them is what would be drawn from the long ones."""

import json

import numpy as np
import pytest

from aeeval.errors import StoreError
from aeeval.results.merge import merge
from aeeval.results.pack import pack
from aeeval.results.packed import MANIFEST, read_packed, write_packed
from aeeval.results.pictures import pictures_in
from aeeval.results.short import IMAGES, ROWS, STEPS, lengthen, shorten, to_bytes
from aeeval.store import Store
from tests.report.conftest import make

RNG = np.random.default_rng(0)


def sheet(count):
    u, v = np.meshgrid(np.linspace(0, 3, count), np.linspace(0, 6, count), indexing="ij")
    return np.stack([np.cos(u) * v, np.sin(u) * v, v], axis=-1).astype(np.float32)


def long():
    """As many numbers as a run keeps: nothing in them repeats, so they are as long as they get."""
    rows = RNG.normal(size=(300, 3)).astype(np.float32)
    ticks = [np.linspace(-2, 3, 40), np.linspace(-1, 1, 40)]
    grid = np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1).astype(np.float32)
    named = {
        f"{kind}_{name}": rows[:, : 3 if kind == "samples" else 2] for kind in ("samples", "codes") for name in "abc"
    }
    return {
        **{name: RNG.normal(size=(300, 3)).astype(np.float32) for name in ("x", "x_hat", "truth", "beyond")},
        **named,
        "error": np.geomspace(1e-9, 10, 300).astype(np.float32),
        "mesh": sheet(40) + RNG.normal(size=(40, 40, 3), scale=0.05).astype(np.float32),
        "mesh_codes": grid,
        "mesh_trust": np.exp(-(grid**2).sum(axis=-1)),
        "manifold_0": sheet(40),
        "manifold_0_distance": sheet(40)[..., 2],
        "manifold_1": sheet(40).reshape(-1, 3)[:200],
        "beyond_distance": np.linspace(0, 1, 300).astype(np.float32),
        "dim": np.array(2),
        "embedding_dim": np.array(2),
        "encoder_layers": np.array([["Linear", "128", "2688"]]),
    }


def images():
    walk_at = np.linspace(-4, 4, 11)
    return {
        **{name: RNG.integers(0, 256, (16, 1, 28, 28), dtype=np.uint8) for name in ("image", "image_hat")},
        "walk": RNG.integers(0, 256, (2, 11, 1, 28, 28), dtype=np.uint8),
        "walk_at": walk_at,
        "walk_trust": np.exp(-(np.stack([walk_at, walk_at]) ** 2)),
    }


def test_a_short_picture_is_short():
    assert len(to_bytes(shorten(long()))) < 30_000
    assert len(to_bytes(shorten({**long(), **images()}))) < 30_000 + IMAGES + 2 * 784  # at least three of each


def test_what_is_drawn_differs_by_less_than_a_pixel():
    before = long()
    kept = lengthen(shorten(before))
    for name in ("mesh", "mesh_codes", "manifold_1"):
        assert kept[name].dtype == np.float32
        assert np.abs(kept[name] - before[name]).max() <= np.ptp(before[name]) / STEPS
    assert np.abs(kept["mesh_trust"] - before["mesh_trust"]).max() <= 0.5 / 128
    assert np.abs(kept["x"] - before["x"][:ROWS]).max() <= np.abs(before["x"]).max() / STEPS
    assert np.array_equal(kept["error"], before["error"][:ROWS])  # over ten decades


def test_a_curve_stays_a_curve():
    ticks = np.linspace(-1, 1, 160, dtype=np.float32)
    kept = lengthen(shorten({"mesh": sheet(160)[0], "mesh_codes": ticks[:, None]}))
    assert (kept["mesh"].shape, kept["mesh_codes"].shape) == ((160, 3), (160, 1))
    assert np.abs(kept["mesh_codes"][:, 0] - ticks).max() <= 1 / STEPS


def test_the_truth_keeps_its_rim_and_distances_stay_with_their_places():
    kept = lengthen(shorten(long()))
    places, distance = kept["manifold_0"], kept["manifold_0_distance"]
    assert np.allclose(places[[0, -1]][:, [0, -1]], sheet(40)[[0, -1]][:, [0, -1]], atol=0.01)
    assert np.abs(distance - places[..., 2]).max() <= 0.02


def test_points_beyond_the_support_still_go_from_near_to_far():
    kept = lengthen(shorten(long()))
    assert len(kept["beyond"]) == len(kept["beyond_distance"]) == ROWS
    assert kept["beyond_distance"][[0, -1]] == pytest.approx([0, 1], abs=1e-3)


def test_walks_keep_their_ends_and_their_middle():
    kept = lengthen(shorten(images()))
    assert kept["walk_at"][[0, -1]].tolist() == [-4, 4]
    assert kept["walk_at"][len(kept["walk_at"]) // 2] == 0
    assert kept["walk"].shape[1] == kept["walk_trust"].shape[1] == len(kept["walk_at"])


def test_what_is_not_finite_or_huge_comes_back_as_that():
    rows = np.array([[np.nan, np.inf, 1.0], [1e20, 2.0, 0.0]], np.float32)
    kept = lengthen(shorten({"x_hat": rows}))["x_hat"]
    assert np.isnan(kept[0, 0])
    assert np.isinf(kept[0, 1])
    assert kept[1, 0] == pytest.approx(1e20, rel=1e-3)


@pytest.fixture
def run(tmp_path):
    """A results folder with one submission on two tasks, at k = 2 and 3 on the first."""
    store = Store(tmp_path / "run")
    for number, (task, k, seed) in enumerate([("cap", 3, 0), ("cap", 2, 0), ("cap", 2, 1), ("roll", 2, 0)]):
        key = str(number) * 64
        store.write_cell(key, [make("fvu", 0.1 * number, task=task, latent_dim=k, seed=seed)])
        if seed == 0:
            store.write_picture(key, {**long(), "spectra": np.full(k, float(number))})
    return store


def shown(folder):
    return {
        (picture.record.task, picture.record.latent_dim): float(picture.read()["spectra"][0])
        for picture in pictures_in(folder)
    }


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ("none", {}),
        ("one", {("cap", 2): 1.0, ("roll", 2): 3.0}),
        ("all", {("cap", 2): 1, ("cap", 3): 0, ("roll", 2): 3}),
    ],
)
def test_pictures_come_back_from_packs(run, tmp_path, which, expected):
    pack(run.root, tmp_path / "results", pictures=which)
    assert shown(tmp_path / "results") == expected
    assert shown(run.root) == {("cap", 3): 0, ("cap", 2): 1, ("roll", 2): 3}


def test_the_same_run_gives_the_same_bytes(run, tmp_path):
    (first,) = pack(run.root, tmp_path / "a", pictures="all", compress=True)
    (second,) = pack(run.root, tmp_path / "b", pictures="all", compress=True)
    assert {f.name: f.read_bytes() for f in first.iterdir()} == {f.name: f.read_bytes() for f in second.iterdir()}


def test_a_pack_without_pictures_does_not_speak_of_them(run, tmp_path):
    (folder,) = pack(run.root, tmp_path / "results")
    assert "pictures" not in json.loads((folder / MANIFEST).read_text())


def test_a_pack_with_pictures_is_whole_only_with_them(run, tmp_path):
    (folder,) = pack(run.root, tmp_path / "results", pictures="one")
    assert len(read_packed(folder).records) == 4
    (folder / "cap.k2.npz").unlink()
    with pytest.raises(StoreError, match=r"a difference in cap\.k2\.npz"):
        read_packed(folder)


def test_a_picture_that_was_changed_or_runs_code_is_refused(run, tmp_path):
    (folder,) = pack(run.root, tmp_path / "results", pictures="one")
    (folder / "cap.k2.npz").write_bytes((folder / "roll.k2.npz").read_bytes())
    with pytest.raises(StoreError, match="another sha256"):
        shown(folder)
    code = tmp_path / "code.npz"
    np.savez(code, x=np.array([{"any": "object"}], dtype=object))
    record = make("fvu", 0.1)
    write_packed(folder, [record], {}, [(record, code.read_bytes())])
    with pytest.raises(StoreError, match="arrays of a picture"):
        shown(folder)


def test_packs_merged_into_a_folder_bring_their_pictures(run, tmp_path):
    pack(run.root, tmp_path / "results", pictures="one")
    merge([tmp_path / "results"], tmp_path / "all")
    assert shown(tmp_path / "all") == {("cap", 2): 1, ("roll", 2): 3}


def test_what_a_run_kept_wins_over_what_a_pack_has_of_it(run, tmp_path):
    pack(run.root, tmp_path / "results", pictures="one")
    merge([tmp_path / "results", run.root], tmp_path / "all")
    rows = {len(picture.read()["x"]) for picture in pictures_in(tmp_path / "all")}
    assert rows == {300}
