"""A two-stage variational autoencoder: a second VAE learns the law of the codes of the first (Dai & Wipf 2019).

Stage one is `vae`. Its codes, drawn from q(z|x), need not follow its prior N(0, I); stage two is a VAE of them, with
codes u of the same length and networks k-128-128-2k and k-128-128-k, whose decoder variance is learned as well. To
sample: u ~ N(0, I), z drawn from N(g₂(u), γ₂ I), x = g(z). The stages share no gradient: the paper trains one after the
other, here both go on at once under one budget, and the learning rate's end lets the second catch up with the first.
"""

import math

import torch

from mlp import seeded
from vae import LEAST_VARIANCE, VAE, prior


class TwoStageVAE(VAE):
    """Encodes and decodes as its first stage does; `second` is there for sampling."""

    def __init__(self, shape, latent_dim):
        super().__init__(shape, latent_dim)
        self.second = VAE((latent_dim,), latent_dim)
        self.register_buffer("variance", torch.ones(()))

    def loss(self, x):
        z, divergence = self.drawn(x)
        codes = z.detach()
        u, second_divergence = self.second.drawn(codes)
        if self.training:  # a running mean: one batch alone is too noisy to sample with
            error = self.second.error(u, codes).detach() / self.latent_dim
            self.variance.mul_(0.98).add_(0.02 * error.clamp(min=LEAST_VARIANCE))
        return self.distortion(z, x) + divergence + self.second.distortion(u, codes) + second_divergence

    def sample(self, n, generator):
        """Points of the learned surface at codes that follow the law of the codes of the data."""
        z = self.second.decode(prior(self, n, generator))
        noise = torch.randn(z.shape, generator=generator, device=generator.device).to(z)
        return self.decode(z + math.sqrt(self.variance.item()) * noise)


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, TwoStageVAE, shape, latent_dim)
