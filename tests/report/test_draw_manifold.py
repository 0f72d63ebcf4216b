"""Pictures: what is written on them, their colours, the same bytes each time, and what cannot be drawn."""

import sys

import numpy as np
import pytest

from aeeval.errors import UsageError
from aeeval.manifolds.make import make
from aeeval.report import draw_manifold as drawing

pytest.importorskip("matplotlib")


def figure(name, support, **params):
    made = make(name, **params)
    return drawing.draw_manifold(made, made.support(support))


@pytest.mark.parametrize(
    ("name", "support", "params", "title", "artists"),
    [
        ("sphere", "cap", {"ambient_dim": 20}, "sphere: d = 2, D = 20, reach 1", "Poly3DCollection"),
        ("sphere", "cap", {"dim": 1}, "sphere: d = 1, D = 2, reach 1", "LineCollection"),
        ("sphere", "cap", {"dim": 3}, "principal 3 of 4 axes", "Path3DCollection"),
        ("plane", "box", {}, "plane: d = 2, D = 3, reach inf", "QuadMesh"),
        ("lollipop", "gap", {}, "lollipop: d = 1 and 2, D = 2", "LineCollection"),
        ("nested-spheres", "cap", {}, "nested-spheres: d = 2", "Poly3DCollection"),
        ("graph", "box", {}, "reach ≥ 0.3568\nprincipal 3 of 6 axes", "Poly3DCollection"),
    ],
)
def test_a_picture_says_what_it_shows(name, support, params, title, artists):
    made = figure(name, support, **params)
    axes, bar = made.axes
    assert title in axes.get_title()
    assert artists in {type(artist).__name__ for artist in axes.collections}
    assert bar.get_ylabel() == "distance to the support, along the manifold"
    assert [text.get_text() for text in made.legends[0].get_texts()] == [f"support {support!r}"]


def test_where_distances_are_known_between_bounds_it_says_so():
    _, bar = figure("warped-sphere", "cap").axes
    assert bar.get_ylabel() == "least distance to the support, along the manifold"
    assert "d = 1 and 2" in figure("lollipop", "gap").axes[0].get_title()


def test_nothing_beyond_the_whole_needs_no_scale():
    assert len(figure("sphere", "all").axes) == 1


def test_bands_have_equal_widths_and_the_support_its_own_colour():
    colours = drawing._Colours(6.0)
    seen = colours.of(np.array([0.0, 0.01, 0.99, 1.0, 1.01, 5.99, 6.0]))
    assert tuple(seen[0]) == drawing.SUPPORT_COLOUR
    expected = [colours.bands[band] for band in (0, 0, 0, 1, 5, 5)]
    assert [tuple(row) for row in seen[1:]] == expected
    assert len(set(colours.bands) | {drawing.SUPPORT_COLOUR}) == drawing.BANDS + 1


def test_light_falls_alike_on_both_sides_of_a_surface():
    made = make("sphere")
    seen = drawing.scene(made, made.support("cap"))
    points = seen.pieces[0].points
    light, other = drawing._light(points, seen), drawing._light(points[::-1].copy(), seen)[::-1]
    np.testing.assert_allclose(light, other, rtol=1e-12)
    assert light.min() >= drawing.DIM
    assert light.max() <= 1 + 1e-12
    assert light.min() < drawing.DIM + 0.05  # where the sphere turns away from the lamp
    assert light.max() > 0.99


@pytest.mark.parametrize("suffix", drawing.FORMATS)
def test_the_same_bytes_each_time(tmp_path, suffix):
    first, second = (drawing.save(figure("sphere", "cap", dim=1), tmp_path / f"{i}{suffix}") for i in range(2))
    assert first.read_bytes() == second.read_bytes()
    other = drawing.save(figure("sphere", "cap", dim=1, radius=3.0), tmp_path / f"other{suffix}")
    assert other.read_bytes() != first.read_bytes()


def test_what_cannot_be_written_or_drawn_says_the_way_out(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match=r"a file that ends with \.png or \.svg or \.pdf; got plane\.gif; rename it"):
        drawing.save(figure("plane", "box"), tmp_path / "plane.gif")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UsageError, match=r'no such package; install it: pip install "aeeval\[report\]"'):
        figure("plane", "box")


def test_the_support_that_is_shown_leaves_something_out():
    assert drawing.proper_support(make("sphere")) == "cap"
    assert drawing.proper_support(make("plane")) == "box"
