"""What the properties are tried on: three small data sets, one bent model, and every change of them that they survive.

A scene is a model facing a data set. A change gives the same scene in other words: moved, in other units, its rows in
another order, its codes renamed, its rows in other batches, its arithmetic in fewer digits.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Generator, Tensor

from aeeval.datasets.base import Beyond, Dataset, Rows
from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.evidence import Counts, Evidence, Memo
from aeeval.manifolds.embedded import Embedded, EmbeddedSupport
from aeeval.submissions.adapted import tensors
from aeeval.submissions.model import Model

N = 100  # rows of every split that is measured, of every sample, and probes: nothing depends on which come first
K = 3
Map = Callable[[Tensor], Tensor]


def _pictures(n: int, side: int = 8) -> Tensor:
    """(n, 1, side, side) blobs of random place, width and height, in (0, 1): no two numbers are equal."""
    draw = torch.rand(n, 4, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    place = torch.arange(side, dtype=torch.float64)
    down, across = (side - 1) * draw[:, :1], (side - 1) * draw[:, 1:2]
    width = 1.5 + draw[:, 2:3]
    blob = torch.exp(-((place - down) ** 2 / 2 / width**2))[:, :, None]
    blob = blob * torch.exp(-((place - across) ** 2 / 2 / width**2))[:, None, :]
    return (0.1 + 0.8 * (0.5 + 0.5 * draw[:, 3])[:, None, None] * blob)[:, None]


ROWS = Sizes(N, 20, N, N)
SPECS = {
    # dense at the pole and thin at the rim, so that every metric has something to say
    "cap": DataSpec(
        manifold="sphere",
        params={"dim": 2, "ambient_dim": 6},
        support="cap",
        density="exponential",
        noise=0.05,
        rows=ROWS,
    ),
    "table": DataSpec(dataset="breast-cancer", noise=0.1, rows=ROWS),
    "pictures": DataSpec(
        arrays={
            "train": _pictures(3 * N)[:N],
            "val": _pictures(3 * N)[N : N + 20],
            "test": _pictures(3 * N)[-N:],
            "held_out": 1 - _pictures(3 * N)[N : 2 * N],
        },
    ),
}


@cache
def dataset(name: str) -> Dataset:
    """The data of a scene."""
    return make_dataset(SPECS[name], f"property-{name}", 0)


@dataclass(frozen=True)
class Bent:
    """x -> z -> x̂, smooth, of full rank and no projector: PCA bent in its codes and in its decoder.

    In the units of the data: codes have about unit spread. `rename` and `back` are a change of the codes and its
    inverse; `to` and `fro` one of the rows.
    """

    centre: Tensor
    axes: Tensor
    """(K, D) principal axes, each times the spread of the rows along it."""
    shape: tuple[int, ...]
    to: Map
    fro: Map
    rename: Map
    back: Map

    def encode(self, x: Tensor) -> Tensor:
        z = (self.fro(x.flatten(1)) - self.centre.to(x)) @ torch.linalg.pinv(self.axes).to(x)
        return self.rename(z + 0.2 * torch.sin(z))

    def decode(self, z: Tensor) -> Tensor:
        codes = self.back(z)
        rows = self.centre.to(z) + (codes + 0.1 * torch.sin(2 * codes).roll(1, dims=1)) @ self.axes.to(z)
        return self.to(rows).reshape(-1, *self.shape)

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.decode(self.rename(torch.randn(n, K, generator=generator, dtype=torch.float64)))


@cache
def truth_of(name: str) -> Memo:
    """What all models on the data of a scene have in common."""
    return Memo()


def same(x: Tensor) -> Tensor:
    return x


def bent(data: Dataset, **maps: Map) -> Bent:
    """The model of a scene, fitted to its training rows."""
    centre = data.train.x.mean(dim=0)
    _, values, axes = torch.linalg.svd(data.train.x - centre, full_matrices=False)
    axes = axes[:K] * values[:K, None] / math.sqrt(len(data.train))
    return Bent(centre, axes, data.shape, **{"to": same, "fro": same, "rename": same, "back": same, **maps})


def facing(model: Bent, data: Dataset, dtype: torch.dtype = torch.float64, shared: Memo | None = None) -> Evidence:
    """The scene as metrics see it."""
    adapted = replace(tensors(model, model.encode, model.decode), sample=model.sample)
    answers = Model(adapted, shape=data.shape, latent_dim=K, dtype=dtype)
    counts = Counts(samples=N, probe_rows=N)
    return Evidence(answers, data, latent_dim=K, task="property", counts=counts, shared=shared)


@dataclass(frozen=True)
class Motion:
    """x -> factor · Q x + shift."""

    turn: Tensor
    shift: Tensor
    factor: float = 1.0

    def to(self, x: Tensor) -> Tensor:
        return self.factor * (x @ self.turn.T) + self.shift

    def fro(self, x: Tensor) -> Tensor:
        return (x - self.shift) @ self.turn / self.factor


def random_motion(dim: int, seed: int, length: float) -> Motion:
    """A random rotation or reflection, and a shift by that length."""
    generator = torch.Generator().manual_seed(seed)
    turn, _ = torch.linalg.qr(torch.randn(dim, dim, generator=generator, dtype=torch.float64))
    shift = torch.randn(dim, generator=generator, dtype=torch.float64)
    return Motion(turn, length * shift / torch.linalg.vector_norm(shift))


def in_units(dim: int, factor: float) -> Motion:
    """The same lengths in units that are 1/factor as long."""
    return Motion(torch.eye(dim, dtype=torch.float64), torch.zeros(dim, dtype=torch.float64), factor)


def moved(data: Dataset, motion: Motion) -> Dataset:
    """The data set after a motion: rows, truth and scale; every draw from its support is the moved draw."""

    def rows(part: Rows) -> Rows:
        clean = motion.to(part.clean)
        return Rows(clean if part.x is part.clean else motion.to(part.x), clean)

    beyond = data.beyond and Beyond(
        motion.to(data.beyond.x), motion.factor * data.beyond.distance, motion.factor * data.beyond.edges
    )
    return replace(
        data,
        train=rows(data.train),
        val=rows(data.val),
        test=rows(data.test),
        scale=motion.factor * data.scale,
        support=data.support and _moved_support(data.support, motion),
        held_out=None if data.held_out is None else motion.to(data.held_out),
        beyond=beyond,
    )


def _moved_support(support: EmbeddedSupport, motion: Motion) -> EmbeddedSupport:
    old = support.manifold
    new = Embedded(old.native, motion.turn @ old.frame, motion.to(old.shift[None])[0], motion.factor * old.factor)
    return EmbeddedSupport(new, support.native)


def after(name: str, motion: Motion) -> Evidence:
    """The scene with data and model moved."""
    data = dataset(name)
    return facing(bent(data, to=motion.to, fro=motion.fro), moved(data, motion))


def shuffled(name: str, seed: int) -> Evidence:
    """The scene with the rows of its splits in another order; the model is the same."""
    generator, data = torch.Generator().manual_seed(seed), dataset(name)

    def rows(part: Rows) -> Rows:
        order = torch.randperm(len(part), generator=generator)
        clean = part.clean[order]
        return Rows(clean if part.x is part.clean else part.x[order], clean)

    train, test, beyond = rows(data.train), rows(data.test), data.beyond
    if beyond is not None:
        order = torch.randperm(len(beyond.x), generator=generator)
        beyond = Beyond(beyond.x[order], beyond.distance[order], beyond.edges)
    apart = data.held_out
    if apart is not None:
        apart = apart[torch.randperm(len(apart), generator=generator)]
    return facing(bent(data), replace(data, train=train, test=test, beyond=beyond, held_out=apart))


def renamed(name: str, seed: int) -> Evidence:
    """The scene with codes h(z) in place of z: an oblique map, then an odd and smooth one of every entry."""
    generator, data = torch.Generator().manual_seed(seed), dataset(name)
    matrix = torch.eye(K, dtype=torch.float64) + 0.3 * torch.randn(K, K, generator=generator, dtype=torch.float64)
    inverse = torch.linalg.inv(matrix)
    return facing(
        bent(data, rename=lambda z: torch.sinh(z @ matrix), back=lambda z: torch.asinh(z) @ inverse),
        data,
        shared=truth_of(name),
    )


def plain(name: str, dtype: torch.dtype = torch.float64) -> Evidence:
    """The scene as it is."""
    data = dataset(name)
    return facing(bent(data), data, dtype, truth_of(name))
