"""A Wasserstein autoencoder that matches all codes together to the prior (Tolstikhin et al. 2018).

    mean ‖g(f(x)) − x‖² + λ MMD²(f(rows), N(0, I)),    λ = .1,

MMD² by the unbiased U-statistic of the batch and as many draws of the prior, with the inverse multiquadratic kernel
C / (C + ‖z − z'‖²), C = 2k, as in the paper. Its λ = 10 is for images whose squared errors are in the tens, and its
code multiplies them by .05 and sums kernels of seven widths; rows here have errors a hundred times smaller. Networks as
in `mlp`; the code is not drawn.
"""

import torch

from mlp import MLP, seeded
from vae import prior

LAMBDA = 0.1


class WAE(MLP):
    """The sampler is the prior, as the codes are to follow it."""

    def loss(self, x):
        z = self.encode(x)
        return self.error(z, x) + LAMBDA * squared_mmd(z, torch.randn_like(z))

    def sample(self, n, generator):
        return self.decode(prior(self, n, generator))


def squared_mmd(z, w):
    """MMD² of codes z and draws w, both (n, k), n ≥ 2; without bias, so that equal laws may read below zero."""
    n = len(z)
    same = sum(kernel(one, one).sum() - n for one in (z, w)) / (n * (n - 1))
    return same - 2 * kernel(z, w).mean()


def kernel(z, w):
    """(n, m) C / (C + ‖z − w‖²)."""
    scale = 2 * z.shape[1]
    return scale / (scale + (z[:, None] - w[None]).square().sum(dim=2))


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, WAE, shape, latent_dim)
