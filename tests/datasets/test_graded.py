"""Data sets with a sampling density: rows by its law, in its own units, and every name checked where it is read."""

import math

import pytest
import torch

from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.errors import GeometryError, SuiteError, UnknownName
from aeeval.suite import parse_suite

ROWS = Sizes(2000, 10, 10, 200)


def spec(density="uniform", params=None, manifold="swiss-roll", support="box"):
    return DataSpec(
        manifold=manifold, support=support, density=density, density_params=params or {}, rows=ROWS, noise=0.01
    )


def test_rows_follow_the_density_and_its_scale_is_the_unit():
    """Mean square 1 and mean 0 up to 5 sd; half of the rows lie in the first log 2 / (3 log 10) of the arc length."""
    data = make_dataset(spec("exponential"), "roll", 0)
    rows = data.train.clean
    squares = rows.square().sum(dim=1)
    assert squares.mean().item() == pytest.approx(1, abs=5 * squares.std().item() / 2000**0.5)
    assert torch.linalg.vector_norm(rows.mean(dim=0)) <= 5 / 2000**0.5
    assert data.support.density == "exponential"
    depth = data.support.log_prob(rows)
    below_half = depth.max() - depth < math.log(2) * 1.002  # the densest of 2000 rows is not at the very end
    assert below_half.double().mean().item() == pytest.approx((1 - 0.5) / (1 - 1e-3), abs=5 * 0.5 / 2000**0.5)


def test_the_gap_is_held_out():
    data = make_dataset(spec("gap"), "roll", 0)
    assert data.support.support_distance(data.train.clean).max() <= 1e-9
    assert data.beyond is not None
    assert data.support.log_prob(data.beyond.x).isinf().all()
    whole = make_dataset(spec("gap", {"lo": 0.3, "hi": 0.7}, support="all"), "roll", 0)
    assert whole.beyond is not None
    assert whole.beyond.edges[-1] <= whole.support.farthest * (1 + 1e-12)


def test_the_recipe_tells_densities_apart():
    digests = [
        make_dataset(spec(*density), "roll", 0).sha256
        for density in (("uniform",), ("exponential",), ("exponential", {"decades": 4.0}), ("gap",))
    ]
    assert len(set(digests)) == 4


TASK = {"id": "a", "manifold": "sphere", "support": "cap", "latent_dims": [2]}


def task(**keys):
    return parse_suite({"name": "mine", "task": [{**TASK, **keys}]}).tasks[0]


def test_a_suite_names_densities_and_their_parameters():
    assert task().data.density == "uniform"
    graded = task(density="vmf", density_params={"kappa": 5.0}).data
    assert (graded.density, graded.density_params) == ("vmf", {"kappa": 5.0})


def test_what_is_no_density_fails():
    with pytest.raises(UnknownName, match="unknown density 'exponental'; did you mean exponential"):
        task(density="exponental")
    with pytest.raises(SuiteError, match="did you mean density"):
        task(densty="vmf")
    with pytest.raises(UnknownName, match="did you mean kappa"):
        make_dataset(spec("vmf", {"kapa": 5.0}, manifold="sphere", support="cap"), "cap", 0)
    with pytest.raises(GeometryError, match="a polar angle"):
        make_dataset(spec("vmf"), "roll", 0)
