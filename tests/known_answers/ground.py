"""One model on one manifold: every number measured, and the facts of the data that theory speaks of."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np
import torch
from scipy import spatial, special
from torch import Tensor

from aeeval.datasets.base import Dataset
from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.errors import Skipped
from aeeval.evidence import Counts, Evidence, Memo
from aeeval.manifolds.base import Support
from aeeval.manifolds.make import make
from aeeval.metrics import all_metrics
from aeeval.metrics.base import Axis, Metric, Value
from tests.known_answers import models

AMBIENT_DIM = 20
SIGMA = 0.03  # of scale, less where the reach is small
WIDE = 4.5  # standard deviations that a right number may be away: 7e-6 a cell, of some thousands


@dataclass(frozen=True)
class Count:
    """How many rows and points a run of the matrix uses."""

    rows: int
    probes: int
    samples: int


FULL, SMALL = Count(500, 200, 500), Count(200, 50, 200)


@cache
def data_of(manifold: str, count: Count) -> Dataset:
    """The last named support of a registered manifold in R²⁰, under tube noise that is well inside half its reach."""
    params = {"ambient_dim": AMBIENT_DIM}
    built = make(manifold, **params)
    support = built.support_names()[-1]
    piece = built.support(support)
    sigma = min(SIGMA, 0.2 * _room(piece) / math.sqrt(AMBIENT_DIM - min(part.dim for part in built.components)))
    rows = Sizes(count.rows, 50, count.rows, count.rows)
    spec = DataSpec(manifold=manifold, params=params, support=support, noise=sigma, rows=rows)
    return make_dataset(spec, f"known-{manifold}", 0)


def _room(piece: Support) -> float:
    """The reach that half of the points of every component have at least, / scale."""
    points = piece.sample(500, torch.Generator().manual_seed(0))
    reach = piece.manifold.local_reach(points)
    return min(reach[rows].median().item() for _, rows in piece.manifold.by_component(points)) / piece.scale


@cache
def shared(manifold: str, count: Count) -> Memo:
    """What all models on a data set have in common."""
    return Memo()


@dataclass
class Ground:
    """A model on a manifold, with everything that was measured there."""

    manifold: str
    model: models.Model
    count: Count
    base: "Ground | None" = None
    """The model `pca` on the same manifold."""
    values: dict[str, list[Value]] = field(default_factory=dict)

    @cached_property
    def data(self) -> Dataset:
        return data_of(self.manifold, self.count)

    @cached_property
    def evidence(self) -> Evidence:
        return Evidence(
            self.model.build(self.data),
            self.data,
            latent_dim=models.rank(self.data),
            task=f"known-{self.manifold}",
            counts=Counts(samples=self.count.samples, probe_rows=self.count.probes),
            samplers=("native",),
            shared=shared(self.manifold, self.count),
        )

    def measure(self) -> "Ground":
        """Every metric that this model stands for."""
        for metric in asked(self.model):
            self.values[metric.id] = list(_values(metric, self.evidence))
        return self

    def value(self, metric: str, **axes: Axis) -> float:
        """A number measured, for laws that bind one metric to another; nan where it was skipped."""
        found = [v.value for v in self.values[metric] if axes.items() <= v.axes.items()]
        return math.nan if not found or found[0] is None else found[0]

    def base_value(self, metric: str, **axes: Axis) -> float:
        """The number that `pca` has at these axes."""
        assert self.base is not None
        return self.base.value(metric, **axes)

    def stderr(self, metric: str) -> float:
        """The standard error that a metric states; nan where it was skipped."""
        stated = self.values[metric][0].stderr
        return math.nan if stated is None else stated

    @cached_property
    def is_union(self) -> bool:
        return len(self.data.manifold.components) > 1

    @cached_property
    def probe_dim(self) -> float:
        """The mean of d over the probe points."""
        return self.data.manifold.local_dim(self.evidence.probe_points).double().mean().item()

    @cached_property
    def probe_shares(self) -> dict[int, float]:
        """d -> share of the probe points that lie on a component of this dimension."""
        dims = self.data.manifold.local_dim(self.evidence.probe_points)
        return {d: (dims == d).double().mean().item() for d in dims.unique().tolist()}

    @property
    def k(self) -> int:
        return models.rank(self.data)

    @property
    def room(self) -> int:
        """e(S), its upper end."""
        return self.data.support.embedding_dim[1]

    @cached_property
    def codim(self) -> Tensor:
        """(n,) D − d at the clean test rows."""
        return AMBIENT_DIM - self.data.manifold.local_dim(self.data.test.clean).double()

    @cached_property
    def noise_power(self) -> tuple[float, float]:
        """E‖ν‖² of the tube noise of the test rows, from the law of χ cut off at half the reach; and 4.5 sd of a mean.

        E[ℓ² | ℓ ≤ L] = σ² q P(q/2 + 1, L²/2σ²) / P(q/2, L²/2σ²) with q = D − d and P the incomplete gamma function.
        """
        q, sigma = self.codim.numpy(), self.data.noise.sigma * self.data.scale
        cut = np.square((self.data.manifold.local_reach(self.data.test.clean) / 2).numpy() / sigma) / 2
        power = sigma**2 * q * special.gammainc(q / 2 + 1, cut) / special.gammainc(q / 2, cut)
        spread = sigma**2 * np.sqrt(2 * q)  # at most: cutting off takes spread away
        return power.mean().item(), WIDE * math.sqrt(np.square(spread).sum()) / len(q)

    def nearest_training(self, x: Tensor) -> np.ndarray:
        """(n,) row numbers of the nearest training rows, by scipy's k-d tree."""
        return spatial.cKDTree(self.data.train.x.numpy()).query(x.numpy())[1]

    def tail(self, rows: Tensor, rank: int) -> float:
        """Eckart and Young: the least mean square error of any affine map of this rank on the rows, / scale²."""
        spread = np.linalg.eigvalsh(np.cov(rows.numpy().T, bias=True))
        return max(0.0, spread[: len(spread) - rank].sum().item()) / self.data.scale**2


def _values(metric: Metric, evidence: Evidence) -> Iterable[Value]:
    try:
        return metric(evidence)
    except Skipped as reason:
        return [Value.skipped(str(reason))]


@cache
def asked(model: models.Model) -> tuple[Metric, ...]:
    """Samplers are asked how they sample, the other models everything else that is a number of the model."""
    return tuple(
        metric
        for metric in all_metrics()
        if metric.capability != "throughput" and (metric.capability == "sampling") == model.samples
    )
