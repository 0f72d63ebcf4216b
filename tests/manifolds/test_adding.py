"""A manifold is added in one file and one line: the one of CONTRIBUTING is, and every law holds for it."""

import math
import re
import sys
from pathlib import Path

import pytest
import torch

from aeeval.api import dataset
from aeeval.manifolds import MANIFOLDS
from aeeval.manifolds.densities import with_density
from aeeval.manifolds.make import make
from aeeval.report.manifold_card import manifold_card
from tests.manifolds import instances, laws

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"


def shown_file():
    blocks = re.findall(r"```python\n(.*?)```", CONTRIBUTING.read_text(encoding="utf-8"), re.DOTALL)
    (code,) = [block for block in blocks if "def half_pipe" in block]
    return code


def half_circle_chart(shape, u):
    t = math.pi * u[..., 0]
    circle = torch.stack([t.cos(), t.sin()], dim=-1)
    return torch.cat([shape.reach * circle, shape.width * u[..., 1:]], dim=-1)


def half_circle_share(shape, y):
    return torch.atan2(y[:, 1], y[:, 0]) / math.pi


@pytest.fixture(autouse=True)
def _half_pipe(tmp_path, monkeypatch):
    """The file and the line, in a module of its own."""
    (tmp_path / "half_pipe.py").write_text(shown_file(), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(MANIFOLDS, "_entries", {name: MANIFOLDS.target(name) for name in MANIFOLDS})
    MANIFOLDS.add("half-pipe", "half_pipe:half_pipe")
    row = instances.Row("half-pipe", {"ambient_dim": 5, "radius": 1.5}, "box", {"lo": 0.2, "hi": 0.6}, seed=3)
    monkeypatch.setitem(instances.TABLE, "half-pipe", row)
    monkeypatch.setitem(instances.KNOWLEDGE, "half-pipe", (half_circle_chart, half_circle_share))
    yield
    sys.modules.pop("half_pipe", None)


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("label", ["half-pipe", "half-pipe/float32"])
def test_law(label, law):
    law(instances.instance(label))


def test_it_is_a_data_set_with_a_card_and_densities():
    assert dataset("half-pipe").ambient_dim == 3
    card = manifold_card("half-pipe")
    assert card.startswith("A sheet bent along half a circle")
    assert "reach          1 (exact)" in card
    support = with_density(make("half-pipe").support("box"), "exponential")
    assert support.density == "exponential"


def test_the_closed_forms_of_its_card():
    made = make("half-pipe", radius=2.0, width=3.0)
    assert made.volume == pytest.approx(6 * math.pi, rel=1e-12)
    assert made.reach == 2
    assert made.embedding_dim == (2, 2)


def test_the_registry_is_as_it_was_without_it(monkeypatch):
    monkeypatch.undo()
    assert "half-pipe" not in MANIFOLDS


def test_a_half_pipe_with_a_wrong_reach_is_seen(monkeypatch):
    made = instances.instance("half-pipe")
    monkeypatch.setattr(made.manifold, "reach", 1.01 * made.manifold.reach)
    with pytest.raises(AssertionError):
        laws.reach_obeys_federer(made)


def test_the_bases_that_contributing_names_exist():
    text = CONTRIBUTING.read_text(encoding="utf-8").partition("## A manifold")[2].partition("\n## ")[0]
    folder = Path(sys.modules["aeeval.manifolds"].__file__).parent
    sources = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    rows = [line for line in text.splitlines() if line.startswith("| ") and "what is known" not in line]
    assert len(rows) >= 4
    for name in re.findall(r"`([A-Z]\w+)`", "".join(rows)):
        assert f"class {name}" in sources
    for file in re.findall(r"`(\w+\.py)`", "".join(rows)):
        assert (folder / file).is_file(), file
