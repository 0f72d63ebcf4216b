"""Cards against what the manifold itself answers."""

import pytest

from aeeval.manifolds.make import make
from aeeval.report import manifold_card as card


def test_a_card_is_complete():
    rows = card.card_rows("sphere")
    assert rows["parameters"] == "dim=2, ambient_dim=None, radius=1.0"
    assert [rows[key] for key in ("dim d", "ambient_dim D", "span_dim", "embedding_dim")] == ["2", "3", "3", "3"]
    assert rows["topology"] == "sphere, no boundary"
    assert rows["reach"] == "1 (exact)"
    assert rows["volume"] == "12.5664"
    assert rows["absent"] == "nothing"
    assert rows["support cap"] == (
        "(angle=1.0) embedding_dim 2, scale 0.637861, volume 2.88837, farthest 2.14159, "
        "drawn by uniform | exponential | vmf | gap"
    )
    assert rows["source"].startswith("M. E. Muller")
    for oracle in card.ORACLES:
        assert oracle in rows["oracles"]


def test_the_printed_card_has_the_text_once_and_every_row():
    printed = card.manifold_card("graph")
    rows = card.card_rows("graph")
    assert printed.startswith("A wavy graph over a cube")
    assert printed.count("theorem 4.18") == 1
    for key, value in rows.items():
        assert f"{key} " in printed
        assert value in printed
    assert rows["reach"].endswith("(certified lower bound)")


@pytest.mark.parametrize(
    ("name", "dims", "volume"),
    [
        ("lollipop", "1 and 2", "3.14159 (of dim 2)"),
        ("line-disc-ball", "1, 2 and 3", "4.18879 (of dim 3)"),
        ("disjoint-spheres", "2", "25.1327"),
    ],
)
def test_a_union_shows_all_its_dimensions_and_which_one_its_volume_is_of(name, dims, volume):
    """π of the disc, 4π/3 of the ball, 2 · 4π of the spheres."""
    rows = card.card_rows(name)
    assert (rows["dim d"], rows["volume"]) == (dims, volume)


def test_what_is_absent_comes_with_its_reason():
    made = make("sphere", dim=3)
    assert card.refusals(made) == {"mesh": "a sphere of dim 3 has no mesh: only d <= 2 is drawn"}
    assert "mesh" not in card.facts(made)["oracles"]
    assert card.facts(made)["no mesh"] == "a sphere of dim 3 has no mesh: only d <= 2 is drawn"
    declared = make("graph", dim=6, ambient_dim=12)
    assert card.facts(declared)["no exact volume"].startswith("known to a relative error of")
    assert "absent" not in card.facts(declared)


@pytest.mark.parametrize(
    ("name", "support", "expected"),
    [
        ("sphere", "cap", ["uniform", "exponential", "vmf", "gap"]),
        ("plane", "box", ["uniform", "exponential", "gap"]),
        ("graph", "box", ["uniform", "exponential"]),
        ("gaussian-ball", "ball", ["gaussian"]),
    ],
)
def test_the_densities_of_a_support(name, support, expected):
    assert card.densities(make(name).support(support)) == expected


def test_a_union_shows_all_of_its_dimensions():
    assert card.dims(make("line-disc-ball")) == "1, 2 and 3"
    facts = card.facts(make("line-disc-ball"))
    assert facts["density"].endswith("on each component, drawn by its weight")
    assert "tangent" not in facts["oracles"]
    assert "no tangent" in facts


def test_numbers_read_as_what_they_are():
    assert card.interval((2, 2)) == "2"
    assert card.interval((3, 5)) == "3 to 5"
    assert card.volume(make("sphere", dim=1000)).startswith("exp(-")
    assert card.split_source("One.\n\nMore. Source: A, 1999;\n  B.") == ("One.\n\nMore.", "A, 1999; B.")
    assert card.split_source("One.") == ("One.", "none given")
