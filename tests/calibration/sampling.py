"""Tests of samplers: a sampler that draws from S itself, and four that do not."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import torch
from torch import Generator, Tensor

from aeeval.datasets.base import Dataset
from aeeval.datasets.spec import Sizes
from aeeval.evidence import Counts, Evidence, unit_normals
from aeeval.metrics import METRICS
from tests import worlds
from tests.calibration.record import Study, Test

ROWS = 100
LEVEL = 0.05
MISSING, COPIES, OUTSIDE, SHRINK = 0.25, 0.3, 0.05, 0.8

Sampler = Callable[[Dataset, int, Generator], Tensor]


def perfect(data: Dataset, n: int, generator: Generator) -> Tensor:
    """Draws from S."""
    return data.support.sample(n, generator)


def missing(data: Dataset, n: int, generator: Generator) -> Tensor:
    """S without the quarter that lies farthest along its first axis."""
    rows = perfect(data, 2 * n, generator)
    place = rows @ torch.linalg.svd(data.test.clean - data.test.clean.mean(dim=0)).Vh[0]
    return rows[place <= torch.quantile(place, 1 - MISSING)][:n]


def off(distance: float, data: Dataset, n: int, generator: Generator) -> Tensor:
    """S, every point moved along a random normal."""
    rows = perfect(data, n, generator)
    return rows + distance * data.scale * unit_normals(data.manifold, rows, generator)


def copies(data: Dataset, n: int, generator: Generator) -> Tensor:
    """S with some rows that are training rows."""
    rows, count = perfect(data, n, generator), int(COPIES * n)
    rows[:count] = data.train.clean[torch.randint(len(data.train), (count,), generator=generator)]
    return rows


def beyond(data: Dataset, n: int, generator: Generator) -> Tensor:
    """S with some rows, a binomial number, on the rest of 𝓜."""
    rows, others = perfect(data, n, generator), data.manifold.sample(8 * n, generator)
    astray = torch.rand(n, generator=generator) < OUTSIDE
    rows[astray] = others[data.support.log_prob(others) == -torch.inf][: int(astray.sum())]
    return rows


def shrunken(data: Dataset, n: int, generator: Generator) -> Tensor:
    """S shrunk about its centroid: wrong everywhere, and no copy."""
    centre = data.support.centroid
    return centre + SHRINK * (perfect(data, n, generator) - centre)


def face(sampler: Sampler, seed: int) -> Evidence:
    """A fresh cap of a sphere in R²⁰, in a fresh rotation, and a model on it that samples so."""
    rows = Sizes(ROWS, 1, ROWS, 0)
    data = worlds.dataset("sphere", seed, support="cap", rows=rows, name=f"calibration-{seed}", dim=2, ambient_dim=20)
    model = worlds.World(data.manifold.project, worlds.same, partial(sampler, data))
    return worlds.evidence(model, data, seed=seed, samplers=("native",), counts=Counts(samples=ROWS))


def read(sampler: Sampler, metrics: Iterable[str], seed: int) -> Mapping[str, bool]:
    """Whether p ≤ .05, by metric; the first value is that of the model's own sampler."""
    evidence, alarms = face(sampler, seed), {}
    for name in metrics:
        p = next(iter(METRICS.get(name).measure(evidence))).p
        assert p is not None, name
        alarms[name] = p <= LEVEL
    return alarms


EFFECTS: dict[str, tuple[Sampler, tuple[str, ...]]] = {
    "a quarter of S is missing": (
        missing,
        ("sliced_wasserstein", "energy_distance", "mmd", "frechet", "recall", "coverage", "chart_tv"),
    ),
    "samples lie 30 % of scale off 𝓜": (partial(off, 0.3), ("precision",)),
    "samples lie 10 % of scale off 𝓜": (partial(off, 0.1), ("density",)),
    "5 % of the samples lie outside S": (beyond, ("hole_mass",)),
    "30 % of the samples are training rows": (copies, ("copying", "z_u", "authenticity")),
}
NAMES = tuple(name for _, names in EFFECTS.values() for name in names)
COPIED = "30 % of the samples are training rows"

STUDIES = (
    Study(
        "samplers",
        f"a sampler that draws from S: {ROWS} samples, {ROWS} training rows on a cap of a 2-sphere in R²⁰",
        partial(read, perfect, NAMES),
        {words: partial(read, sampler, names) for words, (sampler, names) in EFFECTS.items()},
        tuple(Test(name, name, "p ≤ .05", words) for words, (_, names) in EFFECTS.items() for name in names),
        repetitions=2000,
        small=14,
    ),
    Study(
        "wrong samplers",
        "S shrunk to 80 % about its centroid: a wrong sampler that copies nothing",
        lambda seed: {"copying (wrong sampler)": read(shrunken, ("copying",), seed)["copying"]},
        {COPIED: lambda seed: {"copying (wrong sampler)": read(copies, ("copying",), seed)["copying"]}},
        (Test("copying (wrong sampler)", "copying", "p ≤ .05", COPIED),),
        repetitions=1000,
        small=24,
    ),
)
