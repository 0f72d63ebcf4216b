"""Every metric keeps what it claims when data and model are put in other words, and a metric that does not is caught.

The claims stand in `claims.py`, one line a metric and change; the changes in `scenes.py`.
"""

from collections.abc import Iterator
from functools import cache

import pytest
import torch

from aeeval.errors import Skipped
from aeeval.evidence import Evidence, rms_rows
from aeeval.metrics import METRICS, all_metrics
from aeeval.metrics.base import Metric, Value, metric
from aeeval.numerics import batches
from aeeval.numerics.secants import secants
from tests.properties import scenes
from tests.properties.claims import CLAIMS, Other, complaints, vacuous

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import given, settings  # noqa: E402  only where it is installed
from hypothesis import strategies as st  # noqa: E402

ALL = [one for one in all_metrics() if one.capability != "throughput"]
every = pytest.mark.parametrize("measure", ALL, ids=lambda one: one.id)
# few values: each is a scene to be measured, and all metrics of a change share what they measure of it
some, one_of = settings(max_examples=2), settings(max_examples=1)
SEEDS, FACTORS = st.sampled_from([0, 2]), st.sampled_from([0.01, 25.4])
SHIFT = 30.0  # scales
BATCH = 97

plain = cache(scenes.plain)
shuffled = cache(scenes.shuffled)
renamed = cache(scenes.renamed)


@cache
def turned(name: str, seed: int) -> Evidence:
    data = scenes.dataset(name)
    return scenes.after(name, scenes.random_motion(data.ambient_dim, seed, SHIFT * data.scale))


@cache
def rescaled(name: str, factor: float) -> Evidence:
    return scenes.after(name, scenes.in_units(scenes.dataset(name).ambient_dim, factor))


@cache
def single(name: str) -> Evidence:
    return scenes.plain(name, torch.float32)


@cache
def in_batches(name: str) -> Evidence:
    return scenes.plain(name)


def numbers(measure: Metric, evidence: Evidence) -> list[Value]:
    try:
        return measure(evidence)
    except Skipped as skip:
        return [Value.skipped(str(skip))]


def faults(change: str, measure: Metric, after, size: float = 1.0) -> list[str]:
    """The complaints on all scenes, `after` what makes one of its name."""
    found, idle = [], []
    for name in scenes.SPECS:
        old, new = numbers(measure, plain(name)), numbers(measure, after(name))
        wrong = list(complaints(change, measure.id, old, new, size))
        found += [f"{name}: {one}" for one in wrong]
        if not wrong and any(value.value is not None for value in old):
            idle.append(vacuous(change, measure.id, old, new))
    if idle and all(idle):
        found.append(f"{measure.id} claims to be another number after {change}, and never is")
    return found


@every
@given(seed=SEEDS)
@some
def test_rigid_motion(measure, seed):
    assert faults("motion", measure, lambda name: turned(name, seed)) == []


@every
@given(factor=FACTORS)
@some
def test_units(measure, factor):
    assert faults("units", measure, lambda name: rescaled(name, factor), factor) == []


@every
@given(seed=SEEDS)
@one_of
def test_order_of_rows(measure, seed):
    assert faults("order", measure, lambda name: shuffled(name, seed)) == []


@every
@given(seed=SEEDS)
@one_of
def test_names_of_codes(measure, seed):
    assert faults("codes", measure, lambda name: renamed(name, seed)) == []


@every
def test_batches(measure, monkeypatch):
    monkeypatch.setattr(batches, "BATCH", BATCH)
    assert faults("batches", measure, in_batches) == []


@every
def test_digits_of_the_model(measure):
    assert faults("digits", measure, single) == []


def test_claims_are_about_metrics_that_exist_and_give_reasons():
    named = {(name.partition("/")[0], claim.why) for claims in CLAIMS.values() for name, claim in claims.items()}
    assert {name for name, _ in named} <= set(METRICS)
    assert all(why for _, why in named)


