"""How long 100,000 samples and 100,000 closest points take: `python3 -m pytest benchmarks --benchmark-only`.

Every registered manifold in R^50 (or in its own R^D where that is larger, or fixed), on one thread; the points to
project lie off it by half its reach, or by a tenth of its scale where that is less (or the reach is 0); or, as what a
bad model makes, by 1, 3 and 10 times its scale, far beyond what has a certificate. Of pictures, which have a thousand
coordinates, 5,000 samples and 500 closest points. `rows_per_s` in the JSON is samples, or pictures, a second. Reported,
never asserted.
"""

import inspect

import pytest
import torch

from aeeval.manifolds import MANIFOLDS
from aeeval.manifolds.make import make

N, AMBIENT_DIM = 100_000, 50
LONG, SAMPLES, CLOSEST = 1000, 5000, 500  # coordinates of a row from which there are fewer rows


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def wide(name):
    takes = "ambient_dim" in inspect.signature(MANIFOLDS.get(name)).parameters
    return make(name, ambient_dim=AMBIENT_DIM) if takes else make(name)


def beside(manifold, away):
    """(n, D) points, each off a point of 𝓜 by that length in a random direction."""
    m = manifold.sample(N if manifold.ambient_dim < LONG else CLOSEST, seeded(1))
    off = torch.nn.functional.normalize(torch.randn(m.shape, generator=seeded(2), dtype=m.dtype), dim=1)
    return m + away * off


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", MANIFOLDS)
def test_samples(benchmark, name):
    manifold = wide(name)
    count = N if manifold.ambient_dim < LONG else SAMPLES
    benchmark.pedantic(lambda: manifold.sample(count, seeded(0)), rounds=3, warmup_rounds=1)
    if benchmark.stats is not None:
        benchmark.extra_info["rows_per_s"] = round(count / benchmark.stats.stats.min)


@pytest.mark.parametrize("name", MANIFOLDS)
def test_closest_points(benchmark, name):
    manifold = wide(name)
    away = min(length for length in (manifold.reach / 2, 0.1 * manifold.support().scale) if length > 0)
    x = beside(manifold, away)
    benchmark.pedantic(lambda: manifold.project(x), rounds=3, warmup_rounds=1)


@pytest.mark.parametrize("scales", [1, 3, 10])
@pytest.mark.parametrize("name", MANIFOLDS)
def test_closest_points_from_far(benchmark, name, scales):
    manifold = wide(name)
    x = beside(manifold, scales * manifold.support().scale)
    benchmark.pedantic(lambda: manifold.project(x), rounds=3, warmup_rounds=1)
