"""What the laws look at: rows as a model holds them, draws, closest points, frames and areas of an instance.

Draws are kept for the next law: they are the same whichever asks first.
"""

import math
from functools import lru_cache

import torch
from scipy import stats

from aeeval.manifolds.base import GEODESICS

EXACT = 1e-9  # of scale: what float64 must reach
ALARM = 1e-4  # probability that a right instance fails a test that draws
FOOT = 7  # a chart makes a step off 𝓜 one along it, at most so much longer: 6.4 where a helix goes by its height
DRAWS = 10_000
LONG, HEAVY = 200, 2**23  # coordinates of a row from which there are fewer rows, and numbers in frames of them
STEP = {torch.float64: 1e-4, torch.float32: 1e-3}  # of scale: what secants of 1-Lipschitz answers go
_KEPT = 16  # more than the draws of one instance, few enough for the memory


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def gaussian(like, seed):
    return torch.randn(like.shape, generator=seeded(seed), dtype=torch.float64)


def unit(vectors):
    return torch.nn.functional.normalize(vectors, dim=-1)


def norm(vectors):
    return torch.linalg.vector_norm(vectors, dim=-1)


def along(frames, vectors):
    """(n, k, D), (n, D) -> (n, k)."""
    return torch.einsum("nkd,nd->nk", frames, vectors)


def few(i, n):
    """n, or as many rows as have frames of 2^23 numbers, 8 at least: those of pictures are large."""
    return min(n, max(8, HEAVY // i.manifold.ambient_dim**2))


def several(i, n):
    """n, or a tenth of it where rows are long, if that leaves a few hundred."""
    return n if i.manifold.ambient_dim <= LONG else max(min(n, 400), n // 10)


@lru_cache(maxsize=_KEPT)
def _drawn(source, seed):
    return source.sample(DRAWS, seeded(seed))


def rows_of(i, source, n=DRAWS):
    """(n, D) samples of a manifold or support, in the dtype of the instance."""
    return i.given(_drawn(source, 1 if source is i.manifold else 2)[: several(i, n)])


def rounding(i, m):
    """(n, D) -> (n,): how far rounding moves a row at most, a unit roundoff of every coordinate."""
    return torch.finfo(i.dtype).eps / 2 * norm(m.double())


def astray(i, m):
    """(n, D) -> (n,): how far from a point of 𝓜 the one lies that answers for its row."""
    return FOOT * rounding(i, m)


def turned(i, m):
    """(n, D) -> (n,): the angle between their tangent spaces at most: a set of reach ρ turns by 1/ρ a length."""
    return (astray(i, m) / local_reach(i, m)).clamp(max=1.0)


@lru_cache(maxsize=_KEPT)
def around(i, n=70, seed=2):
    """Rows near 𝓜, samples moved by three shares of scale in all directions, and their closest points (3n, D)."""
    m = i.manifold.sample(3 * n, seeded(seed))
    size = i.support.scale * torch.tensor([0.1, 0.5, 1.0]).double().repeat_interleave(n)
    x = i.given(m + size[:, None] * unit(gaussian(m, seed + 1)))
    return x, i.manifold.project(x)


def is_union(i):
    return len(i.manifold.components) > 1


def by_component(i, m):
    """What has frames of one size, with the rows that lie on it."""
    return i.manifold.by_component(m) if is_union(i) else [(i.manifold, torch.arange(len(m)))]


def dims(i, m):
    return i.manifold.local_dim(m) if is_union(i) else torch.full((len(m),), i.manifold.dim)


def local_reach(i, m):
    return i.manifold.local_reach(m) if is_union(i) else torch.full((len(m),), i.manifold.reach).double()


def room(i, m):
    """The reach at points of 𝓜, at most the scale."""
    return local_reach(i, m).clamp(max=i.support.scale)


def tangents(i, m):
    """(n, d, D) tangent frames; on a union d is the largest, and rows of zeros fill up the smaller frames."""
    return padded(m, [(rows, component.tangent(m[rows])) for component, rows in by_component(i, m)])


def normals(i, m):
    return padded(m, [(rows, component.normal(m[rows])) for component, rows in by_component(i, m)])


def padded(m, frames):
    full = torch.zeros(len(m), max(frame.shape[1] for _, frame in frames), m.shape[1], dtype=torch.float64)
    for rows, frame in frames:
        full[rows, : frame.shape[1]] = frame
    return full


def bounds(i, m):
    """What the support distance lies between: twice the same number where it is known."""
    if GEODESICS in i.manifold.absent:
        return i.support.distance_bounds(m)
    return (i.support.support_distance(m),) * 2


def interior(i, points, margin):
    """The points farther than `margin` from the boundary, and from where components meet."""
    far = (i.manifold.boundary_distance(points) > margin) & (i.manifold.local_reach(points) > margin)
    return points[far]


@lru_cache(maxsize=_KEPT)
def charted(i, n=4000, seed=15):
    """Points of the chart with the area that each stands for: their sum is the volume, up to chance."""
    points, areas, generator = [], [], seeded(seed)
    for dim, chart in i.components():
        n = several(i, n)
        u = torch.rand(n, dim, generator=generator, dtype=torch.float64)
        steps = 1e-5 * torch.eye(dim, dtype=torch.float64)
        columns = (chart(u[:, None] + steps) - chart(u[:, None] - steps)) / 2e-5
        points.append(chart(u))
        areas.append(torch.linalg.det(columns @ columns.mT).clamp_min(0).sqrt() / n)
    return i.given(torch.cat(points)), torch.cat(areas)


def within_errors(draws, truth):
    """Whether the mean of draws is the truth, two-sided at ALARM; what central differences lose is no deviation."""
    error = draws.std() / math.sqrt(len(draws))
    return abs(draws.mean() - truth) <= stats.norm.isf(ALARM / 2) * error + 1e-8 * abs(truth)


def outside(i, n, seed):
    """(n, D) rows beyond S, or anywhere on 𝓜 where S is all of it."""
    if i.support.farthest == 0:
        return i.given(i.manifold.sample(n, seeded(seed)))
    return i.given(i.support.propose_beyond(n, min(i.support.scale, i.support.farthest), seeded(seed)))
