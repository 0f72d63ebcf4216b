"""An autoencoder to start from: copy this file, change the network, run `aeeval run my_autoencoder.py`.

A submission imports nothing from aeeval. It defines `build`, which returns an object with `encode` and `decode`.
"""

import math

import torch
from torch import nn


class Block(nn.Module):
    """x + W₂ relu(W₁ x): adds to what passes through, so that more of them do not make training harder."""

    def __init__(self, width):
        super().__init__()
        self.change = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))

    def forward(self, x):
        return x + self.change(x)


class MyAutoencoder(nn.Module):
    """Residual blocks on either side of the code."""

    def __init__(self, shape, latent_dim, width=128):
        super().__init__()
        size = math.prod(shape)
        self.shape = shape
        self.encoder = nn.Sequential(nn.Linear(size, width), Block(width), Block(width), nn.Linear(width, latent_dim))
        self.decoder = nn.Sequential(nn.Linear(latent_dim, width), Block(width), Block(width), nn.Linear(width, size))

    def encode(self, x):  # (n, *shape) -> (n, latent_dim)
        return self.encoder(x.flatten(1))

    def decode(self, z):  # (n, latent_dim) -> (n, *shape)
        return self.decoder(z).reshape(-1, *self.shape)

    # Nothing else is needed: the model is trained on squared error. Three methods more are used where they exist:
    #   loss(self, x)                the scalar to minimise over a batch, instead of squared error
    #   fit(self, train, val)        train it yourself, on exactly these rows
    #   sample(self, n, generator)   n new rows, with torch.randn(..., generator=generator) for the randomness


def build(*, shape, latent_dim, seed):
    """One model for rows of `shape`, (D,) or (C, H, W), whose code has `latent_dim` numbers."""
    torch.manual_seed(seed)  # the same seed, the same initial weights
    return MyAutoencoder(shape, latent_dim)
