"""From a description to the data set of one task at one seed."""

from dataclasses import replace

from aeeval.datasets.base import Dataset, Rows
from aeeval.datasets.real import real
from aeeval.datasets.spec import DataSpec
from aeeval.datasets.synthetic import synthetic
from aeeval.errors import GeometryError, message
from aeeval.seeds import derive, generator

CERTIFIED_SHARE = 0.999


def make_dataset(spec: DataSpec, name: str, seed: int) -> Dataset:
    """The splits of task `name` at `seed`; the geometry of a manifold depends on the name alone.

    Raises `GeometryError` or `DataError` where there is no such data set, also when fewer than 99.9 % of the rows under
    Gaussian noise have a certified closest point on their manifold.
    """
    dataset = synthetic(spec, name, seed) if spec.manifold is not None else real(spec, name, seed)
    if dataset.noise is None:
        return dataset

    def noised(rows: Rows, part: str) -> Rows:
        return Rows(dataset.perturb(rows.clean, generator(derive(name, seed, f"noise/{part}"))), rows.clean)

    dataset = replace(
        dataset,
        train=noised(dataset.train, "train"),
        val=noised(dataset.val, "val"),
        test=noised(dataset.test, "test"),
    )
    _check_certified(dataset)
    return dataset


def _check_certified(dataset: Dataset) -> None:
    """Tube noise keeps its closest point by construction; Gaussian noise has to show it."""
    if dataset.manifold is None or dataset.noise is None or dataset.noise.kind == "tube":
        return
    rows = dataset.test.x
    share = dataset.manifold.certified(rows, dataset.manifold.project(rows)).double().mean().item()
    if share < CERTIFIED_SHARE:
        raise GeometryError(
            message(
                f"a certified closest point for {CERTIFIED_SHARE:.1%} of the noisy rows",
                f"{share:.1%} on {dataset.name}",
                'lower the noise, or use noise_kind = "tube"',
            )
        )
