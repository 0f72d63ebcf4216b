"""A variational autoencoder whose decoder is an isometry up to one factor (Lee et al. 2022, IRVAE).

    loss of `vae` + λ E[tr G²] / E[tr G]²,    G = J_g(z)ᵀ J_g(z), λ = 30,

which is least, 1/k, where G = c I with one c for all codes. The expectations are over codes mixed in pairs,
α z_i + (1 − α) z_j with α uniform in [−.2, 1.2], so that it holds between and around the codes too. G is exact, k
products a layer, where the paper probes it at random. The authors' code has λ = 100 for MNIST. Networks as in `mlp`.
"""

import torch

from mlp import jacobian, seeded
from vae import VAE

LAMBDA, ETA = 30.0, 0.2


class Isometric(VAE):
    """Lengths of codes are lengths on M, up to one factor."""

    def loss(self, x):
        z, divergence = self.drawn(x)
        return self.distortion(z, x) + divergence + LAMBDA * distortion_of(self.metric(mixed(z)))

    def metric(self, z):
        """(n, k, k) G at codes (n, k)."""
        J = jacobian(self.decoder, z)
        return J @ J.mT


def mixed(z):
    """Codes between and beyond pairs of a batch; rows come in random order, so that neighbours there are pairs."""
    share = (1 + 2 * ETA) * torch.rand_like(z[:, :1]) - ETA
    return share * z + (1 - share) * z.roll(1, dims=0)


def distortion_of(metric):
    """E[tr G²] / E[tr G]², at least 1/k."""
    trace = metric.diagonal(dim1=1, dim2=2).sum(dim=1).mean()
    return metric.square().sum(dim=(1, 2)).mean() / trace.square()


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, Isometric, shape, latent_dim)
