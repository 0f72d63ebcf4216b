"""Bad data and bad models: every metric answers rightly or says why not, and loses nothing but its own number."""

import math
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import pytest
import torch

from aeeval.cells import Cell
from aeeval.datasets.base import Rows
from aeeval.errors import Skipped, SubmissionError
from aeeval.evidence import Evidence
from aeeval.metrics import METRICS, all_metrics
from aeeval.metrics.base import Metric, Value, metric
from aeeval.scribe import Scribe
from tests.properties import bad_worlds
from tests.properties.bad_worlds import WORLDS

ALL = [one for one in all_metrics() if one.capability != "throughput"]
BROKEN = ("NaN answers", "infinite far from the data")  # worlds whose submission breaks its contract
every = pytest.mark.parametrize("measure", ALL, ids=lambda one: one.id)
world = cache(lambda name: WORLDS[name]())


def numbers(measure: Metric, evidence: Evidence) -> list[Value]:
    """The values of a metric; what it loses as a whole is one value with the reason, as in the records of a run."""
    try:
        return measure(evidence)
    except Skipped as skip:
        return [Value.skipped(str(skip))]
    except SubmissionError as error:
        return [Value.failed(str(error))]


@cache
def measured(metric_id: str, name: str) -> list[Value]:
    return numbers(METRICS.get(metric_id), world(name))


def ends(measure: Metric, evidence: Evidence) -> tuple[float, float]:
    """The range that a metric states, in numbers."""
    data = evidence.dataset
    known = {"∞": math.inf, "−∞": -math.inf, "k": evidence.code_length, "D": data.ambient_dim}
    if data.manifold is not None:
        known |= {"d": data.manifold.dim, "D − d": data.ambient_dim - data.manifold.dim}
    known["L"] = data.beyond.edges[-1].item() / data.scale if data.beyond else 0.0
    low, high = (part.strip(" []()") for part in measure.range.split(","))
    return tuple(known[end] if end in known else float(end.replace("−", "-")) for end in (low, high))


def faults(measure: Metric, name: str) -> list[str]:
    """What no table may hold: numbers that are none or out of their range, or none and no reason."""
    evidence, found = world(name), []
    for value in measured(measure.id, name) if measure.id in METRICS else numbers(measure, evidence):
        where = f"{name}: {measure.id} {value.axes}"
        if value.value is None:
            if not value.reason:
                found.append(f"{where} says no reason")
            if value.broken and not name.startswith(BROKEN):
                found.append(f"{where} blames the submission: {value.reason}")
            continue
        low, high = ends(measure, evidence)
        if not low - 1e-6 <= value.value <= high + 1e-6:
            found.append(f"{where} reads {value.value}, out of {measure.range}")
        known = [part for part in (value.value, value.stderr, value.null, value.p) if part is not None]
        if not all(map(math.isfinite, known)) or not 0 <= (value.p or 0) <= 1 or (value.stderr or 0) < 0:
            found.append(f"{where} is {value}")
    return found


@every
def test_a_number_in_its_range_or_a_reason(measure):
    assert [fault for name in WORLDS for fault in faults(measure, name)] == []


def test_the_worlds_leave_something_to_measure_in_all_but_the_broken_ones():
    for name in WORLDS:
        some = {one.id for one in ALL if any(v.value is not None for v in measured(one.id, name))}
        assert len(some) >= (2 if name.startswith("NaN") else 12), name


# What is right there: the same rows in another dress read the same.


@cache
def clean(name: str) -> Evidence:
    """A world of real rows without its noise, which is drawn in R^D."""
    evidence = WORLDS[name]() if name in WORLDS else bad_worlds.as_they_are()
    data = evidence.dataset
    rows = {part: Rows(getattr(data, part).clean, getattr(data, part).clean) for part in ("train", "val", "test")}
    evidence.dataset = replace(data, noise=None, **rows)
    return evidence


def unlike(before: list[Value], after: list[Value], tolerance: float) -> list[str]:
    assert [v.axes for v in before] == [v.axes for v in after]
    return [
        f"{old} is {new.value}"
        for old, new in zip(before, after, strict=True)
        if (old.value is None) != (new.value is None)
        or (old.value is not None and abs(new.value - old.value) > tolerance * max(1, abs(old.value)))
    ]


@every
def test_constant_columns_change_nothing(measure):
    """Three columns that do not vary, under a model that repeats them. The gap of local principal values has D as an
    end where no column is constant; directions, gradients and corruptions are drawn in R^D."""

    def asked(name):
        drawn = measure.id in ("sliced_wasserstein", "gradient_gap", "corruption_error", "corruption_passed")
        found = [] if drawn else numbers(measure, clean(name))
        return [value for value in found if value.axes.get("by") != "gap"]

    assert unlike(asked("as they are"), asked("constant columns"), 1e-9) == []


