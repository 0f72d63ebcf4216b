"""The autoencoders of the study: the baselines, the identity, and a memoriser with a code of any length."""

import torch
from torch import Tensor

from aeeval.submissions.load import load
from aeeval.submissions.objects import from_object
from aeeval.submissions.submission import Submission

TRAINED = ("mlp", "vae")
MODELS = ("identity", "memoriser", "pca", *TRAINED)


class Memoriser:
    """Answers the training row nearest to x; the code is that row's coordinates on the k main axes."""

    def __init__(self, *, shape: tuple[int, ...], latent_dim: int, seed: int):
        self.latent_dim = latent_dim

    def fit(self, train: Tensor, val: Tensor) -> None:
        """Keep the rows."""
        self.rows = train
        self.codes = (train - train.mean(dim=0)) @ torch.linalg.svd(train - train.mean(dim=0)).Vh[: self.latent_dim].T

    def encode(self, x: Tensor) -> Tensor:
        """(n, D) -> (n, k) the code of the nearest training row."""
        return self.codes[_nearest(x, self.rows)]

    def decode(self, z: Tensor) -> Tensor:
        """(n, k) -> (n, D) the training row of the nearest code."""
        return self.rows[_nearest(z, self.codes)]


def submissions(names: tuple[str, ...] = MODELS) -> tuple[Submission, ...]:
    """The submissions of these names."""
    return tuple(from_object(Memoriser, name=name) if name == "memoriser" else load(name) for name in names)


def _nearest(x: Tensor, rows: Tensor) -> Tensor:
    return torch.cdist(x, rows, compute_mode="donot_use_mm_for_euclid_dist").argmin(dim=1)
