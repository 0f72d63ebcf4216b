"""What the README and CONTRIBUTING show is true: their code runs, and the commands that they name exist."""

import gzip
import re
from pathlib import Path

import pytest
import torch

from aeeval.cli import SECTIONS
from aeeval.evidence import Evidence
from aeeval.metrics.base import Metric, metric
from aeeval.submissions.checks import examine
from aeeval.submissions.load import load
from tests.datasets import test_catalogue as datasets
from tests.metrics import test_cards as metrics

ROOT = Path(__file__).parents[1]
README, CONTRIBUTING, CHANGELOG = (
    (ROOT / f"{name}.md").read_text() for name in ("README", "CONTRIBUTING", "CHANGELOG")
)


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


@pytest.mark.parametrize("text", [README, CONTRIBUTING, CHANGELOG], ids=["README", "CONTRIBUTING", "CHANGELOG"])
def test_lines_but_those_of_tables_are_at_most_120_characters(text):
    assert [line for line in text.splitlines() if len(line) > 120 and not line.startswith("|")] == []


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


def test_the_baseline_of_contributing_passes_every_check(tmp_path):
    file = tmp_path / "median.py"
    file.write_text(block(CONTRIBUTING, "class Median"))
    assert [finding for finding in examine(str(file)) if finding.status in ("warn", "fail")] == []


def test_the_data_set_of_contributing_is_a_whole_file_with_a_whole_card():
    shown = executed(block(CONTRIBUTING, "def wine"))["wine"]
    assert shown().rows.shape == (178, 13)
    assert datasets.missing(shown.__doc__) == []


def test_the_metric_of_contributing_is_a_metric_with_a_whole_card():
    shown = executed(block(CONTRIBUTING, "def worst_row"), metric=metric, Evidence=Evidence)["worst_row"]
    assert isinstance(shown, Metric)
    assert shown.id == "worst_row"
    assert metrics.missing(shown.doc) == []


def test_the_sizes_of_what_is_bundled():
    text = (ROOT / "docs" / "report.md").read_text()
    rows = re.findall(r"^\| `([\w.]+)` \| ([\d,]+) \| ([\d,]+) \|", text, re.MULTILINE)
    assets = ROOT / "aeeval" / "report" / "assets"
    assert {name for name, *_ in rows} == {path.name for path in assets.glob("*.*s")}
    for name, *told in rows:
        content = (assets / name).read_bytes()
        size, packed = (int(number.replace(",", "")) for number in told)
        assert size == len(content), name
        assert packed == pytest.approx(len(gzip.compress(content)), rel=0.02), name  # another zlib packs otherwise
