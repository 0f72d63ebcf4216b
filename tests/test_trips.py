"""Round trips in batches are those of all rows at once, and so is noise that is drawn in parts."""

import pytest
import torch

from aeeval import trips
from aeeval.datasets import base
from aeeval.numerics import batches
from aeeval.trips import Trips
from tests import worlds


def rows(n=300, dim=20):
    return torch.randn(n, dim, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def asked(model):
    """A model that counts the rows that it decodes, and the most at once."""
    counts = []
    return worlds.World(model.encode, lambda z: counts.append(len(z)) or model.decode(z)), counts


def test_many_rows_are_decoded_in_batches_for_each_who_asks_and_few_once(monkeypatch):
    x, model = rows(), worlds.pca(rows(), 3)
    whole = Trips(model, x)
    once, counts = asked(model)
    few = Trips(once, x)
    assert torch.equal(few.errors, few.distances(x))
    assert counts == [300]
    monkeypatch.setattr(trips, "NUMBERS", 0)
    monkeypatch.setattr(batches, "NUMBERS", 20 * 64)
    again, counts = asked(model)
    many = Trips(again, x)
    torch.testing.assert_close(many.errors, whole.errors, rtol=1e-12, atol=0)
    torch.testing.assert_close(many.again, whole.again, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(many.of(torch.tensor([5, 250])), whole.all[[5, 250]], rtol=1e-12, atol=1e-12)
    assert max(counts) == 64
    assert sum(counts) == 300 + 600 + 2


def test_errors_and_returns_are_those_of_the_definition():
    x = rows()
    model = worlds.World(lambda rows: rows[:, :4] / 2, lambda z: torch.nn.functional.pad(z, (0, 16)))
    found, hat = Trips(model, x), torch.nn.functional.pad(x[:, :4] / 2, (0, 16))
    torch.testing.assert_close(found.errors, (hat - x).square().sum(dim=1).sqrt())
    moved = (x[:, :4] / 4).square().sum(dim=1).sqrt()
    torch.testing.assert_close(found.again, torch.stack([moved, moved], dim=1))


@pytest.mark.parametrize("kind", ["tube", "gaussian"])
def test_noise_drawn_in_parts_is_that_of_all_rows(monkeypatch, kind):
    data = worlds.dataset(noise=0.05, noise_kind=kind, rows=worlds.Sizes(100, 10, 10, 0))
    clean, seeded = data.train.clean, lambda: torch.Generator().manual_seed(3)
    whole = data.perturb(clean, seeded())
    monkeypatch.setattr(base, "NUMBERS", 20 * 50)
    assert len(list(data.noise_batches(clean))) > 1
    torch.testing.assert_close(data.perturb(clean, seeded()), whole, rtol=0, atol=1e-14)
