"""Data and models that are too few, too flat, too far or broken: what every metric has to answer or to skip."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor

from aeeval.datasets.base import Dataset, Rows
from aeeval.datasets.make import make_dataset
from aeeval.datasets.noise import Noise
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.evidence import Counts, Evidence
from aeeval.submissions.adapted import tensors
from aeeval.submissions.model import Model

N = 60
Map = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Maps:
    """A model of two maps of flat rows."""

    encode: Map
    decode: Map


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def facing(model: Maps, data: Dataset, k: int, rows: int = N) -> Evidence:
    """A model that answers in float64, as many samples and probes as there are rows."""
    shaped = tensors(model, lambda x: model.encode(x.flatten(1)), lambda z: model.decode(z).reshape(-1, *data.shape))
    answers = Model(shaped, shape=data.shape, latent_dim=k, dtype=torch.float64)
    return Evidence(answers, data, latent_dim=k, task="bad", counts=Counts(samples=rows, probe_rows=rows))


def linear(dim: int, k: int) -> Maps:
    """A random linear map to k numbers, halved on the way, and its pseudo-inverse."""
    matrix = draw(dim, k, seed=1)
    return Maps(lambda x: x @ matrix.to(x), lambda z: 0.5 * z @ torch.linalg.pinv(matrix).to(z))


def table(train: Tensor, test: Tensor, shape: tuple[int, ...] | None = None) -> Dataset:
    """Real rows, under noise of known size, so that no metric is skipped for want of it."""
    scale = (train - train.mean(dim=0)).square().sum(dim=1).mean().sqrt().item()
    noise = Noise("gaussian", 0.05)
    made = Dataset("bad", shape or tuple(train.shape[1:]), *(3 * [Rows(train, train)]), scale, "", noise=noise)
    generator = torch.Generator().manual_seed(7)
    noisy, seen = (Rows(made.perturb(rows, generator), rows) for rows in (train, test))
    return replace(made, train=noisy, val=noisy, test=seen, held_out=test + (train.std(dim=0, correction=0) > 0))


def piece(manifold: str, n: int, support: str, noise: float = 0.05, **params: int) -> Dataset:
    spec = DataSpec(manifold=manifold, params=params, support=support, noise=noise, rows=Sizes(n, n, n, max(n, 10)))
    return make_dataset(spec, "bad", 0)


@cache
def cap(n: int = N) -> Dataset:
    return piece("sphere", n, "cap", dim=2, ambient_dim=6)


def on_table(train: Tensor, test: Tensor, k: int = 2) -> Evidence:
    return facing(linear(train.shape[1], k), table(train, test), k, max(len(train), len(test)))


def on_cap(model: Maps, k: int = 2, n: int = N) -> Evidence:
    return facing(model, cap(n), k, n)


def line(dim: int, k: int) -> Maps:
    """All codes equal."""
    return Maps(lambda x: x.new_zeros(len(x), k), lambda z: z.new_ones(len(z), dim))


def nan(dim: int, k: int) -> Maps:
    return Maps(lambda x: x[:, :k], lambda z: z.new_full((len(z), dim), torch.nan))


def overflows(dim: int, k: int, most: float = 1.5) -> Maps:
    """Good near the codes of data, infinite beyond: the data of a cap have codes of length 1.2 at most."""
    good = linear(dim, k)
    return Maps(
        lambda x: good.encode(x) / torch.linalg.vector_norm(good.encode(x), dim=1, keepdim=True).clamp(min=1),
        lambda z: torch.where(torch.linalg.vector_norm(z, dim=1, keepdim=True) > most, torch.inf, good.decode(z)),
    )


def huge(dim: int, k: int) -> Maps:
    """As large as single precision holds; squares of it still fit into a float64."""
    good = linear(dim, k)
    return Maps(good.encode, lambda z: 1e36 * good.decode(z))


ROWS = draw(2 * N, 4)


def near_duplicates() -> Evidence:
    half = ROWS[: N // 2]
    return on_table(ROWS[N:], torch.cat([half, half + 1e-6 * draw(len(half), 4, seed=2)]))


def constant_columns(rows: Tensor = ROWS) -> Evidence:
    wide = torch.cat([rows, torch.full((len(rows), 3), 7.0, dtype=rows.dtype)], dim=1)
    model = linear(4, 2)
    padded = Maps(
        lambda x: model.encode(x[:, :4]),
        lambda z: torch.cat([model.decode(z), z.new_full((len(z), 3), 7.0)], dim=1),
    )
    return facing(padded, table(wide[N:], wide[:N]), 2)


def far_away(offset: float = 100.0) -> Evidence:
    """Rows of spread 1 about 100, rounded to float32 as files and models hold them."""
    rows = (ROWS + offset).float().double()
    model = linear(4, 2)
    shifted = Maps(lambda x: model.encode(x - offset), lambda z: model.decode(z) + offset)
    return facing(shifted, table(rows[N:], rows[:N]), 2)


def as_they_are() -> Evidence:
    return facing(linear(4, 2), table(ROWS[N:], ROWS[:N]), 2)


def pictures(side: int, n: int = N) -> Evidence:
    rows = torch.rand(2 * n, side * side, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    return facing(linear(side * side, 2), table(rows[n:], rows[:n], (1, side, side)), 2)


WORLDS: dict[str, Callable[[], Evidence]] = {
    "3 rows": lambda: on_table(ROWS[:3], ROWS[3:6]),
    "2 rows": lambda: on_table(ROWS[:2], ROWS[2:4]),
    "1 test row": lambda: on_table(ROWS[:2], ROWS[2:3]),
    "k > n": lambda: on_table(ROWS[:3], ROWS[3:6], k=5),
    "k > D": lambda: on_table(ROWS[N:, :2], ROWS[:N, :2], k=5),
    "D = 1": lambda: on_table(ROWS[N:, :1], ROWS[:N, :1], k=1),
    "near-duplicates": near_duplicates,
    "constant columns": constant_columns,
    "offset of 100 in float32": far_away,
    "one test row, repeated": lambda: on_table(ROWS[N:], ROWS[:1].repeat(N, 1)),
    "test rows at the training mean": lambda: on_table(ROWS[N:], ROWS[N:].mean(dim=0).repeat(N, 1)),
    "two classes of equal rows": lambda: on_table(ROWS[:2].repeat(N // 2, 1), ROWS[:2].repeat(N // 2, 1)),
    "pictures of one pixel": lambda: pictures(1),
    "pictures of 5 × 5": lambda: pictures(5),
    "all codes equal, real rows": lambda: facing(line(4, 2), table(ROWS[N:], ROWS[:N]), 2),
    "NaN answers, real rows": lambda: facing(nan(4, 2), table(ROWS[N:], ROWS[:N]), 2),
    "huge answers, real rows": lambda: facing(huge(4, 2), table(ROWS[N:], ROWS[:N]), 2),
    "1 row of 𝓜": lambda: on_cap(linear(6, 2), n=1),
    "2 rows of 𝓜": lambda: on_cap(linear(6, 2), n=2),
    "7 rows of 𝓜": lambda: on_cap(linear(6, 2), n=7),
    "k > D on 𝓜": lambda: on_cap(linear(6, 9), k=9),
    "d = k = 1": lambda: facing(linear(2, 1), piece("sphere", N, "cap", dim=1, ambient_dim=2), 1),
    "𝓜 fills the space": lambda: facing(linear(2, 2), piece("plane", N, "box", 0.0, dim=2, ambient_dim=2), 2),
    "𝓜 is a line in R": lambda: facing(linear(1, 1), piece("plane", N, "box", 0.0, dim=1, ambient_dim=1), 1),
    "all codes equal": lambda: on_cap(line(6, 2)),
    "NaN answers": lambda: on_cap(nan(6, 2)),
    "infinite far from the data": lambda: on_cap(overflows(6, 2)),
    "huge answers": lambda: on_cap(huge(6, 2)),
}
