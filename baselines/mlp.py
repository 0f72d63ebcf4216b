"""A plain autoencoder of fully connected layers (Rumelhart, Hinton & Williams 1986; Hinton & Salakhutdinov 2006).

Encoder D-128-128-k and decoder k-128-128-D with SiLU between the layers. It has no `loss` and no `fit` of its own: the
harness trains it on mean ‖g(f(x)) − x‖², by default with Adam at 1e-3 for 1000 batches of 128 rows. Images are
flattened on the way in and shaped again on the way out.

The other networks of this folder are this one under another loss, and import what they need from here.
"""

import math

import torch
from torch import nn

WIDTH = 128


class MLP(nn.Module):
    """Two hidden layers on either side of the code; an encoder may answer more numbers a row than the code has."""

    def __init__(self, shape, latent_dim, answers=None):
        super().__init__()
        self.shape, self.latent_dim = shape, latent_dim
        self.encoder = layers(math.prod(shape), answers or latent_dim)
        self.decoder = layers(latent_dim, math.prod(shape))

    def encode(self, x):
        return self.encoder(x.flatten(1))

    def decode(self, z):
        return self.decoder(z).reshape(-1, *self.shape)

    def error(self, z, x):
        """mean ‖g(z) − x‖² over rows."""
        return (self.decode(z) - x).square().flatten(1).sum(dim=1).mean()


def layers(inputs, outputs):
    """inputs-128-128-outputs, with torch's own initialisation: its small weights start near a linear map."""
    return nn.Sequential(
        nn.Linear(inputs, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, outputs)
    )


def pushed(network, z, tangents):
    """J(z) t of `layers` for tangents t: (n, i), (n, t, i) -> (n, t, o), exact and differentiable.

    As forward-mode differentiation does it, but for all tangents of a row in one product a layer.
    """
    for layer in network:
        if isinstance(layer, nn.Linear):
            z, tangents = layer(z), tangents @ layer.weight.T
        else:
            gate = torch.sigmoid(z)  # SiLU(z) = z gate, with slope gate + z gate (1 − gate)
            z, tangents = z * gate, tangents * (gate * (1 + z * (1 - gate)))[:, None]
    return tangents


def jacobian(network, z):
    """(n, i) -> (n, i, o): row j of a matrix is the derivative of the outputs along axis j of z."""
    return pushed(network, z, torch.eye(z.shape[1], dtype=z.dtype, device=z.device).expand(len(z), -1, -1))


def seeded(seed, make, *args):
    """make(*args) whose weights depend on the seed alone; torch's global generator is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return make(*args)


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, MLP, shape, latent_dim)
