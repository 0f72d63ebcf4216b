"""What a task says about its data."""

from dataclasses import dataclass, field
from typing import Any

from aeeval.errors import DataError, message


@dataclass(frozen=True)
class Sizes:
    """Number of rows in each split; `beyond` counts the points outside the support, or the rows of held-out classes."""

    train: int = 1000
    val: int = 200
    test: int = 2000
    beyond: int = 2000


@dataclass(frozen=True)
class DataSpec:
    """Exactly one of manifold, dataset, path and arrays, and what is done with it.

    `arrays` holds rows in memory by split name; `params` go to the factory of the manifold or data set; `density`
    is the law of the points on the support; `held_out` lists the classes of a registered set that no model is trained
    on; `noise` is the standard deviation per coordinate in units of scale, 0 for none.
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
    held_out: tuple[int, ...] = ()
    noise: float = 0.0
    noise_kind: str = "tube"
    rows: Sizes = field(default_factory=Sizes)

    def __post_init__(self) -> None:
        if self.held_out and self.dataset is None:
            way_out = "hold out a part of a manifold with support = ..., and rows of your own as an array held_out"
            raise DataError(message("a data set with classes for held_out", "none", way_out))
        if self.manifold is None:
            for key in ("support", "support_params", "density", "density_params"):
                if getattr(self, key) != _UNCHANGED[key]:
                    raise _of_manifolds(key, getattr(self, key), str(self.dataset or self.path or "arrays in memory"))


_UNCHANGED: dict[str, Any] = {"support": "all", "support_params": {}, "density": "uniform", "density_params": {}}


def _of_manifolds(key: str, value: Any, rows: str) -> DataError:
    """Real rows have neither supports nor densities: what a task asks for and does not get would be a wrong number."""
    way_out = f"drop {key}, or write manifold = ... in place of the real rows"
    return DataError(message(f"a manifold with {key} = {value!r}", rows, way_out))
