"""The suite of real data, and what a real data set answers: numbers, or the reason why there is none."""

import json

import pytest

import aeeval
from aeeval.datasets import DATASETS
from aeeval.datasets.make import make_dataset
from aeeval.suite import load_suite

SUITE = load_suite("real")


def test_every_set_that_a_package_carries_is_in_it():
    assert {task.data.dataset for task in SUITE.tasks} == set(DATASETS) - {"cifar10", "digits"}


def test_every_set_with_a_class_of_its_own_kind_is_asked_for_it():
    apart = {task.data.dataset for task in SUITE.tasks if task.data.held_out}
    assert apart == {task.data.dataset for task in SUITE.tasks}


@pytest.mark.parametrize("task", SUITE.tasks, ids=[task.id for task in SUITE.tasks])
def test_its_rows_are_there_and_its_samples_no_more_than_they(task, real):
    real(task.data.dataset)
    if task.data.dataset == "photo-patches":
        pytest.importorskip("PIL")
    data = make_dataset(task.data, task.id, 0)
    assert [len(part) for part in (data.train, data.val, data.test)] == [
        task.data.rows.train,
        task.data.rows.val,
        task.data.rows.test,
    ]
    assert task.counts.samples <= len(data.test)
    assert len(data.held_out if task.data.held_out else ()) == (task.data.rows.beyond if task.data.held_out else 0)
    assert (data.noise is not None) == task.id.endswith("-noisy")


TINY = """
name = "answers"
seeds = 1
samplers = ["gauss"]
counts = { samples = 50, probe_rows = 8 }
[[task]]
id = "digits"
dataset = "digits"
rows = { train = 100, val = 20, test = 60 }
latent_dims = [2]
[[task]]
id = "without-9"
dataset = "digits"
held_out = [9]
rows = { train = 100, val = 20, test = 60, beyond = 40 }
latent_dims = [2]
"""


def test_what_a_real_set_answers(tmp_path):
    """Reconstruction, sampling and changed inputs are numbers; what needs a manifold, noise or classes says so."""
    (tmp_path / "answers.toml").write_text(TINY)
    quality = ["reconstruction", "dimension", "extrapolation", "overfitting", "sampling"]
    results = aeeval.evaluate(
        "pca",
        suite=str(tmp_path / "answers.toml"),
        capabilities=quality,
        reference=False,
        out=tmp_path / "out",
    )
    told, apart = (
        {record.metric: record.reason or "a number" for record in results.records if record.task == task}
        for task in ("digits", "without-9")
    )
    assert told["round_trip_dim"] == told["shift_error"] == told["corruption_error"] == "a number"
    assert told["held_out_error"] == "needs held-out classes of real rows"
    assert apart["extrapolation_error"] == apart["held_out_error"] == apart["held_out_auroc"] == "a number"
    assert told["fvu"] == told["psnr"] == told["idempotence"] == told["sliced_wasserstein"] == "a number"
    assert told["dimension_mismatch"] == "needs a known manifold"
    assert "a manifold larger than the support" in told["extrapolation_error"]
    assert told["memorised_noise"] == "needs noise of known size"
    sha256 = {record.task: record.data_sha256 for record in results.records}
    cards = {task: json.loads((tmp_path / "out" / "data" / f"{sha}.json").read_text()) for task, sha in sha256.items()}
    assert {card["preprocessing"] for card in cards.values()} == {"grey level / 16"}
    assert cards["without-9"]["split"].endswith("held out: 9 (digit)")
    assert cards["digits"]["sha256"] == cards["without-9"]["sha256"] == sha256["digits"]
