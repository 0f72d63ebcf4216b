"""A regularised autoencoder whose decoder may not be steep (Ghosh et al. 2020, RAE-GP).

    mean ‖g(f(x)) − x‖² + β/2 mean ‖f(x)‖² + λ mean ‖J_g(f(x))‖_F²,    β = 1e-3, λ = 1e-3.

As `rae_l2`, with the squared Frobenius norm of the decoder's Jacobian at the codes in place of the weights; exact, k
products a layer. The authors' code has the gradient of Σ g(z)² for J_g and means in place of sums; its weight is 5e-8.
"""

from mlp import jacobian, seeded
from rae_l2 import BETA, RAE

LAMBDA = 1e-3


class GradientRAE(RAE):
    """The weights are free, and the decoder smooth."""

    def penalty(self, z):
        """mean ‖J_g(z)‖_F²."""
        return jacobian(self.decoder, z).square().sum(dim=(1, 2)).mean()


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, GradientRAE, shape, latent_dim, BETA, LAMBDA)
