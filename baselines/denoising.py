"""A denoising autoencoder: reconstructs the clean row from a corrupted one (Vincent et al. 2008, 2010).

    mean ‖g(f(x + σ ε)) − x‖²,    ε ~ N(0, I), σ = .05 per axis in the unit of the rows.

Where nothing binds the code, the best answer moves a row towards where rows are likely: r(x) − x = σ² ∇ log p_σ(x), p_σ
the density of the corrupted rows (Alain & Bengio 2014). Networks as in `mlp`.
"""

import torch

from mlp import MLP, seeded

SIGMA = 0.05


class Denoising(MLP):
    """`mlp`, asked for the row before the noise."""

    def loss(self, x):
        return self.error(self.encode(x + SIGMA * torch.randn_like(x)), x)


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, Denoising, shape, latent_dim)