@every
def test_an_offset_of_100_in_float32_costs_only_its_digits(measure):
    """Rows are rounded by 4e-6 at most, and so is what is read off them; a share of 60 rows may lose or win one."""
    share = 2 / bad_worlds.N if measure.unit in ("share", "ratio", "probability", "difference of shares") else 1e-4
    assert (
        unlike(numbers(measure, clean("as they are")), numbers(measure, clean("offset of 100 in float32")), share) == []
    )


def test_near_duplicates_get_no_dimension_from_neighbours():
    values = numbers(METRICS.get("estimated_dim"), world("near-duplicates"))
    reasons = {v.axes["estimator"]: v.reason for v in values if v.axes["of"] == "data" and v.value is None}
    assert set(reasons) == {"twonn", "mle", "gride", "plateau"}
    assert all("near-duplicates" in reason for reason in reasons.values())


def test_rows_that_are_repeated_have_no_neighbourhoods():
    for name in ("precision", "recall", "density", "coverage"):
        reasons = {v.reason for v in numbers(METRICS.get(name), world("two classes of equal rows"))}
        assert any("repeated more than 5 times" in reason for reason in reasons), name


def test_test_rows_without_variance_have_none_to_explain():
    with pytest.raises(Skipped, match="no variance"):
        METRICS.get("fvu")(world("test rows at the training mean"))


def test_noise_that_cannot_be_told_from_nothing_is_not_read():
    with pytest.raises(Skipped, match="its standard error is"):
        METRICS.get("memorised_noise")(world("1 test row"))


def test_a_single_probe_has_no_standard_error():
    (value,) = METRICS.get("dimension_mismatch")(world("1 row of 𝓜"))
    assert value.value is not None
    assert value.stderr is None


# What breaks loses its own number alone.


def test_a_sampler_that_runs_to_infinity_is_lost_alone():
    """Codes of length 1 at most stay finite, N(0, I) reaches beyond 1.5: prior fails, the reference rows do not."""
    for name in ("sliced_wasserstein", "estimated_dim", "repeated_samples", "chart_tv"):
        values = numbers(METRICS.get(name), world("infinite far from the data"))
        lost = {v.axes.get("sampler") for v in values if v.broken}
        kept = {v.axes.get("sampler", v.axes.get("of")) for v in values if v.value is not None}
        assert "prior" in lost, name
        assert kept & {"train_recon", "data"}, name
    drift = {v.axes["radius"]: v for v in numbers(METRICS.get("code_drift"), world("infinite far from the data"))}
    assert drift[0.5].value is not None
    assert drift[4.0].broken


def scribe() -> Scribe:
    """What writes the records of a cell; of suite, task and submission it only needs the names."""
    names = SimpleNamespace(name="bad", digest="0", id="bad", version=1, sha256="0", track="recipe")
    return Scribe(names, names, names, Cell(False, "bad", 0, 2, "bad"), "", 2)


def made(measure) -> Metric:
    return metric(capability="reconstruction", unit="1", better="none", ideal=None, range="[0, ∞)")(measure)


@made
def crashes(evidence: Evidence) -> float:
    return [][0]


@made
def partly_infinite(evidence: Evidence) -> list[Value]:
    return [Value(1.0, axes={"eps": 1}), Value(math.inf, axes={"eps": 2}), Value.failed("its own fault", eps=3)]


def test_a_crash_is_a_record_and_the_next_metric_is_measured():
    records = [
        record
        for one in (crashes, METRICS.get("latent_dim"), partly_infinite)
        for record in scribe().measure(one, bad_worlds.as_they_are())
    ]
    assert [record.status for record in records] == ["failed", "ok", "ok", "failed", "failed"]
    assert "IndexError" in records[0].reason
    assert [record.axes for record in records[2:]] == [{"eps": 1}, {"eps": 2}, {"eps": 3}]


@made
def out_of_range(evidence: Evidence) -> float:
    return -1.0


@made
def undefined(evidence: Evidence) -> float:
    return math.nan


@made
def silent(evidence: Evidence) -> Value:
    return Value(None)


@pytest.mark.parametrize("measure", [out_of_range, undefined, silent], ids=lambda one: one.id)
def test_a_silent_wrong_number_is_caught(measure):
    assert faults(measure, "3 rows")


def test_a_metric_that_sees_offsets_is_caught():
    @made
    def about_the_origin(evidence: Evidence) -> float:
        return torch.linalg.vector_norm(evidence.test_hat, dim=1).mean().item()

    old, new = (numbers(about_the_origin, clean(name)) for name in ("as they are", "offset of 100 in float32"))
    assert unlike(old, new, 1e-4)
