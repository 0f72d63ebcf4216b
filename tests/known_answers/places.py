"""The data sets of the matrix: every registered manifold, some with graded density, and real rows."""

import inspect
import math
from dataclasses import dataclass, replace
from functools import cache

import torch

from aeeval.datasets.base import Dataset
from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.manifolds import MANIFOLDS
from aeeval.manifolds.base import Support
from aeeval.manifolds.make import make

AMBIENT_DIM = 20
SIGMA = 0.03  # of scale, less where the reach is small
GRADED = ", graded"
REAL = "digits"


@dataclass(frozen=True)
class Count:
    """How many rows and points a run of the matrix uses; `drift` codes are drawn for `code_drift` a second time."""

    rows: int
    probes: int
    samples: int
    drift: int = 1024


FULL, SMALL = Count(300, 100, 300), Count(200, 50, 200, 512)
RENDERED = Count(60, 4, 60, 128)  # a projection of a rendered row costs a tenth of a millisecond to five


def movable() -> list[str]:
    """The manifolds that are put into R²⁰; rendered ones are where their pictures are."""
    return [name for name in MANIFOLDS if "ambient_dim" in inspect.signature(MANIFOLDS.get(name)).parameters]


def rendered() -> list[str]:
    """The manifolds of pictures and signals."""
    return [name for name in MANIFOLDS if name not in movable()]


def places() -> list[str]:
    """All data sets by name."""
    return [*MANIFOLDS, *(name + GRADED for name in ("sphere", "swiss-roll", "torus", "graph")), REAL]


def count_of(place: str, count: Count) -> Count:
    """The count itself, or a smaller one where rows are rendered."""
    return RENDERED if place in rendered() else count


@cache
def data_of(place: str, count: Count) -> Dataset:
    """The data set of a place.

    Of manifolds the last named support, in R²⁰ where it can be put there, under tube noise well inside half its reach.
    """
    rows = Sizes(count.rows, 50, count.rows, count.rows)
    if place == REAL:
        spec = DataSpec(dataset=REAL, noise=0.05, held_out=(8, 9), rows=replace(rows, beyond=100))
        return make_dataset(spec, "known-digits", 0)
    manifold, graded, _ = place.partition(GRADED)
    params = {"ambient_dim": AMBIENT_DIM} if manifold in movable() else {}
    built = make(manifold, **params)
    support = built.support_names()[-1]
    piece = built.support(support)
    codim = built.ambient_dim - min(part.dim for part in built.components)
    sigma = min(SIGMA, 0.2 * _room(piece) / math.sqrt(codim))
    density = {"density": "exponential", "density_params": {"decades": 3.5}} if graded else {}
    spec = DataSpec(manifold=manifold, params=params, support=support, noise=sigma, rows=rows, **density)
    return make_dataset(spec, f"known-{manifold}", 0)


def _room(piece: Support) -> float:
    """The reach that half of the points of every component have at least, / scale."""
    points = piece.sample(500, torch.Generator().manual_seed(0))
    reach = piece.manifold.local_reach(points)
    return min(reach[rows].median().item() for _, rows in piece.manifold.by_component(points)) / piece.scale
