"""A plain autoencoder of fully connected layers (Rumelhart, Hinton & Williams 1986; Hinton & Salakhutdinov 2006).

Encoder D-128-128-k and decoder k-128-128-D with SiLU between the layers. It has no `loss` and no `fit` of its own: the
harness trains it on mean ‖g(f(x)) − x‖², by default with Adam at 1e-3 for 1000 batches of 128 rows. Images are
flattened on the way in and shaped again on the way out.

The other networks of this folder are this one under another loss, and import what they need from here. Their λ and β
are for rows as manifolds give them, whose mean squared distance from their mean is about 1, and for errors summed over
the axes of a row.

`SEARCH` says what `aeeval run mlp --search 8` may try: how wide the hidden layers are.
"""

import math

import torch
from torch import nn

WIDTH = 128
SEARCH = {"width": {"low": 32, "high": 512, "log": True}}


class MLP(nn.Module):
    """Two hidden layers on either side of the code; an encoder may answer more numbers a row than the code has."""

    def __init__(self, shape, latent_dim, width=WIDTH, answers=None):
        super().__init__()
        self.shape, self.latent_dim = shape, latent_dim
        self.encoder = layers(math.prod(shape), answers or latent_dim, width)
        self.decoder = layers(latent_dim, math.prod(shape), width)

    def encode(self, x):
        return self.encoder(x.flatten(1))

    def decode(self, z):
        return self.decoder(z).reshape(-1, *self.shape)

    def error(self, z, x):
        """mean ‖g(z) − x‖² over rows."""
        return (self.decode(z) - x).square().flatten(1).sum(dim=1).mean()


def layers(inputs, outputs, width=WIDTH):
    """inputs-width-width-outputs, with torch's own initialisation: its small weights start near a linear map."""
    return nn.Sequential(
        nn.Linear(inputs, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, outputs)
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


def build(*, shape, latent_dim, seed, width=WIDTH):
    """An untrained network."""
    return seeded(seed, MLP, shape, latent_dim, width)
