"""A sparse autoencoder: few hidden units answer a row (Lee, Ekanadham & Ng 2008; Ng's notes CS294A, 2011).

    mean ‖g(f(x)) − x‖² + β · (1/128) Σ_j KL(ρ ‖ ρ̂_j),    ρ = .05, β = .3,

where ρ̂_j is the mean over the batch of the j-th of 128 sigmoid units, the last hidden layer of the encoder, and the
divergence is that of two coins. The task fixes the length of the code, so the overcomplete layer whose activity is kept
low is the one before it. Ng has ½ the error and a weight decay, and sums over the units (β = 3 there, of images whose
errors are as large); the mean leaves β its meaning when the width changes. Networks as in `mlp`, but for that sigmoid:
the matrices on both its sides start seven times as wide. torch's own have variance 1/3n and a sigmoid's slope is ¼, so
that 4√3 lets rows through at the size they have; otherwise the code stays as near 0 as it starts, at PCA's error.
"""

import math

import torch
from torch import nn

from mlp import MLP, WIDTH, seeded

RHO, BETA, WIDER = 0.05, 0.3, 7.0


class Sparse(MLP):
    """`hidden` is the layer that is to be quiet, `encoder` reads the code off it."""

    def __init__(self, shape, latent_dim):
        super().__init__(shape, latent_dim)
        self.hidden = nn.Sequential(
            nn.Linear(math.prod(shape), WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.Sigmoid()
        )
        self.encoder = nn.Linear(WIDTH, latent_dim)
        with torch.no_grad():
            for layer in (self.hidden[2], self.encoder):
                layer.weight.mul_(WIDER)

    def encode(self, x):
        return self.encoder(self.hidden(x.flatten(1)))

    def loss(self, x):
        active = self.hidden(x.flatten(1))
        return self.error(self.encoder(active), x) + BETA * divergence(active.mean(dim=0)).mean()


def divergence(rate):
    """KL(ρ ‖ rate) of two coins, in nats; the clamp keeps a unit that never answers from an infinite one."""
    rate = rate.clamp(1e-6, 1 - 1e-6)
    return RHO * torch.log(RHO / rate) + (1 - RHO) * torch.log((1 - RHO) / (1 - rate))


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, Sparse, shape, latent_dim)
