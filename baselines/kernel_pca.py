"""Kernel PCA with learned pre-images (Schölkopf, Smola & Müller 1998; Bakır, Weston & Schölkopf 2004).

Codes are the k main components in the feature space of exp(−γ ‖x − y‖²); rows are predicted from codes by kernel ridge
regression with a kernel of its own, exp(−η ‖z − w‖²), and penalty α. (scikit-learn's `fit_inverse_transform` takes
η = γ, which belongs to rows: up to twice the error is left so.) All three are chosen by the error of the validation
rows, from γ ∈ {.003, .03, .1, .3, 1, 3} / (mean ‖x − x̄‖²), the least of which is PCA nearly, from η ∈ {.03, .1, .3, 1,
3} / (mean ‖z‖²) and α ∈ {1e-3, 1e-5}. At most 2000 training rows are used: the kernel has n² numbers.
"""

from itertools import product

import torch
from sklearn.decomposition import KernelPCA as Components
from sklearn.kernel_ridge import KernelRidge

GAMMAS, ETAS = (0.003, 0.03, 0.1, 0.3, 1.0, 3.0), (0.03, 0.1, 0.3, 1.0, 3.0)
ALPHAS, ROWS = (1e-3, 1e-5), 2000


class KernelPCA:
    """The best of the grid on the validation rows."""

    def __init__(self, shape, latent_dim):
        self.shape, self.latent_dim = shape, latent_dim

    def fit(self, train, val):
        """Try the grid on the training rows, and keep what answers the validation rows best."""
        if self.latent_dim > len(train):
            raise NotImplementedError(f"{len(train)} training rows have no {self.latent_dim} kernel components")
        rows, held_out = (part.flatten(1).double().cpu().numpy() for part in (train[:ROWS], val))
        self.mean, best = rows.mean(axis=0), float("inf")
        for gamma in GAMMAS:
            unit = ((rows - self.mean) ** 2).sum(axis=1).mean()
            components = Components(self.latent_dim, kernel="rbf", gamma=gamma / unit, eigen_solver="dense").fit(rows)
            codes, asked = components.transform(rows), components.transform(held_out)
            for answers in regressions(codes, rows - self.mean):
                error = ((answers.predict(asked) + self.mean - held_out) ** 2).sum()
                if error < best:
                    best, self.components, self.answers = error, components, answers

    def encode(self, x):
        return through(self.components.transform, x)

    def decode(self, z):
        return through(lambda codes: self.answers.predict(codes) + self.mean, z).reshape(-1, *self.shape)


def regressions(codes, rows):
    """Of rows on codes, one for each η and α."""
    unit = (codes**2).sum(axis=1).mean()
    for eta, alpha in product(ETAS, ALPHAS):
        yield KernelRidge(alpha=alpha, kernel="rbf", gamma=eta / unit).fit(codes, rows)


def through(function, rows):
    """A function of numpy's float64, of rows of torch on their device and in their type."""
    return torch.from_numpy(function(rows.detach().flatten(1).double().cpu().numpy())).to(rows)


def build(*, shape, latent_dim, seed):
    """Kernel PCA with k components; the seed plays no part."""
    return KernelPCA(shape, latent_dim)
