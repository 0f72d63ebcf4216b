"""What a run keeps for its pictures: all of the true manifold, the components of a union one by one, in 200 kB."""

import io

import numpy as np
import pytest
import torch

from aeeval.manifolds.make import make
from aeeval.pictures import picture, truth
from tests import worlds


@pytest.mark.parametrize(
    ("name", "dims"),
    [("line-disc-ball", [1, 2, 3]), ("lollipop", [2, 1]), ("nested-spheres", [2] * 5), ("sphere", [2]), ("so3", [3])],
)
def test_the_truth_is_every_component_of_the_manifold(name, dims):
    """A curve is a line of points, a surface a sheet of them, anything else a heap; all lie on their component."""
    made = make(name)
    parts = truth(made)
    assert list(parts) == [f"manifold_{j}" for j in range(len(dims))]
    for part, component, dim in zip(parts.values(), made.components, dims, strict=True):
        assert (component.dim, part.ndim) == (dim, {1: 2, 2: 3, 3: 2}[dim])
        rows = part.reshape(-1, made.ambient_dim)
        assert len(rows) >= 24
        assert component.distance(rows).max() <= 1e-9


def test_points_of_a_component_are_the_same_each_time():
    first, second = (truth(make("so3"))["manifold_0"] for _ in range(2))
    assert torch.equal(first, second)


@pytest.mark.parametrize(("name", "ambient_dim"), [("line-disc-ball", 3), ("nested-spheres", 50), ("sphere", 200)])
def test_a_picture_holds_the_truth_and_stays_small(name, ambient_dim):
    dataset = worlds.dataset(name, ambient_dim=ambient_dim)
    parts = picture(worlds.evidence(worlds.pca(dataset.train.x, 2), dataset))
    known = [key for key in parts if key.startswith("manifold_")]
    assert len(known) == len(dataset.support.manifold.components)
    file = io.BytesIO()
    np.savez_compressed(file, **parts)
    assert file.tell() <= 200_000
