"""Tests of what a model knows of its training rows, of where its error grows, and of the directions that it keeps."""

from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor

from aeeval.datasets.base import Dataset
from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.evidence import Counts
from aeeval.metrics import METRICS
from aeeval.metrics.base import Value
from aeeval.seeds import generator
from tests import worlds
from tests.calibration.record import FACT, Study, Test
from tests.worlds import World

ROWS, SIGMA = 100, 0.05
LEVEL, TWO_SIDED = 0.05, 1.959964
FITTED_TO = (30, 100, 1000)
PCA2_KEPT, PCA2_EXCESS = 4 / 3, 2 / 3  # on a 2-sphere: 1 + E cos², and 1 − E cos², E cos² = 1/3
SHRUNK = 0.9


def _value(metric: str, model: World, data: Dataset, seed: int) -> Value:
    """The one number of a metric."""
    (value,) = METRICS.get(metric)(worlds.evidence(model, data, seed=seed, counts=Counts(ROWS, ROWS)))
    return value


def _p(metric: str, model: World, data: Dataset, seed: int) -> bool:
    p = _value(metric, model, data, seed).p
    assert p is not None
    return p <= LEVEL


def _noisy(seed: int, **sizes: int) -> Dataset:
    rows = Sizes(sizes.get("train", ROWS), 1, ROWS, 0)
    return worlds.dataset(seed=seed, noise=SIGMA, rows=rows, name=f"calibration-{seed}", dim=2, ambient_dim=20)


def _other(data: Dataset, seed: int) -> Tensor:
    """As many rows of the same law with noise of their own: what a model may be fitted to that never saw `data`."""
    draw = generator(seed + 2**40)
    return data.perturb(data.support.sample(len(data.train), draw), draw)


MEMORY = ("memorised_noise", "membership_auc")


def strangers(k: int, seed: int) -> Mapping[str, bool]:
    """PCA fitted to other rows: for it the training rows are like any."""
    data = _noisy(seed)
    model = worlds.pca(_other(data, seed), k)
    return {name: _p(name, model, data, seed) for name in MEMORY}


def own(k: int, train: int, seed: int, metrics: tuple[str, ...] = MEMORY) -> Mapping[str, bool]:
    """PCA fitted to the training rows."""
    data = _noisy(seed, train=train)
    model = worlds.pca(data.train.x, k)
    return {name: _p(name, model, data, seed) for name in metrics}


def after_fitting(seed: int) -> Mapping[str, bool]:
    """Honest fits, k = e(S), to few rows and to many."""
    return {
        f"membership_auc after fitting {train} rows": own(3, train, seed, MEMORY[1:])["membership_auc"]
        for train in FITTED_TO
    }


def _blind(data: Dataset, seed: int) -> World:
    """An error of random size that knows nothing of the place: equal in law everywhere."""
    draw = generator(seed + 2**41)
    return World(lambda x: x + 0.1 * torch.randn(x.shape, generator=draw, dtype=x.dtype), worlds.same)


def _cap(seed: int) -> Dataset:
    rows = Sizes(ROWS, 1, ROWS, ROWS)
    return worlds.dataset(seed=seed, support="cap", rows=rows, name=f"calibration-{seed}", dim=2, ambient_dim=20)


def graded(seed: int) -> Dataset:
    """A cap of a sphere whose density falls by three decades."""
    spec = DataSpec(
        manifold="sphere",
        params={"dim": 2, "ambient_dim": 20},
        support="cap",
        density="exponential",
        rows=Sizes(ROWS, 1, ROWS, 0),
    )
    return make_dataset(spec, f"calibration-{seed}", seed)


def anywhere(seed: int) -> Mapping[str, bool]:
    """Errors that have nothing to do with the place."""
    cap, uneven = _cap(seed), graded(seed)
    return {
        "off_support_auroc": _p("off_support_auroc", _blind(cap, seed), cap, seed),
        "reliability": _p("reliability", _blind(uneven, seed), uneven, seed),
    }


def beyond_the_cap(seed: int) -> Mapping[str, bool]:
    """A plane through the cap leaves the sphere beyond it."""
    cap = _cap(seed)
    return {"off_support_auroc": _p("off_support_auroc", worlds.pca(cap.train.x, 2), cap, seed)}


def where_rare(seed: int) -> Mapping[str, bool]:
    """The nearest training row is far where rows are rare."""
    uneven = graded(seed)
    return {"reliability": _p("reliability", worlds.memoriser(uneven.train.x), uneven, seed)}


TRUTHS = {"kept_dim": PCA2_KEPT, "excess_dim": PCA2_EXCESS, "dimension_mismatch": 2 - PCA2_KEPT}


def directions(factor: float, seed: int) -> Mapping[str, bool]:
    """Whether the interval of ±1.96 standard errors leaves out what theory says of PCA with k = 2 on a 2-sphere."""
    rows = Sizes(ROWS, 1, ROWS, 0)
    data = worlds.dataset(seed=seed, rows=rows, name=f"calibration-{seed}", dim=2, ambient_dim=20)
    model, alarms = worlds.pca(data.train.x, 2, factor), {}
    for name, truth in TRUTHS.items():
        value = _value(name, model, data, seed)
        assert value.value is not None
        assert value.stderr is not None
        alarms[f"{name} ± 1.96 stderr"] = abs(value.value - truth) > TWO_SIDED * value.stderr
    return alarms


OVERFITTED = "PCA with k = 10, fitted to the 50 training rows"
OFF, RARE = "the error of PCA with k = 2 on a cap", "the error of the nearest training row"
SMALLER = "the reconstructions are 10 % too short"
STUDIES = (
    Study(
        "memory",
        f"PCA with k = 5 fitted to other rows; {ROWS} training rows on a 2-sphere in R²⁰ with tube noise .05",
        partial(strangers, 5),
        {OVERFITTED: partial(own, 10, 50)},
        tuple(Test(name, name, "p ≤ .05", OVERFITTED) for name in MEMORY),
        repetitions=500,
        small=10,
    ),
    Study(
        "memory after fitting",
        f"PCA with k = 3 fitted to the training rows, an honest fit; {ROWS} test rows; the rest as above",
        after_fitting,
        {},
        tuple(
            Test(f"membership_auc after fitting {train} rows", "membership_auc", "p ≤ .05", "", claim=FACT)
            for train in FITTED_TO
        ),
        repetitions=1000,
        small=32,
    ),
    Study(
        "errors and places",
        f"errors that have nothing to do with the place; {ROWS} points",
        anywhere,
        {OFF: beyond_the_cap, RARE: where_rare},
        (
            Test("off_support_auroc", "off_support_auroc", "p ≤ .05", OFF),
            Test("reliability", "reliability", "p ≤ .05", RARE),
        ),
        repetitions=600,
        small=20,
    ),
    Study(
        "directions",
        f"PCA with k = 2 fitted to {ROWS} rows of a 2-sphere: kept 4/3, excess 2/3; {ROWS} probe points",
        partial(directions, 1.0),
        {SMALLER: partial(directions, SHRUNK)},
        tuple(
            Test(f"{name} ± 1.96 stderr", name, "the interval leaves out the true value", SMALLER) for name in TRUTHS
        ),
        repetitions=1000,
        small=32,
    ),
)
