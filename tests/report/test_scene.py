"""A picture as data for the browser: nothing is lost that a reader would see, and JSON can hold it."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from aeeval.report.scene import FAR, scene, unpacked
from tests.report.test_figures import arrays, sphere

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "aeeval" / "report" / "assets"
BUNDLES = sorted(file.stem for file in ASSETS.glob("*.js"))


def layers(**more):
    made = scene(arrays(**more), "mlp on sphere, k = 2")
    return {layer["id"]: layer for layer in json.loads(json.dumps(made, allow_nan=False))["layers"]}


def without(*names):
    return {name: array for name, array in arrays().items() if name not in names}


def test_every_layer_of_the_picture_is_there():
    known = {"truth", "learned", "x", "x_hat", "x_error", "beyond", "beyond_hat", "beyond_error"}
    assert set(layers()) == known | {"samples_prior", "samples_gmm10"}
    assert {name for name, layer in layers().items() if layer["on"]} == {"truth", "learned", "x", "x_hat", "x_error"}


@pytest.mark.parametrize(("name", "array"), [("truth", "manifold_0"), ("learned", "mesh"), ("beyond", "beyond")])
def test_coordinates_come_back_within_a_step_of_their_range(name, array):
    drawn = arrays()
    wanted, found = drawn[array], unpacked(layers(**drawn)[name]["parts"][0]["at"])
    assert np.abs(found - wanted).max() <= np.ptp(wanted) / 65535


def test_numbers_of_points_come_back():
    part = layers()["beyond_hat"]["parts"][0]
    for name in ("error", "distance"):
        assert np.allclose(unpacked(part[name]), arrays()[f"beyond_{name}"], rtol=1e-6)
    assert unpacked(layers()["x"]["parts"][0]["distance"]).max() == 0


def test_the_surface_is_as_opaque_as_codes_hold_it():
    part, held = layers()["learned"]["parts"][0], arrays()["mesh_trust"]
    assert np.abs(unpacked(part["held"]) - held).max() <= 0.5 / 255
    assert np.all(unpacked(part["opacity"]) <= unpacked(part["held"]) + 1e-9)
    assert unpacked(part["opacity"])[5, 5] == pytest.approx(held[5, 5], abs=0.01)  # in the middle of the picture


def test_a_surface_that_leaves_the_picture_fades_and_stays_near():
    """Also where it is held: a sheet that ends at a frame would look as if it had an edge."""
    far = 50 * arrays()["mesh"]
    part = layers(mesh=far, mesh_trust=np.ones((12, 12)))["learned"]["parts"][0]
    outside = np.abs(far).max(axis=-1) > 5
    assert unpacked(part["opacity"])[outside].max() == 0
    assert np.abs(unpacked(part["at"])).max() <= 1.15 * FAR + 1e-6


def test_answers_at_infinity_are_kept_out_of_the_numbers():
    x_hat, error = arrays()["x_hat"].copy(), arrays()["error"].copy()
    x_hat[0], x_hat[1], error[0], error[1] = np.nan, np.inf, np.nan, np.inf
    made = layers(x_hat=x_hat, error=error)
    assert np.isfinite(unpacked(made["x_hat"]["parts"][0]["at"])).all()


def test_the_places_where_all_is_known_stand_alone():
    real = {name: array for name, array in arrays().items() if not name.startswith(("manifold", "beyond"))}
    made = scene(real)
    assert [layer["id"] for layer in made["layers"]][:2] == ["learned", "x"]
    assert "distance" not in made["layers"][1]["parts"][0]
    assert "surface" not in scene(without("mesh"))["text"].split("no learned")[0].replace("true", "")


def test_a_plane_is_looked_at_from_above():
    flat = {name: array[..., :2] if array.shape[-1:] == (3,) else array for name, array in arrays().items()}
    circle = np.stack([np.cos(t := np.linspace(0, 6.28, 50)), np.sin(t)], axis=1)
    made = scene({**flat, "manifold_0": circle, "manifold_0_distance": t, "mesh": circle, "mesh_trust": t / 7})
    assert made["eye"] == [-90.0, 90.0]
    assert {part["kind"] for layer in made["layers"][:2] for part in layer["parts"]} == {"curve"}


def test_the_words_tell_the_numbers():
    text = scene(arrays())["text"]
    assert "60 training rows and their reconstructions are 0.1 (median" in text
    assert "up to 1 from it, are reconstructed 0.2 (median" in text
    assert "a mixture" not in text
    assert "mixture of ten" in text
    assert "80% of the variance" in scene(arrays())["note"]


def test_the_largest_scene_is_small():
    rows = np.ones((300, 3))
    many = {f"samples_{name}": rows for name in ("native", "prior", "gauss", "gmm10")}
    beyond = {"beyond": rows, "beyond_hat": rows, "beyond_distance": rows[:, 0], "beyond_error": rows[:, 0]}
    grid = {"mesh": sphere(40), "mesh_trust": np.ones((40, 40)), "manifold_0": sphere(40)}
    made = scene({**arrays(x=rows, x_hat=rows, error=rows[:, 0], truth=rows), **many, **beyond, **grid})
    made["layers"][0]["parts"][0]["distance"] = made["layers"][1]["parts"][0]["held"]
    assert 60_000 < len(json.dumps(made)) < 100_000


def digest(bundle):
    sources = sorted((ROOT / "web" / bundle).iterdir(), key=lambda file: file.name)
    files = [*sources, ROOT / "web" / "build.mjs", ROOT / "web" / "package-lock.json"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_bundle_belongs_to_its_sources(bundle):
    """`scripts/assets` makes it anew; nobody edits what it makes."""
    assert f"of sources {digest(bundle)}." in (ASSETS / f"{bundle}.js").read_text(encoding="utf-8")[:400]


@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_bundle_needs_no_network_and_is_no_module(bundle):
    text = (ASSETS / f"{bundle}.js").read_text(encoding="utf-8").partition("*/")[2]
    for word in ("fetch(", "XMLHttpRequest", "import(", "export{", "export default", "//cdn", "WebSocket"):
        assert word not in text
    assert len(text) < 120_000
