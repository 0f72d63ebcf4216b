"""From a name and parameters to a manifold, and every way in which that can be wrong."""

import inspect
import math
import re

import pytest
import torch

from aeeval.errors import GeometryError, UnknownName
from aeeval.manifolds import MANIFOLDS
from aeeval.manifolds.base import GEODESICS
from aeeval.manifolds.make import make
from aeeval.report.manifold_card import refusals


def parameters(name):
    """What the factory of a manifold takes."""
    return inspect.signature(MANIFOLDS.get(name)).parameters


@pytest.mark.parametrize("name", MANIFOLDS)
def test_every_name_works_without_parameters_and_has_a_card(name):
    manifold = make(name)
    assert manifold.name == name
    assert manifold.sample(3, torch.Generator().manual_seed(0)).shape == (3, manifold.ambient_dim)
    assert "all" in manifold.support_names()
    summary, _, card = MANIFOLDS.doc(name).partition("\n\n")
    assert summary.endswith(".")
    for word in ("Reach", "Volume", "embedding_dim", "Source"):
        assert word in card


def test_parameters_and_seed_reach_the_factory():
    manifold = make("sphere", dim=3, ambient_dim=9, radius=2.0, seed=7)
    assert (manifold.dim, manifold.ambient_dim, manifold.reach) == (3, 9, 2.0)
    x, y = (make("sphere", seed=s).sample(5, torch.Generator().manual_seed(0)) for s in (0, 1))
    assert not torch.allclose(x, y)


@pytest.mark.parametrize(
    ("name", "params", "hint"),
    [
        ("spere", {}, "did you mean sphere"),
        ("sphere", {"ambient_dims": 3}, "did you mean ambient_dim"),
        ("swiss-roll", {"dim": 2}, "known: ambient_dim, width"),
        ("graph", {"half_with": 2}, "did you mean half_width"),
    ],
)
def test_unknown_names_are_met_with_near_ones(name, params, hint):
    with pytest.raises(UnknownName, match=re.escape(hint)):
        make(name, **params)


@pytest.mark.parametrize(
    ("name", "params", "expected"),
    [
        ("sphere", {"dim": 0}, "dim an integer >= 1"),
        ("sphere", {"dim": 2.0}, "dim an integer >= 1; got 2.0"),
        ("sphere", {"dim": True}, "dim an integer >= 1"),
        ("sphere", {"dim": 5, "ambient_dim": 5}, "ambient_dim >= 6"),
        ("sphere", {"radius": 0.0}, "radius > 0"),
        ("sphere", {"radius": math.nan}, "radius a finite number"),
        ("sphere", {"radius": "1"}, "radius a finite number"),
        ("plane", {"dim": 3, "ambient_dim": 2}, "ambient_dim >= 3"),
        ("plane", {"half_width": math.inf}, "half_width a finite number"),
        ("swiss-roll", {"ambient_dim": 2}, "ambient_dim >= 3"),
        ("swiss-roll", {"width": -1}, "width > 0"),
        ("graph", {"dim": 6}, "ambient_dim an integer >= 7"),
        ("graph", {"dim": -2}, "dim an integer >= 1"),
        ("graph", {"amplitude": 0}, "amplitude > 0"),
        ("graph", {"frequency": -3.0}, "frequency > 0"),
    ],
)
def test_values_without_a_manifold_are_refused_with_a_way_out(name, params, expected):
    with pytest.raises(GeometryError, match=re.escape(expected)) as caught:
        make(name, **params)
    assert re.fullmatch(r"expected .+; got .+; .+", str(caught.value))


@pytest.mark.parametrize("name", MANIFOLDS)
def test_every_manifold_refuses_what_makes_no_sense(name):
    """Too few dimensions of either kind, no points, and rows that are no points."""
    made, generator = make(name), torch.Generator().manual_seed(0)
    known = parameters(name)
    refused = [lambda: made.sample(0, generator), lambda: made.support().sample(-1, generator)]
    refused += [lambda bad=bad: made.project(torch.full((2, made.ambient_dim), bad)) for bad in (math.nan, math.inf)]
    refused += [lambda: make(name, dim=0)] * ("dim" in known)
    refused += [lambda: make(name, ambient_dim=made.dim - 1)] * ("ambient_dim" in known)
    refused += [lambda: make(name, size=8)] * ("size" in known)
    refused += [lambda: make(name, samples=8)] * ("samples" in known)
    assert {"dim", "ambient_dim", "size", "samples"} & set(known)
    for ask in refused:
        with pytest.raises(GeometryError, match=r"expected .+; got .+; .+"):
            ask()


LIFTED = ("graph", "warped-sphere", "warped-roll")  # they fill whatever space there is


@pytest.mark.parametrize("name", [name for name in MANIFOLDS if "ambient_dim" in parameters(name)])
def test_no_manifold_is_put_where_it_has_no_room(name):
    """In fewer dimensions than its span it is refused, or, where a warp fills the space, its span is what there is."""
    made = make(name)
    for ambient_dim in range(made.span_dim):
        if name in LIFTED and ambient_dim > made.span_dim - 2:
            assert make(name, ambient_dim=ambient_dim).span_dim == ambient_dim
        elif name not in LIFTED or ambient_dim <= made.dim:
            with pytest.raises(GeometryError, match=r"expected .+; got .+; .+"):
                make(name, ambient_dim=ambient_dim)


DECLARED = {"support_distance": GEODESICS, "tangent": "frames of one size", "normal": "frames of one size"}
INEXACT = {"span_dim", "proof of the reach"}  # numbers that are bounds, which do answer


@pytest.mark.parametrize("name", MANIFOLDS)
def test_what_does_not_answer_is_declared_absent(name):
    """A mesh says itself why there is none, d > 2 or more than one piece; anything else stands in `absent`."""
    made = make(name)
    refused = refusals(made)
    mesh = refused.pop("mesh", None)
    assert (mesh is None) == (made.dim <= 2 and len(made.components) == 1)
    assert {DECLARED[oracle] for oracle in refused} == set(made.absent) - INEXACT


@pytest.mark.parametrize(
    ("name", "support", "params", "error", "said"),
    [
        ("sphere", "capp", {}, UnknownName, "did you mean cap"),
        ("sphere", "cap", {"angel": 1.0}, UnknownName, "did you mean angle"),
        ("sphere", "all", {"angle": 1.0}, UnknownName, "parameter of support 'all'"),
        ("sphere", "cap", {"angle": 0}, GeometryError, "angle > 0"),
        ("sphere", "cap", {"angle": math.pi}, GeometryError, "angle < π"),
        ("sphere", "cap", {"angle": 4}, GeometryError, "angle in"),
        ("plane", "box", {"half_width": 0}, GeometryError, "half_width > 0"),
        ("plane", "box", {"half_width": 2.5}, GeometryError, "half_width in [-inf, 2]"),
        ("graph", "box", {"half_width": -1}, GeometryError, "half_width > 0"),
        ("graph", "box", {"half_width": 3}, GeometryError, "half_width in"),
        ("swiss-roll", "box", {"lo": 0.5, "hi": 0.5}, GeometryError, "lo < hi"),
        ("swiss-roll", "box", {"hi": 1.5}, GeometryError, "hi in [0, 1]"),
    ],
)
def test_supports_that_do_not_exist_are_refused(name, support, params, error, said):
    with pytest.raises(error, match=re.escape(said)):
        make(name).support(support, **params)
