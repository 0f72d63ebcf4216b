"""What every metric of a cell costs: `python3 -m pytest benchmarks/test_metrics.py --benchmark-only -s`.

CPU seconds on one thread of all metrics of one trained `mlp`, in their order: the first that asks pays for what it
shares with others. "first" is the first model on a data set, which also draws the truth that all share; "next" is every
further one. Tasks of the suites as they are: 1,000 rows and samples on smoke, 2,000 samples and test rows on core.
Reported, never asserted.
"""

import contextlib
import sys
import time

import pytest

from aeeval.datasets.make import make_dataset
from aeeval.errors import Skipped
from aeeval.evidence import Evidence, Memo
from aeeval.fitting import fit_model
from aeeval.metrics import all_metrics
from aeeval.runner import one_thread
from aeeval.submissions.load import load
from aeeval.suite import load_suite

METRICS = [metric for metric in all_metrics() if metric.capability != "throughput"]


@pytest.fixture(autouse=True)
def _one_thread():
    with one_thread():  # of the pools of numpy and scikit-learn too: a second thread that waits is counted as work
        yield


def cell(suite, task_id):
    """A function that makes the evidence of one trained model on a task, at its e(S), and what is shared."""
    task = load_suite(suite).task(task_id)
    data = make_dataset(task.data, task.id, 0)
    k = task.latent_dims[len(task.latent_dims) // 2]
    fitted = fit_model(load("mlp"), data, latent_dim=k, task=task.id, seed=0, budget=task.budget, device="cpu")
    return lambda shared: Evidence(
        fitted.model,
        data,
        latent_dim=k,
        task=task.id,
        seed=0,
        counts=task.counts,
        samplers=task.samplers,
        shared=shared,
    )


def cost(evidence):
    """Metric -> CPU seconds."""
    seconds = {}
    for metric in METRICS:
        start = time.process_time()
        with contextlib.suppress(Skipped):
            list(metric(evidence))
        seconds[metric.id] = time.process_time() - start
    return seconds


def table(name, first, following):
    rows = [f"{metric:<22}{first[metric]:8.3f}{following[metric]:8.3f}" for metric in first]
    total = f"{'all':<22}{sum(first.values()):8.3f}{sum(following.values()):8.3f}"
    return "\n".join([f"\n{name:<22}{'first':>8}{'next':>8}  CPU s", *rows, total, ""])


SMOKE, CORE = ("sphere2-cap", "graph2", "digits"), ("sphere2-cap", "graph2", "graph5", "sphere10-cap")


@pytest.mark.parametrize(("suite", "task"), [*(("smoke", task) for task in SMOKE), *(("core", task) for task in CORE)])
def test_all_metrics_of_a_cell(benchmark, suite, task):
    made = cell(suite, task)
    cost(made(Memo()))  # what is imported and set up once a process is no cost of a cell
    shared = Memo()
    first = cost(made(shared))
    following = benchmark.pedantic(lambda: cost(made(shared)), rounds=1)
    benchmark.extra_info["cpu_seconds"] = {"first": first, "next": following}
    sys.stdout.write(table(f"{task} of {suite}", first, following))
