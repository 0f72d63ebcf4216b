"""A geometric autoencoder: the decoder stretches areas alike everywhere (Nazari, Damrich & Hamprecht 2023).

    mean ‖g(f(x)) − x‖² + λ Var_z ½ log det(J_g(z)ᵀ J_g(z)),    λ = .1,

the variance over the codes of the batch. J_g is exact, k products a layer; a rank that is lost would make the logarithm
infinite, so 1e-6 is added to the metric's diagonal. The paper writes log det without the ½, and its code averages the
error over the axes. Networks as in `mlp`.
"""

import torch

from mlp import MLP, jacobian, seeded

LAMBDA, LEAST = 0.1, 1e-6


class Geometric(MLP):
    """Areas of the code are areas of M, up to one factor."""

    def loss(self, x):
        z = self.encode(x)
        return self.error(z, x) + LAMBDA * self.log_volume(z).var()

    def log_volume(self, z):
        """(n,) ½ log det JᵀJ: the logarithm of the volume on M of a unit cube of codes."""
        J = jacobian(self.decoder, z)
        metric = J @ J.mT + LEAST * torch.eye(z.shape[1], dtype=z.dtype, device=z.device)
        return torch.linalg.cholesky(metric).diagonal(dim1=1, dim2=2).log().sum(dim=1)


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, Geometric, shape, latent_dim)
