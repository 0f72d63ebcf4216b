"""What the README and CONTRIBUTING show is true: their code runs, and the commands that they name exist."""

import hashlib
import re
from pathlib import Path

import pytest
import torch

from aeeval.cli import SECTIONS
from aeeval.datasets.base import Source
from aeeval.evidence import Evidence
from aeeval.metrics.base import Metric, metric
from aeeval.submissions.load import load

ROOT = Path(__file__).parents[1]
README, CONTRIBUTING = ((ROOT / name).read_text() for name in ("README.md", "CONTRIBUTING.md"))


def block(text: str, marker: str) -> str:
    """The one Python block of a document that contains a marker."""
    (found,) = [code for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if marker in code]
    return found


def executed(code: str, **names: object) -> dict[str, object]:
    exec(compile(code, "document", "exec"), names)
    return names


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_commands_that_are_named_exist(text):
    named = set(re.findall(r"(?:^|`)aeeval ([a-z]+)", text, re.MULTILINE))
    assert named
    assert named <= {verb for verbs in SECTIONS.values() for verb in verbs}


def test_files_that_are_named_exist():
    named = re.findall(r"(?:scripts|tests|aeeval|baselines|suites)/[\w/]+\.(?:py|toml)", README + CONTRIBUTING)
    shown_as_new = {"baselines/median.py"}
    assert [name for name in named if name not in shown_as_new and not (ROOT / name).is_file()] == []


@pytest.mark.parametrize(("text", "marker"), [(README, "class MyAutoencoder"), (CONTRIBUTING, "class Median")])
def test_submissions_keep_the_contract(tmp_path, text, marker):
    file = tmp_path / "shown.py"
    file.write_text(block(text, marker))
    model = load(str(file)).build(shape=(5,), latent_dim=2, seed=0)
    rows = torch.arange(20.0).reshape(4, 5)
    if hasattr(model, "fit"):
        model.fit(rows, rows)
    assert model.encode(rows).shape == (4, 2)
    assert model.decode(model.encode(rows)).shape == (4, 5)


def test_the_manifold_of_the_readme_answers():
    distance = executed(block(README, "aeeval.manifold"))["distance"]
    assert torch.allclose(distance, torch.full((1000,), 0.1, dtype=torch.float64), rtol=0, atol=1e-12)


def test_the_data_set_of_contributing_is_a_source():
    source = executed(block(CONTRIBUTING, "def wine"), Source=Source, torch=torch, hashlib=hashlib)["wine"]()
    assert source.rows.shape == (178, 13)


def test_the_metric_of_contributing_is_a_metric():
    shown = executed(block(CONTRIBUTING, "def worst_row"), metric=metric, Evidence=Evidence, torch=torch)["worst_row"]
    assert isinstance(shown, Metric)
    assert shown.id == "worst_row"
    assert shown.doc.startswith("The largest error")
