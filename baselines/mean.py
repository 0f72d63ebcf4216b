"""The mean predictor: answers the training mean whatever it is asked, the floor of every comparison.

f(x) = 0, g(z) = x̄ with x̄ the mean of the training rows. It is a reference: shown beside the others, never ranked.
"""

import torch

REFERENCE = True


class Mean:
    """Until it is fitted it answers zero, the mean of centred rows."""

    def __init__(self, shape, latent_dim):
        self.latent_dim = latent_dim
        self.mean = torch.zeros(shape, dtype=torch.float64)

    def fit(self, train, val):
        self.mean = train.double().mean(dim=0)

    def encode(self, x):
        return x.new_zeros(len(x), self.latent_dim)

    def decode(self, z):
        return self.mean.to(z).expand(len(z), *self.mean.shape)


def build(*, shape, latent_dim, seed):
    """The mean predictor; the seed plays no part."""
    return Mean(shape, latent_dim)
