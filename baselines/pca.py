"""Principal component analysis: the best linear autoencoder (Pearson 1901; Baldi & Hornik 1989).

f(x) = V (x − x̄), g(z) = x̄ + Vᵀ z, where the k rows of V are the leading right singular vectors of the centred training
rows. It minimises the training rows' Σ‖g(f(x)) − x‖² over all affine maps of rank k, without hyper-parameters, in one
singular value decomposition in float64. Where the data is flat it is exact, also far from the training rows.
"""

import math

import torch


class PCA:
    """Orthogonal projection onto the affine subspace that holds most of the training rows' variance."""

    def __init__(self, shape, latent_dim):
        self.shape, self.latent_dim = shape, latent_dim

    def fit(self, train, val):
        rows = train.flatten(1).double()
        if self.latent_dim > len(rows):
            raise NotImplementedError(f"{len(rows)} training rows span no {self.latent_dim} directions")
        self.mean = rows.mean(dim=0)
        _, _, directions = torch.linalg.svd(rows - self.mean, full_matrices=False)
        self.components = directions[: self.latent_dim]

    def encode(self, x):
        return (x.flatten(1) - self.mean.to(x)) @ self.components.to(x).T

    def decode(self, z):
        return (z @ self.components.to(z) + self.mean.to(z)).reshape(-1, *self.shape)


def build(*, shape, latent_dim, seed):
    """PCA with k components; declines k > D. The seed plays no part."""
    if latent_dim > math.prod(shape):
        raise NotImplementedError(f"rows of length {math.prod(shape)} have no {latent_dim} principal components")
    return PCA(shape, latent_dim)
