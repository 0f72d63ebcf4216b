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
"""


def test_what_a_real_set_answers(tmp_path):
    """Reconstruction and sampling are numbers; what needs a known manifold or noise says so; psnr is of pictures."""
    (tmp_path / "answers.toml").write_text(TINY)
    quality = ["reconstruction", "dimension", "extrapolation", "overfitting", "sampling"]
    results = aeeval.evaluate(
        "pca",
        suite=str(tmp_path / "answers.toml"),
        capabilities=quality,
        reference=False,
        out=tmp_path / "out",
    )
    told = {record.metric: record.reason or "a number" for record in results.records}
    assert told["fvu"] == told["psnr"] == told["idempotence"] == told["sliced_wasserstein"] == "a number"
    assert told["dimension_mismatch"] == "needs a known manifold"
    assert "a manifold larger than the support" in told["extrapolation_error"]
    assert told["memorised_noise"] == "needs noise of known size"
    (card,) = (tmp_path / "out" / "data").iterdir()
    assert card.stem == results.records[0].data_sha256
    assert json.loads(card.read_text())["preprocessing"] == "grey level / 16"
