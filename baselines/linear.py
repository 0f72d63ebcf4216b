"""A linear autoencoder with tied weights, trained by gradient steps (Baldi & Hornik 1989).

f(x) = W (x − b), g(z) = Wᵀ z + b, trained by the harness on mean ‖g(f(x)) − x‖². All its minima are PCA: the rows of
W become an orthonormal basis of the plane of the k main axes, in any rotation, and every other critical point is a
saddle. What it reads worse than `pca` is what the trainer left undone.
"""

import math

import torch
from torch import nn

from mlp import seeded


class Linear(nn.Module):
    """One matrix on either side."""

    def __init__(self, shape, latent_dim):
        super().__init__()
        self.shape = shape
        self.weight = nn.Parameter(torch.randn(latent_dim, math.prod(shape)) / math.prod(shape) ** 0.5)
        self.centre = nn.Parameter(torch.zeros(math.prod(shape)))

    def encode(self, x):
        return (x.flatten(1) - self.centre) @ self.weight.T

    def decode(self, z):
        return (z @ self.weight + self.centre).reshape(-1, *self.shape)


def build(*, shape, latent_dim, seed):
    """An untrained map; declines k > D, as `pca` does."""
    if latent_dim > math.prod(shape):
        raise NotImplementedError(f"rows of length {math.prod(shape)} have no {latent_dim} orthogonal directions")
    return seeded(seed, Linear, shape, latent_dim)
