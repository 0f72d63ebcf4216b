"""Small pictures: patches of photographs that scikit-learn carries, and faces from the wheel of scikit-image."""

import io
from collections.abc import Mapping

import numpy as np
import torch

from aeeval.datasets.asset import Asset, combined_sha256
from aeeval.datasets.base import Source
from aeeval.datasets.carried import needed, rows_sha256
from aeeval.datasets.resolver import resolve
from aeeval.errors import DataError, message

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
PHOTOS = ("china.jpg", "flower.jpg")
FACES = 100

ASSETS: Mapping[str, tuple[Asset, ...]] = {
    "faces": (
        Asset(
            "faces",
            "lfw_subset.npy",
            "9560ec2f5edfac01973f63a8a99d00053fecd11e21877e18038fbe500f8e872c",
            1_000_080,
            package="skimage/data/lfw_subset.npy",
            wheel="scikit-image==0.26.0",
        ),
    ),
}


def photo_patches(size: int = 8, kept: float = 0.5) -> Source:
    """Grey patches of two photographs, 4,240 of 8 × 8 or fewer larger ones, in [0, 1]; carried by scikit-learn.

    Shape (1, size, size). The patches tile the photographs and share no pixel; the share `kept` with the most contrast
    (standard deviation of the grey levels) stays, as the rest is sky and a dark background. Grey = .299 R + .587 G +
    .114 B, / 255. Reading the photographs needs Pillow. Licence CC BY 2.0. Source: china.jpg by danielbuechele,
    flower.jpg by vultilion.
    """
    if not 2 <= size <= 128 or not 0 < kept <= 1:
        raise DataError(message("size 2 to 128 and kept in (0, 1]", f"size {size}, kept {kept}", "e.g. size = 8"))
    needed("PIL", "pillow", "photo-patches")
    from sklearn.datasets import load_sample_image

    photos = [load_sample_image(name) for name in PHOTOS]
    cut = [tiles(photo @ np.array(LUMA), size) for photo in photos]
    patches, photo_of = np.concatenate(cut), np.repeat(np.arange(len(cut)), [len(part) for part in cut])
    chosen = most_contrast(patches, kept)
    return Source(
        rows=torch.from_numpy(patches[chosen])[:, None],
        unit=255,
        origin=f"scikit-learn load_sample_image: {', '.join(PHOTOS)}",
        licence="CC BY 2.0",
        preprocessing=f"grey by BT.601 / 255, disjoint tiles of {size} × {size}, the {kept:.0%} with the most contrast",
        sha256=rows_sha256(np.stack(photos)),
        labels=torch.from_numpy(photo_of[chosen]),
        label=", ".join(f"{number} {photo}" for number, photo in enumerate(PHOTOS)),
    )


def most_contrast(patches: np.ndarray, share: float) -> np.ndarray:
    """The places, in order, of the share of patches (n, h, w) with the largest standard deviation."""
    contrast = patches.std(axis=(1, 2))
    return np.sort(np.argsort(-contrast, kind="stable")[: round(share * len(patches))])


def tiles(picture: np.ndarray, size: int) -> np.ndarray:
    """(n, size, size) the disjoint tiles of a picture (height, width) from its upper left corner; rests are cut off."""
    down, across = (length // size for length in picture.shape)
    cut = picture[: down * size, : across * size].reshape(down, size, across, size)
    return cut.swapaxes(1, 2).reshape(-1, size, size)


def faces(others: bool = False) -> Source:
    """100 grey faces of 25 × 25 from Labeled Faces in the Wild, in [0, 1]; from the wheel of scikit-image.

    Shape (1, 25, 25). `others` adds the 100 pictures that are no faces, as class 1, to be held out. So few rows say
    little: its numbers are a look, not a verdict. Licence: none stated for the photographs. Source: Huang, Mattar, Lee
    and Learned-Miller, NIPS 2012.
    """
    pictures = np.load(io.BytesIO(resolve(ASSETS["faces"][0])), allow_pickle=False)
    rows = torch.from_numpy(pictures if others else pictures[:FACES])[:, None]
    without = "" if others else "; pictures without a face left out"
    return Source(
        rows=rows,
        origin="scikit-image 0.26.0 lfw_subset.npy (Labeled Faces in the Wild)",
        licence="none stated for the photographs",
        preprocessing=f"grey in [0, 1] as carried{without}",
        sha256=combined_sha256(ASSETS["faces"]),
        labels=(torch.arange(len(rows)) >= FACES).long(),
        label="0 a face, 1 none",
    )
