"""Two sides for the gate: records of `fvu`, `sliced_wasserstein` and others at given effects."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from aeeval.gate.pairing import pair
from aeeval.gate.settings import Settings
from aeeval.gate.sides import Side
from aeeval.gate.verdict import Verdict, gate
from aeeval.record import Record
from tests.report.conftest import METRICS, make

AXES = {"sliced_wasserstein": {"sampler": "gmm10"}}


def side(values: Mapping[str, np.ndarray], name: str = "mlp", path: str = "runs", **fields: object) -> Side:
    """A side with one record a number of metric -> (tasks, seeds); NaN becomes a failed one."""
    records = [
        make(
            metric,
            None if np.isnan(value) else float(value),
            task=f"task{t}",
            seed=seed,
            submission=name,
            axes=dict(AXES.get(metric, {})),
            **fields,
        )
        for metric, array in values.items()
        for (t, seed), value in np.ndenumerate(array)
    ]
    return Side(Path(path), name, tuple(records))


def judged(base: Mapping[str, np.ndarray], head: Mapping[str, np.ndarray], settings: Settings | None = None) -> Verdict:
    sides = side(base, path="base"), side(head, path="head")
    return gate(*sides, pair(*sides, METRICS), settings or Settings())


@pytest.fixture
def noise() -> Callable[..., np.ndarray]:
    """Errors around .1 with relative noise: (tasks, seeds), each with its own draw."""

    def drawn(seed: int, tasks: int = 5, seeds: int = 5, sd: float = 0.005, factor: float = 1.0) -> np.ndarray:
        rng = np.random.default_rng(seed)
        return 0.1 * factor * np.exp(sd * rng.normal(size=(tasks, seeds)))

    return drawn


def write(path: Path, records: tuple[Record, ...]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(record.to_json() + "\n" for record in records))
    return path
