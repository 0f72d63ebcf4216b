"""What all baselines and examples share: the contract of a submission."""

import ast
import inspect
import math
import sys

import pytest
import torch

from aeeval import bundled
from aeeval.submissions.adapt import adapt
from aeeval.submissions.checks import examine
from tests.baselines.common import (
    FILES,
    FITTED,
    NAMES,
    REFERENCES,
    SHAPES,
    TRAINED,
    built,
    fitted,
    module,
    normal,
    takes,
)

BASELINES = bundled.names("baselines")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", NAMES)
def test_rows_become_codes_and_rows_again(generator, name, shape):
    if not takes(name, shape):
        return
    model, rows = built(name, shape, 4), torch.randn(9, *shape, generator=generator)
    if hasattr(model, "fit"):
        model.fit(rows, rows)
    codes = model.encode(rows)
    assert codes.shape == ((9, math.prod(shape)) if name == "identity" else (9, 4))
    assert model.decode(codes).shape == rows.shape
    assert codes.dtype == model.decode(codes).dtype == torch.float32


@pytest.mark.parametrize("name", FITTED)
def test_float64_rows_stay_float64(generator, name):
    rows = normal(9, 20, generator=generator)
    model = fitted(name, rows)
    assert model.encode(rows).dtype == model.decode(model.encode(rows)).dtype == torch.float64


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", NAMES)
def test_the_harness_uses_what_is_offered(name):
    """A `fit`, `loss` or `sample` under another signature would be left alone, with a warning."""
    model = built(name, SHAPES[1])
    adapted = adapt(model)
    assert all((getattr(adapted, part) is not None) == hasattr(model, part) for part in ("fit", "loss", "sample"))
    space = getattr(module(name), "SEARCH", {})
    assert list(inspect.signature(module(name).build).parameters) == ["shape", "latent_dim", "seed", *space]


def test_references_are_marked():
    assert {"identity", "mean", "memoriser"} <= set(REFERENCES)
    assert {"pca", "kernel_pca", "mlp"}.isdisjoint(REFERENCES)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "my_autoencoder"])
def test_build_leaves_the_global_generator_alone(name):
    before = torch.get_rng_state()
    built(name, SHAPES[1], seed=5)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("name", TRAINED)
def test_the_seed_alone_decides_the_weights(name):
    with torch.random.fork_rng():
        first = built(name, SHAPES[1], seed=1).state_dict()
        torch.rand(10)
        again, other = (built(name, SHAPES[1], seed=seed).state_dict() for seed in (1, 2))
    drawn = [key for key in first if first[key].ndim > 1]  # others may start at a constant
    assert drawn
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not any(torch.equal(first[key], other[key]) for key in drawn)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_submission_stands_on_the_core_packages_and_its_neighbours_alone(file):
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [f"{'.' * node.level}{node.module or ''}" for node in nodes if isinstance(node, ast.ImportFrom)]
    foreign = {name.partition(".")[0] for name in names} - sys.stdlib_module_names
    beside = {other.stem for other in file.parent.glob("*.py")}
    assert foreign <= {"torch", "numpy", "scipy", "sklearn"} | beside


@pytest.mark.parametrize("name", NAMES)
def test_every_check_passes(name):
    told = [
        f"{finding.check}: {finding.text}"
        for finding in examine(name if name in BASELINES else str(FILES[NAMES.index(name)]))
        if finding.status in ("warn", "fail")
    ]
    assert told == []
