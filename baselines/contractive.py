"""A contractive autoencoder: the code moves little when the row does (Rifai et al. 2011).

    mean ‖g(f(x)) − x‖² + λ mean ‖J_f(x)‖_F²,    λ = .01.

The weights are tied, g's matrices being f's transposed, as in the paper: else f could shrink and g grow. J_f is exact,
by the chain rule from the code down, k products a layer. The paper's λ = .1 is for one sigmoid layer on pixels.
D-128-128-k, SiLU, biases of their own on both sides.
"""

import math
from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import linear, silu

from mlp import WIDTH, seeded

LAMBDA = 0.01


class Contractive(nn.Module):
    """Three matrices, used upwards and downwards."""

    def __init__(self, shape, latent_dim):
        super().__init__()
        self.shape = shape
        sizes = (math.prod(shape), WIDTH, WIDTH, latent_dim)
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(size)) for size in sizes[:-1])

    def encode(self, x):
        return self.layers[2](silu(self.layers[1](silu(self.layers[0](x.flatten(1))))))

    def decode(self, z):
        h = silu(linear(z, self.layers[2].weight.T, self.biases[2]))
        h = silu(linear(h, self.layers[1].weight.T, self.biases[1]))
        return linear(h, self.layers[0].weight.T, self.biases[0]).reshape(-1, *self.shape)

    def loss(self, x):
        error = (self.decode(self.encode(x)) - x).square().flatten(1).sum(dim=1).mean()
        return error + LAMBDA * self.jacobian(x).square().sum(dim=(1, 2)).mean()

    def jacobian(self, x):
        """(n, k, D) J_f = W₃ diag(s₂) W₂ diag(s₁) W₁ with s the slopes of SiLU."""
        first = self.layers[0](x.flatten(1))
        second = self.layers[1](silu(first))
        upper = (self.layers[2].weight * slope(second)[:, None]) @ self.layers[1].weight
        return (upper * slope(first)[:, None]) @ self.layers[0].weight


def slope(x):
    """The derivative of SiLU."""
    gate = torch.sigmoid(x)
    return gate * (1 + x * (1 - gate))


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, Contractive, shape, latent_dim)