def test_the_scenes_give_every_metric_a_number():
    """What is skipped everywhere is put to no test."""
    silent = [
        one.id
        for one in ALL
        if not any(v.value is not None for name in scenes.SPECS for v in numbers(one, plain(name)))
    ]
    assert silent == []


# Metrics that are wrong on purpose, each by one habit, and the change that shows it.


def error(evidence: Evidence) -> torch.Tensor:
    return evidence.test_hat - evidence.dataset.test.clean


def wrong(measure) -> Metric:
    made = metric(capability="reconstruction", unit="1", better="lower", ideal=0.0, range="[0, ∞)")
    return made(measure)


@wrong
def raw_units(evidence: Evidence) -> float:
    return rms_rows(error(evidence))


@wrong
def raw_threshold(evidence: Evidence) -> float:
    return (torch.linalg.vector_norm(error(evidence), dim=1) < 0.5).double().mean().item()


@wrong
def row_0(evidence: Evidence) -> float:
    return rms_rows(error(evidence)[:1]) / evidence.scale


@wrong
def by_coordinate(evidence: Evidence) -> float:
    return error(evidence).abs().mean().item() / evidence.scale


@wrong
def about_the_origin(evidence: Evidence) -> float:
    return (rms_rows(evidence.test_hat) / evidence.scale).real


@wrong
def in_codes(evidence: Evidence) -> float:
    return evidence.test_codes.std().item()


@wrong
def axes_come_and_go(evidence: Evidence) -> Iterator[Value]:
    yield Value(0.0, axes={"first": round(evidence.dataset.test.clean[0, 0].item(), 6)})


@wrong
def one_batch(evidence: Evidence) -> float:
    return float(evidence.dataset.ambient_dim * min(batches.BATCH, len(evidence.dataset.test)))


@wrong
def tiny_step(evidence: Evidence) -> float:
    along = torch.ones(1, evidence.dataset.ambient_dim, dtype=torch.float64)
    return secants(evidence.model.reconstruct, evidence.dataset.test.clean, along, 1e-6).abs().mean().item()


@wrong
def equal_rows(evidence: Evidence) -> float:
    again = evidence.model.reconstruct(evidence.dataset.test.clean.float().double())
    return (again == evidence.test_hat).double().mean().item()


CHANGES = {
    "motion": lambda name: turned(name, 2),
    "units": lambda name: rescaled(name, 25.4),
    "order": lambda name: shuffled(name, 2),
    "codes": lambda name: renamed(name, 2),
    "batches": in_batches,
    "digits": single,
}


@pytest.mark.parametrize(
    ("change", "measure"),
    [
        ("units", raw_units),
        ("units", raw_threshold),
        ("order", row_0),
        ("order", axes_come_and_go),
        ("motion", by_coordinate),
        ("motion", about_the_origin),
        ("codes", in_codes),
        ("batches", one_batch),
        ("digits", tiny_step),
        ("digits", equal_rows),
    ],
    ids=lambda part: getattr(part, "id", part),
)
def test_a_metric_with_a_bad_habit_is_caught(change, measure, monkeypatch):
    old = {name: numbers(measure, plain(name)) for name in scenes.SPECS}
    if change == "batches":
        monkeypatch.setattr(batches, "BATCH", BATCH)
    found = [
        fault
        for name in scenes.SPECS
        for fault in complaints(change, measure.id, old[name], numbers(measure, CHANGES[change](name)), 25.4)
    ]
    assert found


def test_a_claim_that_is_too_weak_is_caught(monkeypatch):
    monkeypatch.setitem(CLAIMS, "units", {**CLAIMS["units"], "fvu": Other("nobody knows")})
    assert "never is" in faults("units", METRICS.get("fvu"), lambda name: rescaled(name, 25.4), 25.4)[0]


def test_a_formula_that_is_wrong_is_caught(monkeypatch):
    monkeypatch.setitem(CLAIMS, "units", {})
    assert faults("units", METRICS.get("psnr"), lambda name: rescaled(name, 25.4), 25.4)
