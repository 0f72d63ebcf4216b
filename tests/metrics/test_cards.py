"""`aeeval show metric NAME` answers, for every metric, what a sceptical reader asks first."""

import re

import pytest
from click.testing import CliRunner

from aeeval.cli.lookup import show_command
from aeeval.metrics import METRICS
from aeeval.metrics.base import NEEDS

FORMULA = re.compile(r"[=#Σ‖|⟨√₁₅²½−/×]|RMS|P\(")
FACTS = ("capability", "unit", "range", "better", "ideal", "needs", "effect", "version")


def missing(doc):
    """What the docstring of a metric does not say."""
    asked = {
        "one sentence first": doc.partition("\n")[0].endswith("."),
        "a formula": FORMULA.search(doc),
        'what a model without fault reads, or "Null: none"': re.search(r"\bnull\b", doc, re.IGNORECASE),
        'where it is from, or "Source: ours"': re.search(r"\bSource:\s", doc),
    }
    return [what for what, said in asked.items() if not said]


@pytest.mark.parametrize("name", METRICS)
def test_a_card_has_its_definition_formula_null_and_source(name):
    assert missing(METRICS.get(name).doc) == []


@pytest.mark.parametrize("name", METRICS)
def test_a_card_is_shown_with_its_facts(name):
    shown = CliRunner().invoke(show_command, ["metric", name])
    assert shown.exit_code == 0
    for fact in FACTS:
        assert re.search(rf"^{fact} +\S", shown.output, re.MULTILINE), fact
    metric = METRICS.get(name)
    assert metric.range.strip()
    assert set(metric.needs) <= set(NEEDS)
    assert metric.better != "target" or metric.ideal is not None or "ideal" in metric.doc
