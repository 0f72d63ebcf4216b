"""A vector-quantised autoencoder: the code is one of 512 vectors (van den Oord, Vinyals & Kavukcuoglu 2017).

    mean ‖g(e) − x‖² + mean ‖sg[h(x)] − e‖² + β mean ‖h(x) − sg[e]‖²,    e the entry nearest to h(x), β = .25,

h the encoder of `mlp` with a tanh at its end, sg a stop of gradients; the gradient of g's input is handed to h as it is
(straight through). f(x) = e, and g quantises what it is given: M is 512 points, so that small changes of a row change
nothing. Entries start uniform in [−1, 1]^k, where the tanh keeps h: without it h outgrows the entries, and most of them
are never used. The paper has one entry for each place of an image; a row has one place.
"""

import torch
from torch import nn

from mlp import MLP, seeded

ENTRIES, BETA = 512, 0.25


class VQVAE(MLP):
    """`codebook` holds (512, k) entries."""

    def __init__(self, shape, latent_dim):
        super().__init__(shape, latent_dim)
        self.codebook = nn.Parameter(2 * torch.rand(ENTRIES, latent_dim) - 1)

    def encode(self, x):
        return self.quantised(self.bounded(x))

    def decode(self, z):
        return super().decode(self.quantised(z))

    def loss(self, x):
        h = self.bounded(x)
        e = self.quantised(h)
        book, commitment = distance(h.detach(), e), distance(h, e.detach())
        straight = h + (e - h).detach()
        return distance(self.decoder(straight), x.flatten(1)) + book + BETA * commitment

    def bounded(self, x):
        """(n, k) h(x), not yet quantised."""
        return torch.tanh(self.encoder(x.flatten(1)))

    def quantised(self, z):
        """(n, k) the nearest entry to each."""
        book = self.codebook
        distances = book.square().sum(dim=1) - 2 * z @ book.T
        return book[distances.argmin(dim=1)]


def distance(a, b):
    """mean ‖a − b‖² over rows."""
    return (a - b).square().sum(dim=1).mean()


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, VQVAE, shape, latent_dim)
