"""The suite `pixels`: every task has pictures in [0, 1], noise that fits its reach, and what extrapolation needs."""

import dataclasses

import pytest

from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import Sizes
from aeeval.manifolds.base import GEODESICS
from aeeval.suite import load_suite

SUITE = load_suite("pixels")


@pytest.mark.parametrize("task", SUITE.tasks, ids=lambda task: task.id)
def test_every_task_builds(task):
    data = make_dataset(dataclasses.replace(task.data, rows=Sizes(12, 4, 4, task.data.rows.beyond // 25)), task.id, 0)
    assert data.shape == (1, 32, 32)
    assert task.latent_dims == (data.manifold.dim,)
    assert 0 <= data.train.clean.min() < data.train.clean.max() <= 1
    assert (data.train.x != data.train.clean).any(dim=1).all()
    assert data.manifold.certified(data.train.x, data.train.clean).all()
    assert (data.beyond is None) == (GEODESICS in data.manifold.absent)
