"""Train the seeds of a model together, and ask the package's own metrics."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch

from aeeval.datasets.base import Dataset
from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.errors import AeevalError
from aeeval.evidence import Counts, Evidence, Memo
from aeeval.fitting import Fitted
from aeeval.joint import fit_seeds
from aeeval.metrics import METRICS
from aeeval.record import axes_label
from aeeval.submissions.load import load
from aeeval.submissions.submission import Submission
from aeeval.training import Budget
from tests.findings.record import Size


@dataclass(frozen=True)
class Ground:
    """Data of a study, one set a seed, and what is shared by all models on it."""

    name: str
    latent_dim: int
    datasets: Mapping[int, Dataset]
    shared: Mapping[int, Memo]
    samplers: tuple[str, ...]


def ground(
    name: str, size: Size, latent_dim: int, *, samplers: Sequence[str] = (), test: int = 1000, beyond: int = 0, **data
) -> Ground:
    """`data` are fields of a `DataSpec`."""
    spec = DataSpec(rows=Sizes(size.rows, 200, test, beyond), **data)
    datasets = {seed: make_dataset(spec, name, seed) for seed in range(size.seeds)}
    return Ground(name, latent_dim, datasets, {seed: Memo() for seed in datasets}, tuple(samplers))


def fitted(where: Ground, model: str | Submission, size: Size, *, batch: int = 128) -> dict[int, Fitted]:
    """Seed -> the model, by the published trainer; a model that fails ends the study."""
    submission = load(model) if isinstance(model, str) else model
    budget = Budget(steps=size.steps, batch=batch, wall_s=3600.0)
    options = {"latent_dim": where.latent_dim, "task": where.name, "budget": budget}
    fits = dict[int, Fitted]()
    for seed, fit in fit_seeds(submission, where.datasets, **options).fits.items():
        if isinstance(fit, AeevalError):
            raise fit
        fits[seed] = fit
    return fits


def numbers(where: Ground, seed: int, fit: Fitted, metrics: Sequence[str]) -> dict[str, float]:
    """Metric, with its axes where it has any -> number."""
    facing = Evidence(
        fit.model,
        where.datasets[seed],
        latent_dim=where.latent_dim,
        task=where.name,
        seed=seed,
        counts=Counts(samples=1000, probe_rows=64),
        samplers=where.samplers,
        shared=where.shared[seed],
    )
    return dict(_numbers(facing, metrics))


def _numbers(facing: Evidence, metrics: Sequence[str]) -> Iterator[tuple[str, float]]:
    for name in metrics:
        for value in METRICS.get(name)(facing):
            if value.value is not None:
                yield f"{name} {axes_label(value.axes)}".strip(), value.value


def board(
    where: Ground, models: Mapping[str, str | Submission], size: Size, metrics: Sequence[str]
) -> list[dict[str, float]]:
    """For each seed: `metric [axes] model` -> number, of all models."""
    rows: list[dict[str, float]] = [{} for _ in where.datasets]
    for name, model in models.items():
        for seed, fit in fitted(where, model, size).items():
            rows[seed] |= {f"{key} {name}": value for key, value in numbers(where, seed, fit, metrics).items()}
    return rows


def joined(*parts: Sequence[dict[str, float]]) -> list[dict[str, float]]:
    """The numbers of several grounds, seed by seed."""
    return [{key: value for part in row for key, value in part.items()} for row in zip(*parts, strict=True)]


def rank_of_codes(codes: torch.Tensor, share: float = 0.01) -> int:
    """#{singular values of the centred codes above a share of the largest}."""
    values = torch.linalg.svdvals(codes - codes.mean(dim=0))
    return int((values > share * values[0]).sum())
