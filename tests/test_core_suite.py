"""The suite `core`: every task builds, its closest points are right, no linear model is perfect, nothing it is for is
skipped; and what a published suite holds never changes."""

import functools

import numpy as np
import pytest

from aeeval.datasets.make import make_dataset
from aeeval.evidence import Evidence
from aeeval.metrics import METRICS
from aeeval.suite import load_suite
from tests.worlds import memoriser

CORE = load_suite("core")
TASKS = {task.id: task for task in CORE.tasks}
RANKED_FROM = 1e-2  # the fvu that PCA has at least where a task counts
CLOSED = {"warped-sphere2", "flat-torus2"}  # nothing lies beyond them
LINEAR_AT_E = {"line-disc-ball"}  # a code as long as e(S) spans it: asked at a shorter one only
PUBLISHED = {
    ("smoke", 1): "60b678661b8a7f8a4dd4b4c020cddc407fd664d210dc38d6433f05b9214456ed",
    ("core", 1): "89113a635c50356b8519078851f844a1919b155c706797950293925886fb76ca",
}


@functools.cache
def data(task_id):
    return make_dataset(TASKS[task_id].data, task_id, 0)


@pytest.mark.parametrize("task_id", TASKS)
def test_closest_points_of_noisy_rows_are_found_and_certified(task_id):
    test, manifold = data(task_id).test, data(task_id).manifold
    found = manifold.project(test.x)
    assert manifold.certified(test.x, found).double().mean() >= 0.999
    assert ((found - test.clean).norm(dim=1) < 1e-6 * data(task_id).scale).double().mean() >= 0.999


@pytest.mark.parametrize("task_id", TASKS)
def test_no_linear_model_is_near_perfect_at_any_code_length(task_id):
    """Eckart and Young on the clean test rows themselves: no affine map of rank k does better."""
    rows = data(task_id).test.clean.numpy()
    spread = np.linalg.eigvalsh(np.cov(rows.T, bias=True))
    for k in TASKS[task_id].latent_dims:
        assert spread[: len(spread) - k].sum() / data(task_id).scale ** 2 >= RANKED_FROM


@pytest.mark.parametrize("task_id", TASKS)
def test_codes_are_as_long_as_the_support_needs(task_id):
    low, high = data(task_id).support.embedding_dim
    assert low == high
    assert (high in TASKS[task_id].latent_dims) == (task_id not in LINEAR_AT_E)
    assert len(TASKS[task_id].latent_dims) in (1, 3)


@pytest.mark.parametrize("task_id", TASKS)
def test_points_beyond_the_support_lie_on_the_manifold_where_it_goes_on(task_id):
    beyond = data(task_id).beyond
    assert (beyond is None) == (task_id in CLOSED)
    if beyond is not None:
        assert data(task_id).manifold.distance(beyond.x).max() < 1e-6 * data(task_id).scale
        assert beyond.bin_index().bincount().min() >= 100


def test_reliability_is_measured_on_the_graded_task_and_sees_that_memory_is_worse_where_rows_are_few():
    graded = data("sphere2-graded")
    model = memoriser(graded.train.clean)
    (value,) = METRICS.get("reliability")(Evidence(model, graded, latent_dim=2, task="sphere2-graded"))
    assert value.value < -0.5
    assert value.p == 0.001


def test_the_suite_spans_what_it_says():
    dims = {part.dim for task_id in TASKS for part in data(task_id).manifold.components}
    spaces = {data(task_id).ambient_dim for task_id in TASKS}
    assert (min(dims), max(dims), min(spaces), max(spaces)) == (1, 10, 10, 100)
    assert len(TASKS) == 12
    assert CORE.seeds == 5
    assert all((task.counts.samples, task.counts.probe_rows) == (2000, 128) for task in CORE.tasks)


@pytest.mark.parametrize(("name", "version"), PUBLISHED)
def test_a_published_suite_never_changes(name, version):
    """A suite that holds something else has a higher version, and a new line here."""
    suite = load_suite(name)
    assert (suite.name, suite.version) == (name, version)
    assert suite.digest == PUBLISHED[name, version]
