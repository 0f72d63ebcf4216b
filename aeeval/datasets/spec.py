"""What a task says about its data."""

from dataclasses import dataclass, field
from typing import Any

from aeeval.errors import DataError, message


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

    def __post_init__(self) -> None:
        if self.manifold is None:
            for key in ("support", "support_params", "density", "density_params"):
                if getattr(self, key) != _UNCHANGED[key]:
                    raise _of_manifolds(key, getattr(self, key), str(self.dataset or self.path or "arrays in memory"))


_UNCHANGED: dict[str, Any] = {"support": "all", "support_params": {}, "density": "uniform", "density_params": {}}


def _of_manifolds(key: str, value: Any, rows: str) -> DataError:
    """Real rows have neither supports nor densities: what a task asks for and does not get would be a wrong number."""
    way_out = f"drop {key}, or write manifold = ... in place of the real rows"
    return DataError(message(f"a manifold with {key} = {value!r}", rows, way_out))
