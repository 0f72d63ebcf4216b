"""A packed result made of the plan of a small suite, without training anything: every metric in its range."""

import dataclasses
import hashlib
import math

import pytest

from aeeval import __version__
from aeeval.cells import Choice, metrics_of, plan
from aeeval.protocol import CAPABILITIES
from aeeval.record import Record
from aeeval.results.bounds import bounds
from aeeval.results.packed import write_packed
from aeeval.submissions.load import load
from aeeval.suite import load_suite
from tests.tiny import write_submission, write_suite

ENV = {"aeeval": __version__, "dirty": False, "hardware_key": "any"}


@pytest.fixture
def suite(tmp_path):
    return load_suite(write_suite(tmp_path))


@pytest.fixture
def mine(tmp_path):
    return load(write_submission(tmp_path))


@pytest.fixture
def records(suite, mine):
    """One record at the low end of its range for every metric of every cell."""
    return [_record(suite, mine, cell, one) for cell in plan(suite, [mine], Choice()) for one in _metrics(cell)]


@pytest.fixture
def packed(tmp_path, records):
    """Write records, changed ones or these, as a pack: -> its folder."""

    def write(changed=None, env=None):
        folder = tmp_path / "results" / "tiny" / "mine"
        write_packed(folder, records if changed is None else changed, {"here": env or ENV})
        return folder

    return write


def _metrics(cell):
    return metrics_of(cell, CAPABILITIES)


def _record(suite, mine, cell, metric):
    axes = {"op": "encode", "batch": 1} if cell.timed else {}
    return Record(
        suite=suite.name,
        suite_digest=suite.digest,
        task=cell.task,
        task_version=suite.task(cell.task).version,
        data_sha256=hashlib.sha256(f"{cell.task} {cell.seed}".encode()).hexdigest(),
        submission=mine.name,
        submission_sha256=mine.sha256,
        track="recipe",
        latent_dim=cell.latent_dim,
        seed=cell.seed,
        capability=metric.capability,
        metric=metric.id,
        metric_version=metric.version,
        unit=metric.unit,
        better=metric.better,
        status="ok",
        value=_inside(metric.range, cell.latent_dim),
        env="here",
        axes=axes,
    )


@pytest.fixture
def altered(records):
    """The records, with the first that fits in another form: `altered(metric="fvu")(value=3.0)`."""

    def choose(**which):
        def change(**fields):
            (at, *_) = [i for i, r in enumerate(records) if all(getattr(r, k) == v for k, v in which.items())]
            changed = dataclasses.replace(records[at], **fields)
            return [*records[:at], changed, *records[at + 1 :]]

        return change

    return choose


def _inside(text, k):
    low, high = bounds(text, k)
    return low if math.isfinite(low) else min(high, 0.0)
