"""What a task says about its data."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sizes:
    """Number of rows in each split; `beyond` counts the held-out points outside the support."""

    train: int = 1000
    val: int = 200
    test: int = 2000
    beyond: int = 2000


@dataclass(frozen=True)
class DataSpec:
    """Exactly one of manifold, dataset, path and arrays, and what is done with it.

    `arrays` holds rows in memory by split name; `params` go to the factory of the manifold or data set; `density`
    is the law of the points on the support; `noise` is the standard deviation per coordinate in units of scale, 0 for
    none.
    """

    manifold: str | None = None
    dataset: str | None = None
    path: str | None = None
    arrays: dict[str, Any] | None = field(default=None, compare=False)
    params: dict[str, Any] = field(default_factory=dict)
    support: str = "all"
    support_params: dict[str, Any] = field(default_factory=dict)
    density: str = "uniform"
    density_params: dict[str, Any] = field(default_factory=dict)
    noise: float = 0.0
    noise_kind: str = "tube"
    rows: Sizes = field(default_factory=Sizes)
