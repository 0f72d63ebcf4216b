"""A vector-quantised autoencoder: the code is one of 512 vectors (van den Oord, Vinyals & Kavukcuoglu 2017).

    mean ‖g(e) − x‖² + (mean ‖sg[h(x)] − e‖² + β mean ‖h(x) − sg[e]‖²)/k,    e the entry nearest to h(x), β = .25,

h the encoder of `mlp` with batch normalisation at its end, sg a stop of gradients; the gradient of g's input is handed
to h as it is (straight through). f(x) = e, and g quantises what it is given: M is 512 points, so that small changes of
a row change nothing. h has mean 0 and variance 1 in every axis, by the batch while it learns and by running means
after, and entries start as N(0, I), where h lies from the first step on (Łańcucki et al. 2020). A network starts near a
constant: without it all rows share the one entry that is nearest to that in ten dimensions, which then is their mean.
The terms of the entries are divided by k, as h has variance 1 in each axis: else they drown the error where k is large.
The paper has one entry for each place of an image; a row has one place.
"""

import torch
from torch import nn

from mlp import MLP, seeded

ENTRIES, BETA = 512, 0.25


class VQVAE(MLP):
    """`codebook` holds (512, k) entries."""

    def __init__(self, shape, latent_dim):
        super().__init__(shape, latent_dim)
        self.norm = nn.BatchNorm1d(latent_dim, affine=False)
        self.codebook = nn.Parameter(torch.randn(ENTRIES, latent_dim))

    def encode(self, x):
        return self.quantised(self.normal(x))

    def decode(self, z):
        return super().decode(self.quantised(z))

    def loss(self, x):
        """The three terms, whose gradients reach g and h, the entries, and h."""
        h = self.normal(x)
        e = self.quantised(h)
        book, commitment = distance(h.detach(), e), distance(h, e.detach())
        straight = h + (e - h).detach()
        return distance(self.decoder(straight), x.flatten(1)) + (book + BETA * commitment) / h.shape[1]

    def normal(self, x):
        """(n, k) h(x), not yet quantised."""
        return self.norm(self.encoder(x.flatten(1)))

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
