"""Autoencoders whose numbers are known: identity, constant, exact projector, memoriser, PCA and relatives of them.

All answer flat float64 rows, as `aeeval.evidence.Answers` asks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aeeval.datasets.base import Dataset
from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.errors import Skipped
from aeeval.evidence import SAMPLERS, Counts, Evidence
from aeeval.manifolds.base import Manifold
from aeeval.numerics.neighbours import nearest

Map = Callable[[Tensor], Tensor]
SIZES = Sizes(1000, 200, 1000, 1000)
COUNTS = Counts(samples=1000, probe_rows=1000)


@dataclass(frozen=True)
class World:
    """An autoencoder made of two maps, with a sampler where it has one; `smooth`: torch takes gradients through it."""

    encode: Map
    decode: Map
    sampler: Callable[[int, Generator], Tensor] | None = None
    smooth: bool = False

    def reconstruct(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))

    def sample(self, n: int, generator: Generator) -> Tensor | None:
        return self.sampler(n, generator) if self.sampler else None

    def slope(self, x: Tensor, along: Tensor, onto: Tensor) -> Tensor:
        if not self.smooth:
            raise Skipped("a pair of maps gives no gradient")
        t = torch.zeros(len(x), 1, dtype=x.dtype, requires_grad=True)
        (slope,) = torch.autograd.grad((self.reconstruct(x + t * along) * onto).sum(), t)
        return slope[:, 0]


def same(x: Tensor) -> Tensor:
    return x


def identity() -> World:
    return World(same, same)


def constant(value: Tensor) -> World:
    return World(lambda x: x.new_zeros(len(x), 1), lambda z: value.expand(len(z), -1))


def projector(manifold: Manifold, factor: float = 1.0) -> World:
    """π, or a multiple of it."""
    return World(manifold.project, lambda z: factor * z)


def thick_projector(manifold: Manifold, extra: int) -> World:
    """π plus the normal parts of `extra` fixed directions: passes on so many directions too many."""
    generator = torch.Generator().manual_seed(3)
    fixed = torch.randn(extra, manifold.ambient_dim, generator=generator, dtype=torch.float64)

    def reconstruct(x: Tensor) -> Tensor:
        m = manifold.project(x).clone()
        for component, rows in manifold.by_component(m):
            tangent = component.tangent(m[rows])
            normal = fixed - torch.einsum("qi,ndi,ndj->nqj", fixed, tangent, tangent)
            frame = torch.linalg.qr(normal.mT).Q  # of the same plane wherever the frames of 𝓜 turn
            off = x[rows] - m[rows]
            m[rows] += torch.einsum("niq,nq->ni", frame, torch.einsum("njq,nj->nq", frame, off))  # no D x D a row
        return m

    return World(reconstruct, same)


def memoriser(rows: Tensor) -> World:
    """Answers the nearest training row."""
    return World(lambda x: rows[nearest(x, rows)[1]], same)


def pca(rows: Tensor, k: int, factor: float = 1.0) -> World:
    """The projection on the k main axes of the rows, through their mean, times a factor."""
    centre = rows.mean(dim=0)
    axes = torch.linalg.svd(rows - centre, full_matrices=False).Vh[:k]
    return World(lambda x: (x - centre) @ axes.T, lambda z: centre + factor * (z @ axes))


def linear(matrix: Tensor) -> World:
    """x -> A x."""
    return World(same, lambda z: z @ matrix.T)


def dataset(
    manifold: str = "sphere",
    seed: int = 0,
    *,
    support: str = "all",
    noise: float = 0.0,
    noise_kind: str = "tube",
    rows: Sizes = SIZES,
    name: str = "world",
    **params: float,
) -> Dataset:
    params = params or {"dim": 2, "ambient_dim": 20}
    spec = DataSpec(manifold=manifold, params=params, support=support, noise=noise, noise_kind=noise_kind, rows=rows)
    return make_dataset(spec, name, seed)


def evidence(
    model: World,
    data: Dataset,
    *,
    latent_dim: int = 2,
    seed: int = 0,
    counts: Counts = COUNTS,
    samplers: Sequence[str] = SAMPLERS,
) -> Evidence:
    return Evidence(model, data, latent_dim=latent_dim, task="world", seed=seed, counts=counts, samplers=samplers)
