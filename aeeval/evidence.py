"""Evidence: a fitted model facing a data set, each forward pass made once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeVar

import torch
from torch import Generator, Tensor

from aeeval.datasets.base import Beyond, Dataset
from aeeval.errors import Skipped
from aeeval.manifolds.base import Manifold, Support
from aeeval.numerics.batches import by_batches
from aeeval.seeds import derive, generator
from aeeval.trips import Trips

SAMPLERS = ("native", "prior", "gauss", "gmm10")
T = TypeVar("T")


class Answers(Protocol):
    """What a metric asks of a model: maps of flat float64 rows (see `aeeval.submissions.model.Model`)."""

    def encode(self, x: Tensor) -> Tensor: ...

    def decode(self, z: Tensor) -> Tensor: ...

    def reconstruct(self, x: Tensor) -> Tensor: ...

    def sample(self, n: int, generator: Generator) -> Tensor | None: ...

    def slope(self, x: Tensor, along: Tensor, onto: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class Counts:
    """How much is measured: `samples` drawn from every sampler, `probe_rows` points where derivatives are taken."""

    samples: int = 1000
    probe_rows: int = 128


@dataclass
class Memo:
    """Results computed by the first that asks."""

    values: dict[str, Any] = field(default_factory=dict)

    def get(self, key: str, compute: Callable[[], T]) -> T:
        """The value of a key, computed once."""
        if key not in self.values:
            self.values[key] = compute()
        value: T = self.values[key]
        return value


class Evidence:
    """Everything that a metric may look at. Metrics read it and nothing else.

    Attributes: `model`; `dataset`; `latent_dim`, the k of the task; `task` and `seed`, from which `generator` derives;
    `counts`; `samplers`; `memo`, results of this evidence that several metrics use; `shared`, results that all
    submissions on this data set have in common (fresh truth, nulls); `knows_training_rows`, False for a trained model
    without the rows it was trained on; `timings`, what the throughput engine measured, each with its axes.
    """

    def __init__(
        self,
        model: Answers,
        dataset: Dataset,
        *,
        latent_dim: int,
        task: str = "task",
        seed: int = 0,
        counts: Counts | None = None,
        samplers: Sequence[str] = SAMPLERS,
        shared: Memo | None = None,
        knows_training_rows: bool = True,
        timings: Sequence[Any] = (),
    ):
        self.model, self.dataset, self.latent_dim = model, dataset, latent_dim
        self.task, self.seed, self.counts = task, seed, counts or Counts()
        self.memo = Memo()
        self.samplers, self.shared = tuple(samplers), shared or Memo()
        self.knows_training_rows, self.timings = knows_training_rows, tuple(timings)

    def generator(self, purpose: str) -> Generator:
        """The generator of a purpose such as `"metric/copying"`, the same for every submission."""
        return generator(derive(self.task, self.seed, purpose))

    @property
    def scale(self) -> float:
        """The unit of length of the task."""
        return self.dataset.scale

    @property
    def support(self) -> Support:
        """S; only where the truth is known."""
        if self.dataset.support is None:
            raise Skipped("needs a known manifold")
        return self.dataset.support

    @property
    def manifold(self) -> Manifold:
        """𝓜; only where the truth is known."""
        return self.support.manifold

    @property
    def beyond(self) -> Beyond:
        """Held-out points outside S; only where the support is a part of 𝓜."""
        if self.dataset.beyond is None:
            raise Skipped("the support is the whole manifold")
        return self.dataset.beyond

    @cached_property
    def train_trips(self) -> Trips:
        """r of the training rows as seen."""
        return Trips(self.model, self.dataset.train.x)

    @cached_property
    def test_trips(self) -> Trips:
        """r of the clean test rows."""
        return Trips(self.model, self.dataset.test.clean)

    @cached_property
    def noisy_test_trips(self) -> Trips:
        """r of the test rows as seen."""
        test = self.dataset.test
        return self.test_trips if test.x is test.clean else Trips(self.model, test.x)

    @cached_property
    def beyond_trips(self) -> Trips:
        """r of the points outside the support."""
        return Trips(self.model, self.beyond.x)

    @property
    def held_out(self) -> Tensor:
        """(m, D) clean real rows of classes that the training had none of."""
        if self.dataset.held_out is None:
            raise Skipped("no class was held out")
        return self.dataset.held_out

    @cached_property
    def held_out_trips(self) -> Trips:
        """r of the rows of held-out classes."""
        return Trips(self.model, self.held_out)

    @property
    def train_codes(self) -> Tensor:
        """(n, k) codes of the training rows as seen."""
        return self.train_trips.codes

    @property
    def test_codes(self) -> Tensor:
        """(n, k) codes of the clean test rows."""
        return self.test_trips.codes

    @property
    def test_hat(self) -> Tensor:
        """(n, D) r of the clean test rows, all at once: a copy of them, which `test_trips` does without."""
        return self.test_trips.all

    @cached_property
    def train_mean(self) -> Tensor:
        """(D,) what the mean predictor answers: the mean of the training rows as seen."""
        return self.dataset.train.x.mean(dim=0)

    @property
    def code_length(self) -> int:
        """The length of the codes; the task's k, but for reference rows, whose code may have any length."""
        return self.train_codes.shape[1]

    @cached_property
    def codes_vary(self) -> bool:
        """False for a model that maps all training rows to one code."""
        spread = (self.train_codes - self.train_codes.mean(dim=0)).abs().max()
        return bool(spread > 1e-9 * self.train_codes.abs().max().clamp(min=1e-300))

    @property
    def step(self) -> float:
        """The step of all secants: 1 % of min(reach, scale), the reach that of the components on a union."""
        if self.dataset.support is None:
            return 0.01 * self.scale
        return 0.01 * min(self.scale, *(component.reach for component in self.manifold.components))

    @cached_property
    def probe_points(self) -> Tensor:
        """(p, D) clean test rows where derivatives are taken: two steps inside 𝓜, four from every other component."""
        rows = self.dataset.test.clean
        if self.dataset.support is not None:
            rows = rows[(by_batches(self._room, rows) > 2 * self.step).nonzero()[: self.counts.probe_rows, 0]]
        if len(rows) == 0:
            raise Skipped("no test row is inside the boundary of the manifold by two steps")
        return rows[: self.counts.probe_rows]

    def _room(self, rows: Tensor) -> Tensor:
        """(n,) how far points of 𝓜 are from its boundary and from its other components."""
        return torch.minimum(self.manifold.boundary_distance(rows), self.manifold.local_reach(rows))


def mean_square(distances: Tensor) -> float:
    """mean d² of distances (n,)."""
    return distances.square().mean().item()


def rms(distances: Tensor) -> float:
    """(mean d²)^½ of distances (n,)."""
    return mean_square(distances) ** 0.5


def rms_rows(difference: Tensor) -> float:
    """(mean ‖row‖²)^½ of (n, D)."""
    return rms(torch.linalg.vector_norm(difference, dim=1))


def unit_normals(manifold: Manifold, points: Tensor, generator: Generator) -> Tensor:
    """(n, D) random unit vectors, uniform on the unit sphere of the normal space at points of 𝓜."""
    from aeeval.datasets.noise import remove_tangent

    normal = torch.randn(points.shape, generator=generator, dtype=points.dtype)
    for component, rows in manifold.by_component(points):
        normal[rows] = remove_tangent(normal[rows], component.tangent(points[rows]))
    return normal / torch.linalg.vector_norm(normal, dim=1, keepdim=True)
