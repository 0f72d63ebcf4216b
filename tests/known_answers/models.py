"""The models of the matrix: what each is, built from the data that it faces."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor

from aeeval.datasets.base import Dataset
from aeeval.datasets.noise import remove_tangent
from aeeval.numerics.neighbours import nearest
from tests import worlds
from tests.worlds import World

EXTRA = 2  # normal directions that the thick projector passes on
FACTOR = 0.9  # of the scaled projector
WEIGHT = 0.5  # share of the nearest row's noise that the noisy memoriser repeats
SHRINK = 0.8
OFF = 0.05  # of scale, at most a quarter of the reach: how far the samplers off 𝓜 are


@dataclass(frozen=True)
class Model:
    """A name, what it does in one line, how it is built, and whether it stands for a round trip or for a sampler.

    `needs_truth`: it cannot be built where 𝓜 is unknown. `affine`: r is, so that one matrix is its derivative.
    `factor`: g multiplies by it (1 where codes are rows). `remembers`: f of rows from the numbers of the nearest
    training rows, (data, rows, numbers) -> codes, for models that look rows up.
    """

    name: str
    summary: str
    build: Callable[[Dataset], World]
    samples: bool = False
    needs_truth: bool = True
    affine: bool = False
    factor: float = 1.0
    remembers: Callable[[Dataset, Tensor, Tensor], Tensor] | None = None

    @property
    def answers_by_closest(self) -> bool:
        """Whether every round trip asks for a closest point of 𝓜."""
        return self.needs_truth and not self.samples


REAL_RANK = 4
COSTLY = ("splats",)  # data sets on which a closest point costs most


def rank(data: Dataset) -> int:
    """k of the linear models: the largest d; 4 on real data."""
    return max(part.dim for part in data.manifold.components) if data.support is not None else REAL_RANK


def _centre(data: Dataset) -> Tensor:
    return data.support.centroid if data.support is not None else data.train.x.mean(dim=0)


def displacement(data: Dataset) -> float:
    """Length of the steps off 𝓜."""
    return min(OFF * data.scale, *(part.reach / 4 for part in data.manifold.components))


def _scaled(data: Dataset) -> World:
    c = data.support.centroid
    return World(data.manifold.project, lambda z: c + FACTOR * (z - c))


def _noisy_memoriser(data: Dataset) -> World:
    return World(lambda x: _with_noise_of(data, x, nearest(x, data.train.x)[1]), worlds.same)


def _with_noise_of(data: Dataset, x: Tensor, rows: Tensor) -> Tensor:
    return data.manifold.project(x) + WEIGHT * (data.train.x - data.train.clean)[rows]


def _oblique(data: Dataset) -> World:
    """c + A (BᵀA)⁻¹ Bᵀ (x − c), with columns of A and B at an angle: idempotent of rank k, not symmetric."""
    generator, c = torch.Generator().manual_seed(5), _centre(data)
    a, b = torch.randn(2, len(c), rank(data), generator=generator, dtype=torch.float64)
    b = a + 0.3 * b
    matrix = torch.linalg.solve(b.T @ a, b.T)
    return World(lambda x: (x - c) @ matrix.T, lambda z: c + z @ a.T)


def _collapsed(data: Dataset) -> World:
    """PCA with one direction, in a code with room for d + 1: the other entries stay 0."""
    line, room = worlds.pca(data.train.x, 1), rank(data) + 1
    return World(
        lambda x: torch.nn.functional.pad(line.encode(x), (0, room - 1)),
        lambda z: line.decode(z[:, :1]),
    )


def _relabelled(data: Dataset) -> World:
    """PCA behind a smooth change of its codes and back: a turn, and sinh of every entry."""
    base, k = _pca(data), rank(data)
    turn = torch.linalg.qr(torch.randn(k, k, generator=torch.Generator().manual_seed(6), dtype=torch.float64)).Q
    return World(
        lambda x: torch.sinh(base.encode(x) @ turn),
        lambda z: base.decode(torch.asinh(z) @ turn.T),
    )


def _pca(data: Dataset) -> World:
    return worlds.pca(data.train.x, rank(data))


def _sampler(draw: Callable[[Dataset, int, Generator], Tensor]) -> Callable[[Dataset], World]:
    def build(data: Dataset) -> World:
        encode = data.manifold.project if data.support is not None else worlds.same
        return World(encode, worlds.same, lambda n, generator: draw(data, n, generator))

    return build


def perfect(data: Dataset, n: int, generator: Generator) -> Tensor:
    return data.support.sample(n, generator)


def copies(data: Dataset, n: int, generator: Generator) -> Tensor:
    return data.train.clean[torch.randint(len(data.train), (n,), generator=generator)]


def pushed_off(data: Dataset, m: Tensor, generator: Generator) -> Tensor:
    """Points of 𝓜 moved along a random normal, by `displacement` or a quarter of the local reach."""
    step = torch.randn(m.shape, generator=generator, dtype=m.dtype)
    for part, rows in data.manifold.by_component(m):
        step[rows] = remove_tangent(step[rows], part.tangent(m[rows]))
    length = data.manifold.local_reach(m).div(4).clamp(max=displacement(data))
    return m + length[:, None] * torch.nn.functional.normalize(step, dim=1)


def shrunken(data: Dataset, n: int, generator: Generator) -> Tensor:
    c = data.support.centroid
    return c + SHRINK * (perfect(data, n, generator) - c)


def half(data: Dataset, n: int, generator: Generator) -> Tensor:
    """Truth on one side of the hyperplane through the median of the first principal axis."""
    rows = perfect(data, 6 * n, generator)
    place = (rows - data.support.centroid) @ torch.linalg.svd(data.test.clean - data.support.centroid).Vh[0]
    return rows[place > place.median()][:n]


def _graded(build: Callable[[Dataset], World]) -> Callable[[Dataset], World]:
    """The same model with gradients, which torch takes through it."""
    return lambda data: replace(build(data), smooth=True)


MODELS = (
    Model("identity", "x̂ = x", _graded(lambda data: worlds.identity()), needs_truth=False, affine=True),
    Model(
        "mean",
        "x̂ = the mean of the training rows",
        lambda data: worlds.constant(data.train.x.mean(dim=0)),
        needs_truth=False,
        affine=True,
    ),
    Model("projector", "x̂ = π(x)", lambda data: worlds.projector(data.manifold)),
    Model("thick projector", "π and two normal directions", lambda data: worlds.thick_projector(data.manifold, EXTRA)),
    Model("scaled projector", "x̂ = c + .9 (π(x) − c)", _scaled, factor=FACTOR),
    Model(
        "memoriser",
        "x̂ = the nearest training row",
        lambda data: worlds.memoriser(data.train.x),
        needs_truth=False,
        remembers=lambda data, x, rows: data.train.x[rows],
    ),
    Model(
        "noisy memoriser",
        "π(x) plus half the noise of the nearest training row",
        _noisy_memoriser,
        remembers=_with_noise_of,
    ),
    Model("pca", "PCA with k = d", _graded(_pca), needs_truth=False, affine=True),
    Model(
        "oblique",
        "an idempotent linear map of rank d, not symmetric",
        _graded(_oblique),
        needs_truth=False,
        affine=True,
    ),
    Model(
        "collapsed",
        "PCA with one direction in a code of length d + 1",
        _graded(_collapsed),
        needs_truth=False,
        affine=True,
    ),
    Model("relabelled", "pca behind a smooth change of its codes", _graded(_relabelled), needs_truth=False),
    Model("perfect sampler", "draws from S", _sampler(perfect), samples=True),
    Model("copies", "training rows, drawn again", _sampler(copies), samples=True, needs_truth=False),
    Model(
        "hidden copies",
        "training rows pushed off 𝓜",
        _sampler(lambda data, n, g: pushed_off(data, copies(data, n, g), g)),
        samples=True,
    ),
    Model("shrunken", "S shrunk to 80 % about its centroid", _sampler(shrunken), samples=True),
    Model("half", "one half of S", _sampler(half), samples=True),
    Model(
        "off 𝓜",
        "draws from S pushed off 𝓜",
        _sampler(lambda data, n, g: pushed_off(data, perfect(data, n, g), g)),
        samples=True,
    ),
)


def left_out(model: Model, place: str, data: Dataset) -> str | None:
    """Why a model is not asked on a data set; nothing where it is."""
    if model.needs_truth and data.support is None:
        return "it needs a known 𝓜"
    if model.answers_by_closest and place in COSTLY:
        return "each of some 50,000 round trips would cost a closest point of 2 to 5 ms"
    return None


def models_of(place: str, data: Dataset) -> list[Model]:
    """Those that are asked on the data."""
    return [model for model in MODELS if left_out(model, place, data) is None]
