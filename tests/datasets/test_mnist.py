"""MNIST and Fashion-MNIST: the loader on tiny files of the same format, and the real bytes where they are."""

import numpy as np
import pytest
import torch

from aeeval.datasets import mnist as module
from aeeval.datasets.idx import parse_idx
from aeeval.datasets.make import make_dataset
from aeeval.datasets.mnist import fashion_mnist, mnist
from aeeval.datasets.resolver import resolve
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.errors import DataError
from tests.datasets.conftest import asset, put
from tests.datasets.test_idx import idx

SETS = {"mnist": mnist, "fashion-mnist": fashion_mnist}


@pytest.fixture
def tiny(places, monkeypatch):
    """Forty training and twenty test pictures in the cache; picture i is filled with i and of class i mod 10."""
    made = []
    for count, name in [(40, "train-images"), (40, "train-labels"), (20, "t10k-images"), (20, "t10k-labels")]:
        number = np.arange(count, dtype=np.uint8)
        array = number % 10 if "labels" in name else np.broadcast_to(number[:, None, None], (count, 28, 28))
        content = bytes(idx(array))
        put(places / "cache" / "toys" / name, content)
        made.append(type(asset(b""))("toys", name, asset(content).sha256))
    monkeypatch.setattr(module, "ASSETS", {"mnist": tuple(made), "fashion-mnist": tuple(made)})
    return places


@pytest.mark.parametrize("name", SETS)
def test_the_sets_own_split_is_kept(tiny, name):
    data = make_dataset(DataSpec(dataset=name, rows=Sizes(30, 5, 10)), "toy", 0)
    assert data.shape == (1, 28, 28)
    train, val, test = ((part.x * 255).round().long() for part in (data.train, data.val, data.test))
    assert (train == train[:, :1]).all()
    kept = torch.cat([train, val])[:, 0]
    assert len(set(kept.tolist())) == 35
    assert kept.max() >= 20, "training rows come from the forty"
    assert test.max() < 20, "test rows from the twenty"
    assert len(data.test) == 10
    assert data.card["split"] == "its own: 40 rows for train and val, 20 for test"


def test_classes_choose_rows(tiny):
    source = mnist(classes=[3, 7])
    assert sorted(set((source.rows[:, 0, 0, 0] % 10).tolist())) == [3, 7]
    assert (len(source.rows), len(source.test)) == (8, 4)
    assert source.preprocessing == "grey level / 255; only classes [3, 7]"


def test_a_class_that_is_held_out_is_in_no_other_split(tiny):
    data = make_dataset(DataSpec(dataset="mnist", held_out=(3, 7), rows=Sizes(20, 5, 10)), "toy", 0)
    seen, apart = (
        sorted({round(255 * value) % 10 for value in rows[:, 0].tolist()})
        for rows in (torch.cat([data.train.x, data.val.x, data.test.x]), data.held_out)
    )
    assert (seen, apart) == ([0, 1, 2, 4, 5, 6, 8, 9], [3, 7])
    assert data.held_out.shape == (4, 784), "two of each in the set's own test rows"
    assert data.card["split"].endswith("held out: 3, 7 (digit)")


def test_bytes_stay_bytes_until_they_are_split(tiny):
    assert mnist().rows.dtype == torch.uint8


def test_a_damaged_file_is_named(tiny):
    file = tiny / "cache" / "toys" / "train-images"
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(DataError, match=r"sha256 .* for train-images"):
        mnist()


def test_mnist_is_what_was_published(real):
    """Images of each digit, and mean .1307 and standard deviation .3081 of the pixels, as widely published."""
    real("mnist")
    source = mnist()
    assert (source.rows.shape, source.test.shape) == ((60_000, 1, 28, 28), (10_000, 1, 28, 28))
    labels = parse_idx(resolve(module.ASSETS["mnist"][1]), "labels")
    assert np.bincount(labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    pixels = source.rows.float() / 255
    assert (round(pixels.mean().item(), 4), round(pixels.std().item(), 4)) == (0.1307, 0.3081)


def test_fashion_mnist_is_what_was_published(real):
    real("fashion-mnist")
    source = fashion_mnist()
    assert (source.rows.shape, source.test.shape) == ((60_000, 1, 28, 28), (10_000, 1, 28, 28))
    boots = fashion_mnist(classes=[9])
    assert (len(boots.rows), len(boots.test)) == (6000, 1000)
    pixels = source.rows.float() / 255
    assert (round(pixels.mean().item(), 4), round(pixels.std().item(), 4)) == (0.2860, 0.3530)
