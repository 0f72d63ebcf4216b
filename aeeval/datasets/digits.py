"""Handwritten digits that scikit-learn carries: 1,797 grey images of 8 × 8."""

import hashlib

import torch

from aeeval.datasets.base import Source


def digits() -> Source:
    """1,797 handwritten digits, 8 × 8 grey, in [0, 1]; carried by scikit-learn, no download.

    Shape (1, 8, 8); pixels are 17 grey levels divided by 16. Licence CC BY 4.0.
    Source: Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI 1998 (its test part).
    """
    from sklearn.datasets import load_digits

    carried = load_digits()
    pixels = carried.images
    return Source(
        rows=torch.from_numpy(pixels / 16.0).reshape(-1, 1, 8, 8),
        origin="scikit-learn load_digits (UCI Optical Recognition of Handwritten Digits, test part)",
        licence="CC BY 4.0",
        preprocessing="grey level / 16",
        sha256=hashlib.sha256(pixels.astype("uint8").tobytes()).hexdigest(),
        labels=torch.from_numpy(carried.target),
        label="digit",
    )
