"""A plain autoencoder of fully connected layers (Rumelhart, Hinton & Williams 1986; Hinton & Salakhutdinov 2006).

Encoder D-128-128-k and decoder k-128-128-D with SiLU between the layers. It has no `loss` and no `fit` of its own: the
harness trains it on mean ‖g(f(x)) − x‖², by default with Adam at 1e-3 for 1000 batches of 128 rows. Images are
flattened on the way in and shaped again on the way out.
"""

import math

import torch
from torch import nn

WIDTH = 128


class MLP(nn.Module):
    """Two hidden layers on either side of the code."""

    def __init__(self, shape, latent_dim):
        super().__init__()
        self.shape = shape
        self.encoder = layers(math.prod(shape), latent_dim)
        self.decoder = layers(latent_dim, math.prod(shape))

    def encode(self, x):
        return self.encoder(x.flatten(1))

    def decode(self, z):
        return self.decoder(z).reshape(-1, *self.shape)


def layers(inputs, outputs):
    """inputs-128-128-outputs, with torch's own initialisation: its small weights start near a linear map."""
    return nn.Sequential(
        nn.Linear(inputs, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, outputs)
    )


def build(*, shape, latent_dim, seed):
    """An untrained network whose weights depend on the seed alone; torch's global generator is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return MLP(shape, latent_dim)
