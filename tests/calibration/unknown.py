"""Tests of samplers on rows whose law is not known: what stands in for fresh truth are test rows."""

from collections.abc import Mapping
from functools import partial

import torch

from aeeval.datasets.base import Dataset
from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec
from aeeval.evidence import Counts
from aeeval.metrics import METRICS
from aeeval.seeds import generator
from tests import worlds
from tests.calibration.record import Study, Test

ROWS, VAL, DIM, LEVEL, COPIED = 100, 5, 3, 0.05, 0.3
NAMES = ("copying", "z_u", "authenticity")


def rows_of(seed: int) -> tuple[Dataset, torch.Tensor]:
    """Gaussian rows, handed over as a user's own arrays, and as many more."""
    sizes = {"train": ROWS, "val": VAL, "test": ROWS}
    parts = torch.randn(sum(sizes.values()) + ROWS, DIM, generator=generator(seed), dtype=torch.float64)
    train, val, test, more = parts.split([*sizes.values(), ROWS])
    spec = DataSpec(arrays={"train": train, "val": val, "test": test})
    return make_dataset(spec, f"calibration-{seed}", seed), more


def read(copied: float, seed: int) -> Mapping[str, bool]:
    """Whether p ≤ .05 for samples of the same law, a share of which are training rows."""
    data, samples = rows_of(seed)
    count = int(copied * ROWS)
    samples[:count] = data.train.clean[:count]
    model = worlds.World(worlds.same, worlds.same, lambda n, draw: samples[:n])
    evidence = worlds.evidence(model, data, seed=seed, samplers=("native",), counts=Counts(samples=ROWS))
    alarms = {}
    for name in NAMES:
        p = next(iter(METRICS.get(name).measure(evidence))).p
        assert p is not None, name
        alarms[f"{name} (real rows)"] = p <= LEVEL
    return alarms


EFFECT = "30 % of the samples are training rows"
STUDIES = (
    Study(
        "rows of unknown law",
        f"{ROWS} samples, training and test rows of one law, normal in R³, of which the metrics know nothing",
        partial(read, 0.0),
        {EFFECT: partial(read, COPIED)},
        tuple(Test(f"{name} (real rows)", name, "p ≤ .05", EFFECT) for name in NAMES),
        repetitions=2000,
        small=40,
    ),
)
