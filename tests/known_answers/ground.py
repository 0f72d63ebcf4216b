"""One model on one data set: every number measured, and the facts of the data that theory speaks of."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np
import torch
from scipy import spatial, special
from torch import Tensor

from aeeval.datasets.base import Dataset
from aeeval.errors import Skipped
from aeeval.evidence import Counts, Evidence, Memo
from aeeval.metrics import all_metrics
from aeeval.metrics.base import Axis, Metric, Value
from aeeval.samples import draw
from tests.known_answers import models
from tests.known_answers.places import Count, data_of

WIDE = 4.5  # standard deviations that a right number may be away: 7e-6 a cell, of some thousands


@cache
def shared(place: str, count: Count) -> Memo:
    """What all models on a data set have in common."""
    return Memo()


@cache
def of_place(place: str, count: Count) -> Memo:
    """What the second computations on a data set have in common; never that of the metrics."""
    return Memo()


@dataclass
class Ground:
    """A model on a data set, with everything that was measured there."""

    place: str
    model: models.Model
    count: Count
    base: "Ground | None" = None
    """The model `pca` on the same data."""
    values: dict[str, list[Value]] = field(default_factory=dict)
    cache: Memo = field(default_factory=Memo)

    @cached_property
    def data(self) -> Dataset:
        return data_of(self.place, self.count)

    @property
    def of_place(self) -> Memo:
        return of_place(self.place, self.count)

    @property
    def known(self) -> bool:
        """Whether 𝓜 is known."""
        return self.data.support is not None

    @cached_property
    def evidence(self) -> Evidence:
        return Evidence(
            self.model.build(self.data),
            self.data,
            latent_dim=models.rank(self.data),
            task=f"known-{self.place}",
            counts=Counts(samples=self.count.samples, probe_rows=self.count.probes),
            samplers=("native",),
            shared=shared(self.place, self.count),
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

    def base_value(self, metric: str, axes: dict[str, Axis]) -> Value:
        """What `pca` has at these axes."""
        assert self.base is not None
        return next((v for v in self.base.values[metric] if v.axes == axes), self.base.values[metric][0])

    def stderr(self, metric: str) -> float:
        """The standard error that a metric states; nan where it was skipped."""
        stated = self.values[metric][0].stderr
        return math.nan if stated is None else stated

    # the model, by maps of the test's own where it looks rows up

    def f(self, x: Tensor) -> Tensor:
        if self.model.remembers is None:
            return self.evidence.model.encode(x)
        return self.model.remembers(self.data, x, torch.from_numpy(self.nearest_training(x)))

    def g(self, z: Tensor) -> Tensor:
        return self.evidence.model.decode(z)

    def r(self, x: Tensor) -> Tensor:
        return self.g(self.f(x))

    @cached_property
    def matrix(self) -> Tensor:
        """(D, D) J_r of an affine model."""
        ends = self.r(torch.cat([torch.eye(self.data.ambient_dim), torch.zeros(1, self.data.ambient_dim)]).double())
        return (ends[:-1] - ends[-1]).T

    @cached_property
    def train_codes(self) -> Tensor:
        return self.f(self.data.train.x)

    @property
    def length(self) -> int:
        """Of the codes."""
        return self.train_codes.shape[1]

    @cached_property
    def spread_of_codes(self) -> float:
        """RMS ‖z − z̄‖ of the training codes."""
        codes = self.train_codes.numpy()
        return float(np.sqrt(np.square(codes - codes.mean(axis=0)).sum(axis=1).mean()))

    @cached_property
    def samples(self) -> Tensor:
        """(n, D) what the sampler drew."""
        return draw(self.evidence, "native")

    @cached_property
    def feet(self) -> Tensor:
        """(n, D) their closest points on 𝓜; the samples themselves on real data."""
        return self.data.manifold.project(self.samples) if self.known else self.samples

    # the data

    @cached_property
    def is_union(self) -> bool:
        return len(self.data.manifold.components) > 1

    @cached_property
    def step(self) -> float:
        """1 % of scale, or of the smallest reach."""
        reach = [part.reach for part in self.data.manifold.components] if self.known else []
        return 0.01 * min([self.data.scale, *reach])

    @cached_property
    def probe_points(self) -> Tensor:
        """The first clean test rows that are two steps from the boundary, and from other components."""
        rows = self.data.test.clean
        if self.known:
            manifold = self.data.manifold
            room = np.minimum(manifold.boundary_distance(rows).numpy(), manifold.local_reach(rows).numpy())
            rows = rows[torch.from_numpy(room > 2 * self.step)]
        return rows[: self.count.probes]

    @cached_property
    def probe_shares(self) -> dict[int, float]:
        """d -> share of the probe points that lie on a component of this dimension."""
        dims = self.data.manifold.local_dim(self.probe_points)
        return {d: (dims == d).double().mean().item() for d in dims.unique().tolist()}

    @property
    def probe_dim(self) -> float:
        """The mean of d over the probe points."""
        return sum(d * share for d, share in self.probe_shares.items())

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
        return self.data.ambient_dim - self.data.manifold.local_dim(self.data.test.clean).double()

    def beyond_at(self, middle: float) -> Tensor:
        """The points beyond S in the bin of this middle, in units of scale."""
        beyond = self.data.beyond
        middles = (beyond.edges[1:] + beyond.edges[:-1]) / 2 / self.data.scale
        return beyond.x[beyond.bin_index() == (middles - middle).abs().argmin()]

    def with_room(self, delta: float) -> Tensor:
        """The clean test rows whose half reach leaves room for a step of δ · scale."""
        room = self.data.manifold.local_reach(self.data.test.clean) / 2
        return self.data.test.clean[delta * self.data.scale <= room]

    def unit_normals(self, m: Tensor, random: np.random.Generator) -> Tensor:
        """(n, D) random unit normals at points of 𝓜: what is left of a Gaussian vector off the tangent frame."""
        normal = random.standard_normal(m.shape)
        for part, rows in self.data.manifold.by_component(m):
            frame = part.tangent(m[rows]).numpy()
            own = normal[rows.numpy()]
            normal[rows.numpy()] = own - np.einsum("nd,ndi->ni", np.einsum("ndi,ni->nd", frame, own), frame)
        return torch.from_numpy(normal / np.linalg.norm(normal, axis=1, keepdims=True))

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
        tree = self.of_place.get("training tree", lambda: spatial.cKDTree(self.data.train.x.numpy()))
        return tree.query(x.numpy())[1]

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
