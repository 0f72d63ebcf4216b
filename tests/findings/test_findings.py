"""Findings: verdicts, small studies that can fail, and a page that says what its numbers say."""

import math

import pandas as pd
import pytest
import torch

from aeeval.runner import one_thread
from tests.findings import dimension, laws, roundtrips
from tests.findings.measure import rank_of_codes
from tests.findings.page import MARKS, page, table
from tests.findings.record import FAILS, HOLDS, OPEN, Claim, Finding, Size
from tests.findings.studies import FINDINGS
from tests.study import DOCS


@pytest.mark.parametrize(
    ("values", "within", "says"),
    [
        ((1.0, 1.1, 0.9), None, HOLDS),
        ((-1.0, -1.1, -0.9), None, FAILS),
        ((1.0, -1.0, 0.5), None, OPEN),
        ((1.0,), None, OPEN),
        ((0.0, 0.0, 0.0), None, OPEN),  # equal is not above
        ((0.1, -0.1, 0.0), 0.5, HOLDS),
        ((0.9, 1.1, 1.0), 0.5, FAILS),
        ((-0.9, -1.1, -1.0), 0.5, FAILS),
        ((0.4, 0.6, 0.5), 0.5, OPEN),
    ],
)
def test_verdicts(values, within, says):
    claim = Claim("it is so", lambda numbers: numbers["x"], within)
    assert claim.verdict([{"x": value} for value in values]) == says


def settled(finding: Finding, size: Size) -> dict[str, str]:
    """The verdicts of a small version of a study."""
    with one_thread():
        seeds = finding.measure(size)
    return {claim.words: claim.verdict(seeds) for claim in finding.claims if _answers(claim, seeds)}


def _answers(claim: Claim, seeds) -> bool:
    try:
        return math.isfinite(claim.value(seeds[0]))
    except KeyError:
        return False


def test_the_roll_in_small(monkeypatch):
    monkeypatch.setattr(roundtrips, "AUTOENCODERS", ("mlp",))
    found = settled(roundtrips.ROLL, Size(3, 500, 300))
    assert found["mlp beats PCA inside: log ratio of fvu"] == HOLDS
    assert found["mlp loses to PCA in the farthest bin: log ratio of the error"] == HOLDS


def test_a_mixture_beats_the_prior_in_small(monkeypatch):
    monkeypatch.setattr(laws, "GENERATIVE", ("mlp",))
    found = settled(laws.SAMPLERS, Size(3, 200, 300))
    assert found["mlp: the mixture's samples are nearer than the prior's"] == HOLDS


def test_the_codes_of_an_autoencoder_have_more_dimensions_than_a_curve_in_small(monkeypatch):
    """That the VAE keeps one axis of a line is in tests/baselines; it takes more steps than there are here."""
    monkeypatch.setattr(dimension, "DIMS", (1,))
    monkeypatch.setattr(dimension, "WIDE", 5)
    with one_thread():
        seeds = dimension.active(Size(2, 250, 300))
    assert all(2 <= numbers["mlp d=1"] <= 5 for numbers in seeds)
    assert all(1 <= numbers["vae d=1"] <= 5 for numbers in seeds)


def test_the_divergence_of_densities_is_none_for_similar_codes(generator):
    """Distances are divided by the largest: a scaled copy has the same densities, another cloud has others."""
    rows = torch.randn(200, 5, generator=generator, dtype=torch.float64)
    assert laws.density_divergence(rows, 3 * rows + 1, 0.1) == pytest.approx(0, abs=1e-12)
    assert laws.density_divergence(rows, rows[:, :1] ** 3, 0.1) > 0.01


def test_rank_counts_singular_values_above_a_share(generator):
    codes = torch.randn(500, 4, generator=generator, dtype=torch.float64) * torch.tensor([1.0, 0.5, 0.02, 0.001])
    assert rank_of_codes(codes + 7) == 3


def test_the_page_says_what_the_numbers_say():
    numbers = [{"a": 1.0}, {"a": 1.2}, {"a": 1.1}]
    claims = (Claim("a is positive", lambda n: n["a"]), Claim("a is negative", lambda n: -n["a"]))
    size = Size(3, 1, 1)
    finding = Finding("x", "Title", "Someone 2020", "some data", lambda size: numbers, claims, size, size)
    text = page([(finding, numbers, 1.0)], "Made by nobody.")
    assert "2 claims: 1 holds; 1 does not hold; 0 inconclusive." in text
    assert "What does not hold:\n\n- Title: a is negative.\n" in text
    assert "| a is positive | +1.1 | [+0.852, +1.35] | holds |" in text
    assert "| a | 1.1 | 0.1 |" in text


def test_the_committed_page_is_that_of_the_committed_table():
    committed = pd.read_csv(DOCS / "findings.csv")
    text = (DOCS / "findings.md").read_text(encoding="utf-8")
    there = [finding for finding in FINDINGS if finding.name in set(committed["finding"])]
    assert len(there) >= 3
    assert list(committed["claim"]) == [claim.words for finding in there for claim in finding.claims]
    for finding in FINDINGS:
        assert (f"`python -m tests.findings {finding.name}`" in text) == (finding not in there)
    assert (committed["seeds"] >= 5).all()
    for line in committed.itertuples():
        (row,) = [row for row in text.splitlines() if row.startswith(f"| {line.claim} |")]
        assert row.endswith(f"| {MARKS[line.verdict]} |")


@pytest.mark.slow
@pytest.mark.parametrize("finding", FINDINGS, ids=lambda finding: finding.name)
def test_every_claim_has_an_interval(finding):
    with one_thread():
        seeds = finding.measure(finding.small)
    found = table([(finding, seeds, 0.0)])
    assert found["mean"].notna().all()
    assert set(found["verdict"]) <= {HOLDS, FAILS, OPEN}
