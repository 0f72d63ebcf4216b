"""One file of a data set: the bytes that it must hold, and where copies of it are known to lie."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Asset:
    """A file, named by data set and file name, and known by the sha256 of its uncompressed bytes.

    Places are relative to what keeps them; a place that is empty is not looked at. Any of them may hold the file as it
    is or packed, as `NAME.gz`; a mirror that ends in `.gz` is unpacked.
    """

    dataset: str
    name: str
    sha256: str
    """Of the uncompressed bytes: two packages may compress the same file differently."""
    size: int = 0
    """Uncompressed bytes, for the progress bar; 0 where unknown."""
    torchvision: str = ""
    """Below a torchvision root: `MNIST/raw/train-images-idx3-ubyte`."""
    system: str = ""
    """Absolute: where a package of the operating system puts it."""
    node: str = ""
    """Below a `node_modules` folder."""
    package: str = ""
    """Below site-packages: `aeon/datasets/data/GunPoint/GunPoint_TRAIN.ts`."""
    wheel: str = ""
    """The requirement whose wheel carries `package`: it is read without being installed."""
    mirrors: tuple[str, ...] = ()
    """Addresses, tried in order: every one of them has been down at some time."""
    remedy: str = ""
    """A command that installs it where no mirror can be reached."""


def combined_sha256(assets: Sequence[Asset]) -> str:
    """One digest for a data set: that of its files' digests in order."""
    return hashlib.sha256("".join(asset.sha256 for asset in assets).encode()).hexdigest()
