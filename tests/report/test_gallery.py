"""The gallery: made twice it is the same, and the committed page shows exactly what is registered."""

import re
from pathlib import Path

import pytest

from aeeval.manifolds import MANIFOLDS
from aeeval.registry import Registry
from aeeval.report import gallery

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "manifolds.md"
MOST_BYTES = 3_000_000
WAY_OUT = "make it again: python3 -m aeeval draw manifold --all --out docs/manifolds"


def test_the_page_lists_exactly_the_registered_manifolds():
    text = PAGE.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == list(MANIFOLDS), WAY_OUT
    assert re.findall(r"^\| \[(.+?)\]\(#", text, re.MULTILINE) == list(MANIFOLDS), WAY_OUT


def test_every_manifold_has_its_picture_and_there_is_no_other():
    assert {path.name for path in (DOCS / "manifolds").iterdir()} == {f"{name}.png" for name in MANIFOLDS}, WAY_OUT
    shown = re.findall(r"!\[.*?\]\((.+?)\)", PAGE.read_text(encoding="utf-8"))
    assert shown == [f"manifolds/{name}.png" for name in MANIFOLDS]
    assert sum(path.stat().st_size for path in (DOCS / "manifolds").iterdir()) < MOST_BYTES


@pytest.mark.parametrize("name", ["plane", "sphere", "swiss-roll"])
def test_the_page_says_what_the_manifolds_answer_now(name):
    assert gallery.section(name, "manifolds") in PAGE.read_text(encoding="utf-8"), WAY_OUT


def test_made_twice_it_is_the_same(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    few = Registry("manifold", {name: MANIFOLDS.target(name) for name in ("plane", "sphere")})
    monkeypatch.setattr(gallery, "MANIFOLDS", few)
    written = [list(gallery.write_gallery(tmp_path / turn / "pictures")) for turn in ("a", "b")]
    assert [path.name for path in written[0]] == ["plane.png", "sphere.png", "pictures.md"]
    for first, second in zip(*written, strict=True):
        assert first.read_bytes() == second.read_bytes()
    text = written[0][-1].read_text(encoding="utf-8")
    assert "2 manifolds with exact answers" in text
    assert "![plane](pictures/plane.png)" in text
    assert "| [sphere](#sphere) | 2 | 3 | 3 | sphere | 1 | 12.5664 | all, cap |" in text
