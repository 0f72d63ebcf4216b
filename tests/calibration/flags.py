"""Flags: how often healthy trained baselines carry one, and five tricks that shall."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Generator, Tensor

from aeeval.datasets.base import Dataset
from aeeval.datasets.spec import Sizes
from aeeval.errors import Skipped
from aeeval.evidence import SAMPLERS, Answers, Counts, Evidence
from aeeval.fitting import fit_model
from aeeval.metrics import METRICS
from aeeval.seeds import generator
from aeeval.submissions.adapted import tensors
from aeeval.submissions.load import load
from aeeval.submissions.model import Model
from aeeval.training import Budget
from tests import worlds
from tests.calibration.record import FLAG, Study, Test
from tests.worlds import World

FLAGS = ("answer_drift", "gradient_gap", "passes_input", "code_tail", "repeated_samples")
BASELINES = ("mlp", "vae", "pca")  # one after the other, by seed
ROWS, LATENT_DIM, SIGMA = Sizes(200, 50, 100, 0), 3, 0.05
BUDGET = Budget(steps=100, batch=100)
REPEATS, DRIFT, FAR = 0.2, 1e-3, 100.0


def _data(seed: int) -> Dataset:
    return worlds.dataset(seed=seed, noise=SIGMA, rows=ROWS, name=f"calibration-{seed}", dim=2, ambient_dim=20)


def _flagged(metric: str, model: Answers, data: Dataset, seed: int, samplers: Sequence[str] = SAMPLERS) -> bool | None:
    """Whether a value carries a remark; None where the metric gives no number at all."""
    evidence = Evidence(
        model, data, latent_dim=LATENT_DIM, seed=seed, samplers=samplers, counts=Counts(100, 50), task="flags"
    )
    try:
        values = METRICS.get(metric)(evidence)
    except Skipped:
        return None
    return any(value.reason is not None for value in values if value.value is not None)


def healthy(seed: int) -> Mapping[str, bool]:
    """A baseline, trained as a run trains it."""
    data, name = _data(seed), BASELINES[seed % len(BASELINES)]
    fitted = fit_model(load(name), data, latent_dim=LATENT_DIM, task=data.name, seed=seed, budget=BUDGET)
    found = {metric: _flagged(metric, fitted.model, data, seed) for metric in FLAGS}
    return {metric: flagged for metric, flagged in found.items() if flagged is not None}


def _restless(data: Dataset, seed: int) -> Answers:
    base, draw = worlds.pca(data.train.x, LATENT_DIM), generator(seed)
    return replace(base, decode=lambda z: base.decode(z) + DRIFT * _noise(len(z), 20, draw))


def _noise(n: int, dim: int, draw: Generator) -> Tensor:
    return torch.randn(n, dim, generator=draw, dtype=torch.float64) / dim**0.5


class Rounding(torch.nn.Module):
    """Codes rounded to a grid, with the gradient of codes that are not (straight-through)."""

    def __init__(self, base: World):
        super().__init__()
        self.base = base

    def encode(self, x: Tensor) -> Tensor:
        z = self.base.encode(x)
        return z + (torch.round(4 * z) / 4 - z).detach()

    def decode(self, z: Tensor) -> Tensor:
        return self.base.decode(z)


def _straight_through(data: Dataset, seed: int) -> Answers:
    module: Any = Rounding(worlds.pca(data.train.x, LATENT_DIM))
    adapted = tensors(module, module.encode, module.decode)
    return Model(adapted, shape=(20,), latent_dim=LATENT_DIM, dtype=torch.float64)


def _passing(data: Dataset, seed: int) -> Answers:
    return worlds.identity()


def _heavy(data: Dataset, seed: int) -> Answers:
    """One code in twenty lies a hundred times as far."""
    base = worlds.pca(data.train.x, LATENT_DIM)

    def encode(x: Tensor) -> Tensor:
        z = base.encode(x)
        return torch.cat([FAR * z[: len(z) // 20], z[len(z) // 20 :]])

    return replace(base, encode=encode)


def _repeating(data: Dataset, seed: int) -> Answers:
    def sampler(n: int, draw: Generator) -> Tensor:
        rows = data.support.sample(n, draw)
        return torch.where(torch.rand(n, 1, generator=draw) < REPEATS, rows[:1], rows)

    return replace(worlds.pca(data.train.x, LATENT_DIM), sampler=sampler)


def tricky(metric: str, build: Callable[[Dataset, int], Answers], seed: int) -> Mapping[str, bool]:
    """A model with one trick."""
    data = _data(seed)
    return {metric: bool(_flagged(metric, build(data, seed), data, seed, ("native",)))}


TRICKS: dict[str, tuple[str, Callable[[Dataset, int], Answers]]] = {
    "answer_drift": ("answers that move by .1 % of scale when asked again", _restless),
    "gradient_gap": ("codes rounded to a grid of .25, straight through", _straight_through),
    "passes_input": ("the identity", _passing),
    "code_tail": ("one code in twenty lies 100 times as far", _heavy),
    "repeated_samples": ("one sample in five repeats one row", _repeating),
}

STUDIES = (
    Study(
        "flags",
        f"{', '.join(BASELINES)} at k = {LATENT_DIM}, {BUDGET.steps} steps on {ROWS.train} rows of a 2-sphere in R²⁰",
        healthy,
        {words: partial(tricky, metric, build) for metric, (words, build) in TRICKS.items()},
        tuple(
            Test(metric, metric, "the record carries a reason", words, 0.01, FLAG)
            for metric, (words, _) in TRICKS.items()
        ),
        repetitions=501,
        small=4,
    ),
)
