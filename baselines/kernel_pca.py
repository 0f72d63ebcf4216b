"""Kernel PCA with learned pre-images (Schölkopf, Smola & Müller 1998; Bakır, Weston & Schölkopf 2004).

Codes are the k main components in the feature space of exp(−γ ‖x − y‖²); rows are predicted from codes by kernel ridge
regression with penalty α (scikit-learn's `KernelPCA(fit_inverse_transform=True)`). Its defaults γ = 1/D and α = 1 are
meant for other units; the pair is chosen from γ ∈ {.1, .3, 1, 3} / (mean squared distance from the mean) and
α ∈ {1e-3, 1e-5} by the error of the validation rows. At most 2000 training rows are used: the kernel has n² numbers.
"""

from itertools import product

import torch
from sklearn.decomposition import KernelPCA as Components

GAMMAS, ALPHAS, ROWS = (0.1, 0.3, 1.0, 3.0), (1e-3, 1e-5), 2000


class KernelPCA:
    """The best of the pairs on the validation rows."""

    def __init__(self, shape, latent_dim):
        self.shape, self.latent_dim = shape, latent_dim

    def fit(self, train, val):
        if self.latent_dim > len(train):
            raise NotImplementedError(f"{len(train)} training rows have no {self.latent_dim} kernel components")
        rows, held_out = train[:ROWS].flatten(1).double().cpu(), val.flatten(1).double().cpu()
        unit = (rows - rows.mean(dim=0)).square().sum(dim=1).mean().item()
        fits = [self._fitted(rows, gamma / unit, alpha) for gamma, alpha in product(GAMMAS, ALPHAS)]
        self.components = min(fits, key=lambda fit: _error(fit, held_out.numpy()))

    def encode(self, x):
        return _through(self.components.transform, x)

    def decode(self, z):
        return _through(self.components.inverse_transform, z).reshape(-1, *self.shape)

    def _fitted(self, rows, gamma, alpha):
        options = {"kernel": "rbf", "gamma": gamma, "alpha": alpha, "fit_inverse_transform": True}
        return Components(self.latent_dim, eigen_solver="dense", **options).fit(rows.numpy())


def _through(function, rows):
    return torch.from_numpy(function(rows.detach().flatten(1).double().cpu().numpy())).to(rows)


def _error(fit, rows):
    return ((fit.inverse_transform(fit.transform(rows)) - rows) ** 2).sum()


def build(*, shape, latent_dim, seed):
    """Kernel PCA with k components; the seed plays no part."""
    return KernelPCA(shape, latent_dim)
