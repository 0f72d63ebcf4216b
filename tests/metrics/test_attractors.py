"""Known answers of iteration: what returns to the training rows, what stays, what runs away."""

import pytest
import torch

from aeeval.datasets.spec import Sizes
from aeeval.errors import SubmissionError
from aeeval.metrics.attractors import ITERATIONS, STARTS, attractor_return
from tests import worlds


@pytest.fixture(scope="module")
def data():
    return worlds.dataset(noise=0.05, seed=5)


def one(model, data):
    (value,) = attractor_return(worlds.evidence(model, data))
    return value


def test_a_memoriser_returns_and_honest_models_do_not(data):
    assert one(worlds.memoriser(data.train.x), data).value == 1
    for model in (worlds.identity(), worlds.projector(data.manifold), worlds.pca(data.train.x, 2)):
        assert (one(model, data).value, one(model, data).null) == (0, 0)


def test_slow_attraction_counts_when_it_is_near_after_all_iterations(data):
    """Steps of a share a towards the nearest training row leave (1 − a)^100 of the distance: .37 at .01, 3e-5 at .1."""
    nearest = worlds.memoriser(data.train.x)
    far = worlds.World(worlds.same, lambda z: z + 0.01 * (nearest.reconstruct(z) - z))
    near = worlds.World(worlds.same, lambda z: z + 0.1 * (nearest.reconstruct(z) - z))
    assert one(near, data).value == 1
    assert one(far, data).value == 0


def test_a_share_of_attracted_points_is_read_as_it_is(data):
    """Attraction on one side of the first coordinate only, and the noisy rows there are left as they are."""
    nearest = worlds.memoriser(data.train.x)
    model = worlds.World(worlds.same, lambda z: torch.where(z[:, :1] > 0, nearest.reconstruct(z), z))
    starts = data.test.clean[:STARTS]
    expected = (starts[:, 0] > 0).double().mean().item()
    value = one(model, data)
    assert value.value == pytest.approx(expected, abs=1e-12)
    assert value.stderr == pytest.approx((expected * (1 - expected) / STARTS) ** 0.5)


def test_the_null_is_the_share_that_starts_near():
    """On 2000 clean rows of S², P(a row within .01) = 1 − (1 − .01²/4)^2000 = .049; the identity moves nothing."""
    dense = worlds.dataset(seed=1, rows=Sizes(2000, 20, 1000, 0))
    value = one(worlds.identity(), dense)
    assert value.value == value.null == pytest.approx(0.049, abs=4 * (0.049 / STARTS) ** 0.5)


def test_points_that_run_away_do_not_return(data):
    assert one(worlds.World(worlds.same, lambda z: 2 * z), data).value == 0

    def bursts(z):
        if z.abs().max() > 5:
            raise SubmissionError("no finite answer")
        return 1.5 * z

    assert one(worlds.World(worlds.same, bursts), data).value == 0


def test_what_is_lost_on_the_way_does_not_count_where_it_was_last_seen(data):
    """The first answer is a training row, the second none at all."""
    nearest, asked = worlds.memoriser(data.train.x), []

    def fails_later(z):
        asked.append(len(z))
        if len(asked) > 1:
            raise SubmissionError("no finite answer")
        return nearest.reconstruct(z)

    assert one(worlds.World(worlds.same, fails_later), data).value == 0


def test_it_stops_asking_at_a_fixed_point_and_never_asks_more_than_its_cap(data):
    asked = []

    def counted(z):
        asked.append(len(z))
        return z

    one(worlds.World(worlds.same, counted), data)
    assert asked == [STARTS]
    turn = torch.linalg.qr(torch.randn(20, 20, generator=torch.Generator().manual_seed(0), dtype=torch.float64)).Q
    asked.clear()
    one(worlds.World(worlds.same, lambda z: counted(z) @ turn), data)
    assert sum(asked) == ITERATIONS * STARTS
